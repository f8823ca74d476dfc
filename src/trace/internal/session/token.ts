/**
 * Encodes a suspended session as a short text: ids, times and totals, without content.
 *
 * The format is `1.`, then the values as JSON in base64, then a proof that they are unchanged. The proof is an
 * HMAC-SHA-256 signature, or a checksum if there is no key.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { SessionId } from "../../../core/SessionId.ts"
import * as Usage from "../../../model/Usage.ts"
import type { Key } from "../../SessionToken.ts"
import { InvalidToken } from "../../SessionToken.ts"

const version = "1"

// The token must fit in a header, however long the names are.
const short = Schema.String.check(Schema.isMaxLength(100))

const hex = (digits: number) => Schema.String.check(Schema.isPattern(new RegExp(`^(?!0+$)[0-9a-f]{${digits}}$`)))

const Payload = Schema.Struct({
  /** Present if it differs from the trace id, because another library's tracer made the root. */
  id: Schema.optionalKey(SessionId),
  traceId: hex(32),
  /** Absent if the root has no id that other processes can use. */
  spanId: Schema.optionalKey(hex(16)),
  /** The flags of W3C's trace context. */
  flags: Schema.Natural,
  name: short,
  conversation: Schema.optionalKey(short),
  turns: Schema.Natural,
  /** Milliseconds: the session's start, its suspension, its deadline, and the earlier time of suspension. */
  began: Schema.Finite,
  suspended: Schema.Finite,
  deadline: Schema.Finite,
  waited: Schema.Finite,
  llmCalls: Schema.Natural,
  toolCalls: Schema.Natural,
  actions: Schema.Natural,
  errors: Schema.Natural,
  unpricedCalls: Schema.Natural,
  costNanos: Schema.Natural,
  /** The amount that its own budget has spent. */
  spentNanos: Schema.Natural,
  usage: Usage.Reported
}).pipe(Schema.encodeKeys({
  id: "i",
  traceId: "t",
  spanId: "s",
  flags: "f",
  name: "n",
  conversation: "c",
  turns: "r",
  began: "b",
  suspended: "p",
  deadline: "d",
  waited: "w",
  llmCalls: "l",
  toolCalls: "o",
  actions: "a",
  errors: "e",
  unpricedCalls: "x",
  costNanos: "m",
  spentNanos: "q",
  usage: "u"
}))

/** @internal */
export interface Suspended extends Schema.Schema.Type<typeof Payload> {}

const codec = Schema.fromJsonString(Payload)

const utf8 = new TextEncoder()

const sign = (text: string, key: Key): Effect.Effect<string> =>
  Effect.promise(async () => {
    const secret = utf8.encode(Redacted.isRedacted(key) ? Redacted.value(key) : key)
    const algorithm = { name: "HMAC", hash: "SHA-256" }
    const imported = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"])
    const whole = new Uint8Array(await crypto.subtle.sign("HMAC", imported, utf8.encode(text)))
    // Half of the signature, 128 bits, as RFC 2104 allows.
    return Base64Url.encode(whole.subarray(0, 16))
  })

/** Detects truncated or mistyped tokens, but no deliberate change. */
const checksum = (text: string): string => {
  let sum = 0x811c9dc5
  for (const byte of utf8.encode(text)) sum = Math.imul(sum ^ byte, 0x01000193)
  return (sum >>> 0).toString(16).padStart(8, "0")
}

const isSame = (a: string, b: string): boolean => {
  // Constant time, so that the duration does not reveal where the texts differ.
  let different = a.length ^ b.length
  for (let i = 0; i < b.length; i++) different |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return different === 0
}

/** @internal */
export const writeToken = (session: Suspended, key: Key | undefined): Effect.Effect<string> => {
  const text = `${version}.${Base64Url.encode(Schema.encodeSync(codec)(session))}`
  return Effect.map(key === undefined ? Effect.succeed(checksum(text)) : sign(text, key), (proof) => `${text}.${proof}`)
}

const problems = {
  malformed: ["is none of Session.suspend's, or was cut", "Give the token as Session.suspend returned it"],
  version: ["is of another version of effect-agentops", "Resume it with the version that made it"],
  signature: ["has no signature by this key", "Give the same key to Session.suspend and Session.resume"],
  expired: ["was to be resumed earlier", "Start a new session, or give Session.suspend a longer time with `within`"]
} as const

const invalid = (reason: keyof typeof problems) => {
  const [problem, fix] = problems[reason]
  return Effect.fail(new InvalidToken({ reason, problem, fix }))
}

/** @internal */
export const readToken = (token: string, key: Key | undefined): Effect.Effect<Suspended, InvalidToken> =>
  Effect.gen(function*() {
    const parts = typeof token === "string" && token.length < 4096 ? token.split(".") : []
    const [edition, payload, proof] = parts
    if (payload === undefined || proof === undefined || parts.length > 3) return yield* invalid("malformed")
    if (edition !== version) return yield* invalid(/^\d+$/.test(edition!) ? "version" : "malformed")
    const text = `${edition}.${payload}`
    if (key === undefined) {
      if (proof.length !== 8) return yield* invalid("signature")
      if (!isSame(proof, checksum(text))) return yield* invalid("malformed")
    } else if (!isSame(proof, yield* sign(text, key))) return yield* invalid("signature")
    const json = Base64Url.decodeString(payload)
    if (Result.isFailure(json)) return yield* invalid("malformed")
    const session = yield* Schema.decodeEffect(codec)(json.success).pipe(Effect.catch(() => invalid("malformed")))
    return session.deadline < (yield* Clock.currentTimeMillis) ? yield* invalid("expired") : session
  })
