/**
 * Finds secrets in text in one pass, with a closer check only at words that accompany secrets.
 *
 * Each closer check reads a bounded stretch, so the time is proportional to the length of the text. The tables are
 * built at the first use, not at import.
 *
 * @internal
 */
import type { Search as WordSearch } from "../scan.ts"
import { makeSearch as makeWordSearch } from "../scan.ts"
import type { Range } from "./assignment.ts"
import { valueAfter } from "./assignment.ts"
import { formats, looseFormats } from "./formats.ts"
import { isOpaque, issuerWords, isUuid, namesIssuer, nameWords, verdictOf } from "./names.ts"
import type { Place } from "./places.ts"
import { authorization, cookie, places } from "./places.ts"

type Look = (text: string, start: number, end: number) => Range | ReadonlyArray<Range> | undefined

const isLetterOrDigit = (code: number): boolean =>
  code >= 48 && code <= 57 || code >= 65 && code <= 90 || code >= 97 && code <= 122

const isNamePart = (code: number): boolean => isLetterOrDigit(code) || code === 95 || code === 45 || code === 46

/** Whether a token may start here: not inside of a word, except after an escape as in `\nsk-…`. */
const mayBegin = (text: string, start: number): boolean => {
  const before = text.charCodeAt(start - 1)
  if (start === 0 || !isLetterOrDigit(before)) return true
  return text[start - 2] === "\\" && "nrtbf".includes(text[start - 1]!)
}

const formatLook = (start: string, rest: string): Look => {
  let pattern: RegExp | undefined
  return (text, from, end) => {
    if (!text.startsWith(start, from) || !mayBegin(text, from)) return undefined
    pattern ??= new RegExp(`(?:${rest})`, "y")
    pattern.lastIndex = end
    return pattern.test(text) ? { from, to: pattern.lastIndex } : undefined
  }
}

// The longest text before the part by which a format is found.
const looseHead = 160

const looseLook = (before: RegExp, after: RegExp, source: string): Look => {
  let pattern: RegExp | undefined
  return (text, start, end) => {
    if (!before.test(text[start - 1] ?? "") || !after.test(text[end] ?? "")) return undefined
    pattern ??= new RegExp(String.raw`(?<![A-Za-z0-9])(?:${source})`, "g")
    const from = Math.max(0, start - looseHead)
    const part = text.slice(from, end + looseHead)
    pattern.lastIndex = 0
    for (let found = pattern.exec(part); found !== null; found = pattern.exec(part)) {
      const at = from + found.index
      if (at <= start && at + found[0].length >= end) return { from: at, to: at + found[0].length }
    }
    return undefined
  }
}

// `DATADOG api key: …`, where the name continues after a space.
const issuerValue =
  /[\w .\t-]{0,24}["'`|\s]{0,3}(?:\|\||\?=|:{0,3}=>?|:{1,3}|>|,|[ ]is[ ])["'`\s=]{0,5}([\w.=+/:~-]{14,150})/y

const afterIssuer = (text: string, end: number): Range | undefined => {
  issuerValue.lastIndex = end
  const found = issuerValue.exec(text)
  if (found === null) return undefined
  const value = found[1]!
  const to = issuerValue.lastIndex
  return isOpaque(value) || isUuid(value) || /^(?=[a-z]*\d)[a-z\d]{14,15}$/i.test(value) || /^\d{15,20}$/.test(value)
    ? { from: to - value.length, to }
    : undefined
}

const longestName = 96

/** The whole name around a word. */
const nameAround = (text: string, start: number, end: number): readonly [from: number, to: number] => {
  let from = start
  let to = end
  while (from > 0 && start - from < longestName && isNamePart(text.charCodeAt(from - 1))) from--
  while (to < text.length && to - end < longestName && isNamePart(text.charCodeAt(to))) to++
  // Removes the dashes of `--api-key` and the end of a sentence.
  while (from < start && (text[from] === "-" || text[from] === ".")) from++
  while (to > end && (text[to - 1] === "-" || text[to - 1] === ".")) to--
  // In `\nAPI_KEY`, the first letter belongs to the escape.
  if (from > 0 && text[from - 1] === "\\" && "nrt".includes(text[from]!) && from < start) from++
  return [from, to]
}

// The value of these headers is several words.
const headerLook = (name: string): Look | undefined =>
  /authorization$/i.test(name) ? authorization : /cookie$/i.test(name) ? cookie : undefined

interface Search {
  readonly words: WordSearch
  readonly lengths: ReadonlyArray<number>
  readonly looks: ReadonlyArray<Look | "name" | "issuer">
}

const makeSearch = (): Search => {
  const words: Array<string> = []
  const looks: Array<Look | "name" | "issuer"> = []
  const add = (word: string, look: Look | "name" | "issuer") => {
    words.push(word)
    looks.push(look)
  }
  for (const { rest, start } of formats) add(start, formatLook(start, rest))
  for (const [word, place] of places satisfies ReadonlyArray<readonly [string, Place]>) add(word, place)
  for (const [word, before, after, source] of looseFormats) add(word, looseLook(before, after, source))
  for (const word of nameWords) add(word, "name")
  for (const word of issuerWords) add(word, "issuer")
  return { words: makeWordSearch(words), lengths: words.map((word) => word.length), looks }
}

let search: Search | undefined

/**
 * Calls `visit` with each secret from left to right, until it returns `false`. With `suspects`, it also reports each
 * name that may have a secret, wherever the value is.
 *
 * @internal
 */
export const findSecrets = (text: string, visit: (from: number, to: number) => boolean, suspects = false): void => {
  const { lengths, looks, words } = search ??= makeSearch()
  let seenName = 0
  let done = false
  words.scan(text, (word, end) => {
    if (done) return text.length + 1
    const start = end - lengths[word]!
    const look = looks[word]!
    let found: ReturnType<Look>
    if (typeof look === "string") {
      // A name may contain several of the words.
      if (end <= seenName) return -1
      const [from, to] = nameAround(text, start, end)
      seenName = to
      const name = text.slice(from, to)
      const verdict = verdictOf(name)
      if (verdict === "never" && (look === "name" || lengths[word]! < 6 && !namesIssuer(name))) return -1
      if (suspects) found = { from, to }
      else {found = headerLook(name)?.(text, from, to) ?? valueAfter(text, from, to, name, verdict) ??
          (look === "issuer" ? afterIssuer(text, end) : undefined)}
    } else found = look(text, start, end)
    if (found === undefined) return -1
    if ("from" in found) {
      done = !visit(found.from, found.to)
      return Math.max(found.to, end)
    }
    let last = end
    for (const { from, to } of found) {
      if (!done) done = !visit(from, to)
      last = Math.max(last, to)
    }
    return last
  })
}

const isSuspect = (text: string, word: number, end: number): boolean => {
  const { lengths, looks } = search!
  const length = lengths[word]!
  const start = end - length
  const look = looks[word]!
  if (typeof look !== "string") return look(text, start, end) !== undefined
  const [from, to] = nameAround(text, start, end)
  const name = text.slice(from, to)
  return verdictOf(name) !== "never" || (look === "issuer" && (length >= 6 || namesIssuer(name)))
}

/**
 * Whether ASCII text in bytes contains a secret, or a name that may have one: whether {@link findSecrets} would find
 * anything with `suspects`.
 *
 * @internal
 */
export const hasSuspect = (text: string, bytes: Uint8Array, from: number): boolean =>
  (search ??= makeSearch()).words.hasWord(text, bytes, from, isSuspect)
