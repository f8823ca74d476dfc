/**
 * Finds secrets by their surroundings instead of a name: headers, URLs, commands, armoured keys, documents.
 *
 * Each check reads a bounded stretch of text around the word that was found.
 *
 * @internal
 */
import type { Range } from "./assignment.ts"
import { isOpaque } from "./names.ts"

/** Checks the text around a word that was found. @internal */
export type Place = (text: string, start: number, end: number) => Range | ReadonlyArray<Range> | undefined

const lineEnd = (text: string, from: number): number => {
  for (let i = from; i < text.length && i < from + 4096; i++) {
    const code = text.charCodeAt(i)
    if (code === 10 || code === 13) return i
    if (code === 92 && (text[i + 1] === "n" || text[i + 1] === "r")) return i
  }
  return Math.min(text.length, from + 4096)
}

const separator = /\\{0,16}["']?\s{0,4}[:=]\s{0,4}\\{0,16}(["'`]?)/y

const scheme = /([A-Za-z][\w-]{1,24})[ \t]{1,4}/y

const knownScheme = /^(?:basic|bearer|digest|negotiate|apikey|api-key|key|bot|token)$/i

const looksDrawn = (text: string): boolean =>
  /\d/.test(text) && text.length >= 8 || text.length >= 24 && !/\s/.test(text)

/** `Authorization: Scheme credentials` with any scheme. The scheme stays. @internal */
export const authorization: Place = (text, _start, end) => {
  separator.lastIndex = end
  const sign = separator.exec(text)
  if (sign === null) return undefined
  const at = separator.lastIndex
  const before = text[_start - 1] ?? ""
  const quote = sign[1] !== "" ? sign[1]! : /["'`]/.test(before) ? before : ""
  let to = lineEnd(text, at)
  const closing = quote === "" ? -1 : text.indexOf(quote, at)
  if (closing !== -1 && closing < to) to = closing
  if (quote === "") {
    // A quote that was opened before the header's name ends it, as in a command.
    const bare = text.slice(at, to)
    const stray = bare.search(/["'`](?=\s|$|[,)\]}])/)
    if (stray !== -1 && !/=["'`]?/.test(bare.slice(0, stray))) to = at + stray
  }
  while (to > at && (isBackslashAt(text, to - 1) || text[to - 1] === " ")) to--
  scheme.lastIndex = at
  const from = scheme.test(text) && scheme.lastIndex < to ? scheme.lastIndex : at
  const value = text.slice(from, to)
  if (value.startsWith("[redacted]") || /^[$<{%`]/.test(value) || /\$\{|[({]\w*[)}]?$/.test(value)) return undefined
  if (from === at) return isOpaque(value) ? { from, to } : undefined
  return looksDrawn(value) || knownScheme.test(text.slice(at, from).trim()) && value.length >= 6 && !/\s/.test(value)
    ? { from, to }
    : undefined
}

const isBackslashAt = (text: string, i: number): boolean => text.charCodeAt(i) === 92

/** `Cookie: a=1; b=2`: the whole value. @internal */
export const cookie: Place = (text, start, end) => {
  separator.lastIndex = end
  const sign = separator.exec(text)
  if (sign === null || text[end] === "=") return undefined
  const at = separator.lastIndex
  let to = lineEnd(text, at)
  const before = text[start - 1] ?? ""
  const quote = sign[1] !== "" ? sign[1]! : /["'`]/.test(before) ? before : "'\""
  for (const mark of quote) {
    const closing = text.indexOf(mark, at)
    if (closing !== -1 && closing < to) to = closing
  }
  while (to > at && isBackslashAt(text, to - 1)) to--
  return /^[\w.-]{1,64}=[^\s;,]/.test(text.slice(at, to)) && /\d/.test(text.slice(at, to))
    ? { from: at, to }
    : undefined
}

const bearerToken = /[ \t]{1,4}([\w.~+/-]{12,4096}=*)/y

const bearer: Place = (text, _start, end) => {
  bearerToken.lastIndex = end
  const found = bearerToken.exec(text)
  return found !== null && /\d|[A-Z].*[a-z].*[A-Z]/.test(found[1]!)
    ? { from: bearerToken.lastIndex - found[1]!.length, to: bearerToken.lastIndex }
    : undefined
}

const basicPair = /[ \t]{1,4}([A-Za-z0-9+/]{6,1024}={0,2})/y

const decodesToPair = (base64: string): boolean => {
  try {
    return /^[^\s:]*:[\x20-\x7e]*$/.test(atob(base64))
  } catch {
    return false
  }
}

const basic: Place = (text, _start, end) => {
  basicPair.lastIndex = end
  const found = basicPair.exec(text)
  return found !== null && decodesToPair(found[1]!)
    ? { from: basicPair.lastIndex - found[1]!.length, to: basicPair.lastIndex }
    : undefined
}

const authority = /\\?\/\\?\/([^\s/?#@:"'\\<>`]{0,256})(?::([^\s@"'\\<>`]{1,512}))?@/y

const url: Place = (text, start) => {
  authority.lastIndex = start + 1
  const found = authority.exec(text)
  if (found === null) return undefined
  const to = authority.lastIndex - 1
  const [, user, password] = found
  if (password === undefined) return isOpaque(user!) ? { from: to - user!.length, to } : undefined
  // `http://host:80/@scope/package` has no password. The URL of a database may have one that begins like a port.
  if (
    /^\d{1,5}\//.test(password) && /\b(?:https?|wss?)$/i.test(text.slice(Math.max(0, start - 6), start)) ||
    /^(?:\$\{[^{}]*\}$|\$\([^()]*\)$|\$[A-Z_]+$|\{.*\}$|%[A-Z_]+%$|\*+$|\[.*\]$)/.test(password) ||
    /^(?:password|pass|pwd|secret|token|xxx+)$/i.test(password)
  ) {
    return undefined
  }
  return { from: to - password.length, to }
}

const armour = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y

const privateKey: Place = (text, start) => {
  armour.lastIndex = start
  if (!armour.test(text)) return undefined
  const close = text.indexOf("-----END", armour.lastIndex)
  if (close === -1) return { from: start, to: text.length }
  const after = text.indexOf("-----", close + 8)
  return { from: start, to: after === -1 ? text.length : after + 5 }
}

const token = /eyJ[\w-]{14,}(?:\.[\w-]*){0,4}/y

const webToken: Place = (text, start) => {
  const before = text[start - 1] ?? ""
  if (!text.startsWith("eyJ", start) || /[A-Za-z0-9]/.test(before) && text[start - 2] !== "\\") return undefined
  token.lastIndex = start
  return token.test(text) ? { from: start, to: token.lastIndex } : undefined
}

const userOption = /[ \t]{0,4}=?["']?([^\s:"'`]{1,128}):([^\s"'`]{3,256})/y

/** `curl -u ada:password`. */
const commandUser: Place = (text, start, end) => {
  const head = text.slice(Math.max(0, start - 400), start)
  if (!/\b(?:curl|wget|http|https|httpie|xh)\b[^|]*$/.test(head)) return undefined
  userOption.lastIndex = end
  const found = userOption.exec(text)
  return found === null || /^[$<{%]/.test(found[2]!)
    ? undefined
    : { from: userOption.lastIndex - found[2]!.length, to: userOption.lastIndex }
}

const shortPassword =
  /\b(?:mysql|mysqldump|mysqladmin|mariadb|sshpass|redis-cli|7z|zip|psql)\b[^\n|;&]{0,200}?[ \t]-(?:p|a|P)[ ]?(?![-$<{ \t])([^\s"'`]{4,128})/y

const command: Place = (text, start) => {
  shortPassword.lastIndex = start
  const found = shortPassword.exec(text)
  return found === null || /^\d+$/.test(found[1]!) || /^[a-z-]+$/.test(found[1]!)
    ? undefined
    : { from: shortPassword.lastIndex - found[1]!.length, to: shortPassword.lastIndex }
}

/** `echo x | docker login --password-stdin`. */
const fromStdin: Place = (text, start) => {
  const from = Math.max(0, start - 512)
  const found = /(?:echo|printf)(?: -\w)?(?: ["']?%s["']?)?[ \t]{1,4}["']?([^\s"'`$|]{4,256})["']?[ \t]*\|[^|\n]*$/
    .exec(text.slice(from, start))
  if (found === null) return undefined
  const at = from + found.index + found[0].indexOf(found[1]!)
  return { from: at, to: at + found[1]!.length }
}

/** The values of a Kubernetes secret, whose names the user chose. */
const manifest: Place = (text, start) => {
  const part = text.slice(start, start + 8192)
  if (!/^kind["']?:[ \t]{0,4}["']?secret\b/i.test(part)) return undefined
  const ranges: Array<Range> = []
  const blocks = /\n[ \t]{0,8}(?:string)?data:[ \t]{0,8}((?:\r?\n[ \t]{1,16}[\w.-]{1,128}:[^\n]{0,4096}){1,64})/gi
  for (let block = blocks.exec(part); block !== null; block = blocks.exec(part)) {
    const at = start + block.index + block[0].length - block[1]!.length
    const lines = /\n[ \t]{1,16}[\w.-]{1,128}:[ \t]{1,8}["']?([^\s"']{3,})/g
    for (let line = lines.exec(block[1]!); line !== null; line = lines.exec(block[1]!)) {
      const to = at + line.index + line[0].length
      ranges.push({ from: to - line[1]!.length, to })
    }
  }
  return ranges.length === 0 ? undefined : ranges
}

/** The words that trigger each check. @internal */
export const places: ReadonlyArray<readonly [word: string, place: Place]> = [
  ["bearer", bearer],
  ["basic", basic],
  ["://", url],
  [":\\/\\/", url],
  ["-----begin", privateKey],
  ["eyJ", webToken],
  [" -u", commandUser],
  [" --user", commandUser],
  ["mysql", command],
  ["mariadb", command],
  ["sshpass", command],
  ["redis-cli", command],
  ["--password-stdin", fromStdin],
  ["kind: secret", manifest],
  ["kind: \"secret", manifest]
]
