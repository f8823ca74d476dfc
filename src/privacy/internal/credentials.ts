/**
 * What credentials look like, in text and by the names of what holds them.
 *
 * Each pattern takes time in proportion to the text: what may follow a start either
 * always matches or is bounded. A start may stand after an escape, as in
 * `\nsk-…`, since text may be JSON that was cut and does not parse.
 *
 * @internal
 */

import { makeScan } from "./scan.ts"

/** @internal */
export const mask = "[redacted]"

const start = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf]))`

// Prefixes that issuers chose so that their tokens can be found.
const prefixed = new RegExp(
  start + "(?:" + [
    // OpenAI, Anthropic, OpenRouter, DeepSeek and many more; a word such as `sk-learn` has neither digit nor capital.
    String.raw`sk-(?=[\w-]{0,64}[0-9A-Z])[\w-]{16,}`,
    String.raw`(?:sk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}`,
    String.raw`(?:gsk|hf|r8|npm|dop_v1)_[A-Za-z0-9]{20,}`,
    String.raw`(?:xai|pplx|glpat|csk|tvly|nvapi|lsv2_pt|lsv2_sk)[-_][\w-]{20,}`,
    String.raw`gh[pousr]_[A-Za-z0-9]{20,}`,
    String.raw`github_pat_\w{20,}`,
    String.raw`xox[abeoprs]-[\w-]{10,}`,
    String.raw`AIza[\w-]{30,}`,
    String.raw`ya29\.[\w-]{20,}`,
    String.raw`SG\.[\w-]{16,}(?:\.[\w-]{16,})?`,
    String.raw`(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}`
  ].join("|") + ")",
  "g"
)

// `eyJ` is `{"` in base64: the head of a JSON Web Token, and of other tokens that are JSON.
const webToken = /eyJ[\w-]{16,}(?:\.[\w-]*){0,4}/g

const privateKey =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g

const bearer = /(bearer\s{1,4})[\w.~+/-]{12,}=*/gi

const basic = /(basic\s{1,4})([A-Za-z0-9+/]{6,}={0,2})/gi

const urlPassword = /(:\\?\/\\?\/[^\s/?#@:"'\\]{0,256}:)[^\s/?#"'\\]{1,1024}(?=@)/g

const secretNames = String
  .raw`pass(?:word|wd|phrase)|secret|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|account[_-]?key|` +
  String
    .raw`(?:access|refresh|id|auth|session|security|bearer)[_-]?token|authorization|credentials?|connection[_-]?string`

// `password=hunter2`, `"api_key": "…"`, also inside of JSON text that was cut or escaped.
const assignment = new RegExp(
  String.raw`((?:${secretNames})\\{0,64}["']?\s{0,4}[:=]\s{0,4}\\{0,64}["']?(?:(?:basic|bearer|token)\s{1,4})?)` +
    String.raw`(?!\[redacted\]|(?:basic|bearer|token)\s|(?:true|false|null)\b)[^\s"'\\,;&{}[\]()]{3,}`,
  "gi"
)

const parameter =
  /([?&](?:key|token|sig|signature|code|x-amz-signature|x-amz-credential|x-amz-security-token)=)[^&\s"'#\\]{4,}/gi

const decodesToPair = (base64: string): boolean => {
  try {
    return /^[^\s:]*:[\x20-\x7e]*$/.test(atob(base64))
  } catch {
    return false
  }
}

const each = (heads: ReadonlyArray<string>, tail: string) =>
  heads.flatMap((head) => ["", "-", "_"].map((between) => head + between + tail))

// Whatever a pattern finds has one of these in it, and so has JSON with a key that names a secret.
const traces = "sk- sk_ rk_ whsec_ hf_ r8_ npm_ dop_v1 xai- xai_ pplx glpat csk tvly nvapi lsv2_ " +
  "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ xox aiza ya29. sg. akia asia abia acca eyj bearer basic " +
  "key= token= sig= signature= code= x-amz- token\" token\\ " +
  "password passwd passphrase secret authorization credential cookie"

let scan: ((text: string) => boolean) | undefined

// Made when it is first needed, not when the package is imported.
const hasTrace = (text: string): boolean => {
  scan ??= makeScan([
    ...traces.split(" "),
    ...each(["api", "access", "secret", "private", "account"], "key"),
    ...each(["access", "refresh", "id", "auth", "session", "security", "bearer"], "token"),
    ...each(["connection"], "string"),
    "private key"
  ])
  return scan(text)
}

const hasUrl = /:\\?\/\\?\//

let last = ""
let lastAnswer = false

/** Whether text, JSON or not, can have a credential in it: one look that most text passes. @internal */
export const mayHaveCredentials = (text: string): boolean => {
  if (text.length < 8) return false
  // Each rule asks about the same text in turn.
  if (text === last) return lastAnswer
  lastAnswer = hasTrace(text) || (text.includes("@") && hasUrl.test(text))
  last = text
  return lastAnswer
}

/** Text without its credentials. @internal */
export const withoutCredentials = (text: string): string =>
  text
    .replace(privateKey, mask)
    .replace(prefixed, mask)
    .replace(webToken, mask)
    .replace(bearer, `$1${mask}`)
    .replace(basic, (all, head: string, pair: string) => decodesToPair(pair) ? `${head}${mask}` : all)
    .replace(urlPassword, `$1${mask}`)
    .replace(assignment, `$1${mask}`)
    .replace(parameter, `$1${mask}`)

const secretKey = new RegExp(`(?:${secretNames}|cookie)$`, "i")
const tokenKey = /(?:^|[._-])token$/i

/** Whether what stands under a key is a secret, by the key's name: for sure, or if it looks like one. @internal */
export const namesSecret = (key: string): "always" | "opaque" | "never" =>
  secretKey.test(key) ? "always" : tokenKey.test(key) ? "opaque" : "never"

/** Whether a value is no word: models speak in tokens, too. @internal */
export const isOpaque = (value: string | number): boolean => typeof value === "string" && /^\S{16,}$/.test(value)
