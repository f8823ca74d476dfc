/**
 * Finds the value beside a secret's name in text.
 *
 * @internal
 */
import type { Verdict } from "./names.ts"
import { isOpaque, namesIssuer } from "./names.ts"

/** The position of a secret in a text. @internal */
export interface Range {
  readonly from: number
  readonly to: number
}

const maxValue = 4096

const isSpace = (code: number): boolean => code === 32 || code === 9

const isQuote = (code: number): boolean => code === 34 || code === 39 || code === 96

const skip = (text: string, i: number, most: number, wanted: (code: number) => boolean): number => {
  const end = Math.min(text.length, i + most)
  while (i < end && wanted(text.charCodeAt(i))) i++
  return i
}

const isBackslash = (code: number): boolean => code === 92

/** A placeholder for a secret: a variable, a type, or a word for people. */
const placeholder = new RegExp(
  "^(?:$|<.*>?$|\\{.*\\}?$|%\\w+%$|\\*+$|#\\{|@\\w+$|\\$\\{|\\$\\(?$|\\$\\(.*\\)|\\$\\([\\w./-]+\\s|\\$[A-Z_]+$|\\.{2,}|x{3,}|-+$|_+$|\\[redacted\\]|process\\.|import\\.|env\\.|os\\.|config\\.|self\\.|" +
    "this\\.|(?:your|my|the|an?|some|example|sample|dummy|fake|mock|placeholder|insert|enter|replace|todo|change)(?:[ _-]|$)|" +
    "(?:null|none|nil|true|false|undefined|string|number|boolean|object|any|unknown|optional|required|default|void|never|" +
    "new)(?:\\b|$))",
  "i"
)

/** Whether a quoted value is a text for people or the name of another thing. */
const isWording = (value: string): boolean =>
  /^[A-Za-z][a-z]*(?:[ ._/:-][A-Za-z][a-z]*)*[.:!?…]*$/.test(value) || /^[a-z]+(?:[A-Z][a-z]*)+$/.test(value) ||
  /^[A-Z]+(?:_[A-Z]+)*$/.test(value)

/** The text between the name and the value if both are values themselves: `{"name": …, "value": …}`. */
const pair =
  /\\{0,16}["']?\s{0,8},?\s{0,64}\\{0,16}["']?(?:value|val|content|secretvalue)\\{0,16}["']?\s{0,4}[:=]\s{0,4}/iy

const unquotedEnd = /[\s"'`,;&<>()[\]{}|\\]|$/g

const endOfUnquoted = (text: string, from: number): number => {
  unquotedEnd.lastIndex = from
  return Math.min(unquotedEnd.exec(text)?.index ?? text.length, from + maxValue)
}

const endOfQuoted = (text: string, from: number, quote: string): number => {
  const closing = text.indexOf(quote, from)
  const end = closing === -1 || closing > from + maxValue ? Math.min(text.length, from + maxValue) : closing
  if (quote.length > 1) return end
  // An escaped quote belongs to the value. A quote that is not closed on its line did not start a value.
  for (let i = from; i < text.length && i < from + maxValue; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    else if (code === 10 && quote !== "`") return i
    else if (text[i] === quote) return i
  }
  return Math.min(text.length, from + maxValue)
}

/** Whether an unquoted value may be a secret, as opposed to a name or a type in code. */
const isBareSecret = (value: string, verdict: Verdict, tight: boolean, shouting: boolean, linked: boolean): boolean => {
  if (value.length < 3 || placeholder.test(value)) return false
  if (verdict === "opaque") return isOpaque(value) || linked && value.length >= 8 && /\d/.test(value)
  if (linked) return true
  // In an environment, `PASSWORD=hunter` is a secret. In code, the same in lower case assigns one variable to another.
  if (tight && shouting) return true
  if (/^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*$/.test(value) && !/\d/.test(value)) return false
  if (/^[\d.]+$/.test(value)) return tight && value.length >= 4
  return /\d/.test(value) && /[^\d]/.test(value)
    ? value.length >= 6
    : tight && /[^\w.:/-]/.test(value) && value.length >= 6
}

const isQuotedSecret = (value: string, verdict: Verdict, strict: boolean): boolean => {
  if (value.length < 3 || placeholder.test(value) || value.includes("${")) return false
  if (verdict === "opaque") return isOpaque(value)
  if (isWording(value)) return strict && !/^(?:password|passwd|secret|token|text|hidden)$/i.test(value)
  return true
}

/** The value after a name, if the text between them assigns it to the name. @internal */
export const valueAfter = (
  text: string,
  start: number,
  end: number,
  name: string,
  given: Verdict
): Range | undefined => {
  const issuer = given !== "always" && namesIssuer(name)
  const verdict: Verdict = given === "never" && issuer ? "opaque" : given
  if (verdict === "never") return undefined
  const before = text.charCodeAt(start - 1)
  const shouting = name.length > 2 && name === name.toUpperCase()
  let i = skip(text, end, 64, isBackslash)
  const quotedName = isQuote(text.charCodeAt(i))
  if (quotedName) i++
  if (text[i] === "]" || text[i] === ")") i++
  pair.lastIndex = end
  if (pair.test(text) && (quotedName || isQuote(before) || text[end] === "\n")) {
    return valueAt(text, pair.lastIndex, verdict === "opaque" ? "opaque" : "always", true, true, false)
  }
  const spaced = skip(text, i, 8, isSpace)
  const sign = text[spaced]
  let at: number
  if (sign === "=" || sign === ":") {
    at = spaced + 1
    if (text[at] === "=" || text[at] === ":" || text[at] === ">") at++
    // In a comparison, the right side is not the name's value, unless it looks like a secret.
    if (text[at] === "=" && sign === "=") return valueAt(text, at + 1, "opaque", false, false, false)
  } else if (sign === ">" && spaced === end && (text[start - 1] === "<" || text[start - 1] === ":")) {
    const close = text.indexOf("<", spaced)
    if (close === -1 || close - spaced > maxValue) return undefined
    const value = text.slice(spaced + 1, close)
    return text[close + 1] === "/" && value.trim().length >= 3 && !placeholder.test(value) &&
        (verdict === "always" || isOpaque(value))
      ? { from: spaced + 1, to: close }
      : undefined
  } else if (sign === "," && quotedName) {
    at = spaced + 1
    const quoted = skip(text, at, 8, isSpace)
    return isQuote(text.charCodeAt(quoted)) ? valueAt(text, at, "opaque", false, false, false) : undefined
  } else if (spaced > i && before === 45) {
    // A flag: `--password x`.
    return valueAt(text, spaced, verdict, false, true, true)
  } else if (spaced > i && verdict === "always" && /^(?:password|passwd|passphrase|pwd)$/i.test(name)) {
    // `login ada password x` in a `.netrc`, and similar prose.
    const said = /(?:is|was)[ \t]{1,4}/y
    said.lastIndex = spaced
    at = said.test(text) ? said.lastIndex : spaced
    const to = endOfUnquoted(text, at)
    const value = text.slice(at, to).replace(/[.,!?]+$/, "")
    return value.length >= 8 && /\d/.test(value) && /[A-Z]/.test(value) && !placeholder.test(value)
      ? { from: at, to: at + value.length }
      : undefined
  } else return undefined
  const tight = sign === "=" && spaced === i && !isSpace(text.charCodeAt(at))
  const linked = tight && (before === 63 || before === 38 || before === 59 || before === 45)
  return valueAt(
    text,
    at,
    verdict,
    quotedName || tight && shouting,
    tight,
    linked,
    shouting,
    /(?:authorization|cookie)$/i.test(name)
  )
}

const valueAt = (
  text: string,
  at: number,
  verdict: Verdict,
  strict: boolean,
  tight: boolean,
  linked: boolean,
  shouting = false,
  manyWords = false
): Range | undefined => {
  const spaced = skip(text, at, 8, isSpace)
  const escaped = skip(text, spaced, 64, isBackslash)
  if (isQuote(text.charCodeAt(escaped))) {
    const from = escaped + 1
    const to = endOfQuoted(text, from, text.slice(spaced, escaped + 1))
    return isQuotedSecret(text.slice(from, to), verdict, strict) ? { from, to } : undefined
  }
  if (manyWords) return undefined
  const to = endOfUnquoted(text, spaced)
  // A call, an index or a template is code.
  if (/[([]/.test(text[to] ?? "") || to === spaced) return undefined
  return isBareSecret(text.slice(spaced, to), verdict, tight, shouting, linked) ? { from: spaced, to } : undefined
}
