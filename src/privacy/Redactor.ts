/**
 * What must not leave the process, whoever the backend is.
 *
 * A redactor is a list of rules. Each sees every value that is about to leave, with
 * the path to it, and keeps, replaces or drops it. It is applied once to a span or
 * a log record, after it has been put in words and before it is queued, written,
 * printed or sent: to its attributes, the messages and JSON in them, its name,
 * status, events and links. {@link credentials} is on by default; see the option
 * `redactor` of `AgentOps.layer`.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Attribute from "../core/Attribute.ts"
import {
  asciiHasNoCredentials,
  hasNoCredentials,
  mask,
  mayHaveCredentials,
  withoutCredentials
} from "./internal/credentials.ts"
import { withoutAddresses, withoutCards, withoutEmails, withoutPhones } from "./internal/personalData.ts"
import { anyKey, quickly } from "./internal/quick.ts"
import { redactValue } from "./internal/redact.ts"
import { isOpaque, isUuid, namesIssuer, verdictOf } from "./internal/secrets/names.ts"

/**
 * Where a value stands: `attributes`, `events`, `links`, `status`, `name`, `body` or
 * `resource`, then the key of an attribute, then the way through the JSON that it holds.
 *
 * @category models
 * @since 0.1.0
 */
export type Path = ReadonlyArray<string | number>

/**
 * What becomes of a value.
 *
 * @category models
 * @since 0.1.0
 */
export type Decision =
  | { readonly _tag: "Keep" }
  | { readonly _tag: "Drop" }
  | { readonly _tag: "Replace"; readonly value: string | number | boolean }

/**
 * A rule: a name for people, and the decision.
 *
 * **Details**
 *
 * `decide` sees lists and objects first and then, if it keeps them, what is in them.
 * Where text is JSON it sees the parts of that first, and the text afterwards. A
 * rule that throws replaces the value.
 *
 * `hint` says whether the rule can have anything to say about a text, JSON included:
 * JSON that no rule asks for is not taken apart, which is most of the cost. Without
 * a hint the rule sees everything. `text` marks a rule that looks at text wherever
 * it stands, the names of keys included.
 *
 * **Gotchas**
 *
 * The path is only good during the call: it is one list that changes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rule {
  readonly name: string
  readonly decide: (path: Path, value: unknown) => Decision
  readonly hint?: ((text: string) => boolean) | undefined
  readonly text?: boolean | undefined
}

/**
 * Rules, in the order in which they are asked. Each sees what the one before it left.
 *
 * @category models
 * @since 0.1.0
 */
export interface Redactor {
  readonly rules: ReadonlyArray<Rule>
}

/**
 * Leaves the value as it is.
 *
 * @category decisions
 * @since 0.1.0
 */
export const keep: Decision = { _tag: "Keep" }

/**
 * Leaves the value out, with its key.
 *
 * @category decisions
 * @since 0.1.0
 */
export const drop: Decision = { _tag: "Drop" }

/**
 * Puts something in the place of the value, `[redacted]` by default.
 *
 * @category decisions
 * @since 0.1.0
 */
export const replace = (value: string | number | boolean = mask): Decision => ({ _tag: "Replace", value })

const replaced = replace()

/**
 * A redactor of some rules.
 *
 * **Example** (a rule of one's own beside the default)
 *
 * ```ts
 * import { AgentOps, Redactor } from "effect-agentops"
 *
 * const noCustomers = Redactor.make(
 *   Redactor.keys("customers", (key) => key === "customer_id"),
 *   Redactor.text("tickets", (text) => text.replace(/TICKET-\d+/g, "TICKET"))
 * )
 * const TracingLive = AgentOps.layer({
 *   serviceName: "support-bot",
 *   redactor: Redactor.combine(Redactor.credentials, noCustomers)
 * })
 *
 * Redactor.redact(noCustomers, { customer_id: 7, note: "see TICKET-12" })
 * // => '{"customer_id":"[redacted]","note":"see TICKET"}'
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (...rules: ReadonlyArray<Rule>): Redactor => ({ rules })

/**
 * Redacts nothing, credentials neither.
 *
 * @category constructors
 * @since 0.1.0
 */
export const none: Redactor = make()

/**
 * The rules of both, one after the other.
 *
 * @category combinators
 * @since 0.1.0
 */
export const combine: {
  /** The rules of both, one after the other. */
  (that: Redactor): (self: Redactor) => Redactor
  /** The rules of both, one after the other. */
  (self: Redactor, that: Redactor): Redactor
} = dual(2, (self: Redactor, that: Redactor): Redactor => ({ rules: [...self.rules, ...that.rules] }))

/**
 * A rule that changes text wherever it stands: `f` gives the text that may leave.
 *
 * **Details**
 *
 * A number is taken by its digits. Text that is shorter than any match may be told
 * apart with a `hint`.
 *
 * @category rules
 * @since 0.1.0
 */
export const text = (name: string, f: (text: string) => string, hint?: (text: string) => boolean): Rule => {
  const rule: Rule = {
    name,
    hint,
    text: true,
    decide: (_path, value) => {
      if (typeof value !== "string" && typeof value !== "number") return keep
      const before = String(value)
      if (hint !== undefined && !hint(before)) return keep
      const after = f(before)
      return after === before ? keep : replace(after)
    }
  }
  if (hint === undefined) return rule
  const leaves = (text: string) => !hint(text)
  return quickly(rule, { key: anyKey, text: leaves, ascii: leaves, numbers: false })
}

const nearestKey = (path: Path): string | undefined => {
  for (let i = path.length - 1; i >= 0; i--) {
    const part = path[i]
    if (typeof part === "string") return part
  }
  return undefined
}

/**
 * A rule that replaces what stands under some keys: text, numbers, and lists of these.
 *
 * **Details**
 *
 * Keys are those of attributes and of objects in JSON. An object under such a key
 * is looked into instead, since it may be a schema that describes the key.
 *
 * @category rules
 * @since 0.1.0
 */
export const keys = (
  name: string,
  predicate: (key: string, value: string | number) => boolean,
  hint?: (text: string) => boolean
): Rule => ({
  name,
  hint,
  decide: (path, value) => {
    if (typeof value !== "string" && typeof value !== "number") return keep
    const key = nearestKey(path)
    return key !== undefined && predicate(key, value) ? replaced : keep
  }
})

/**
 * A rule that drops what stands at some paths.
 *
 * **Example** (no stack traces)
 *
 * ```ts
 * import { Redactor } from "effect-agentops"
 *
 * const noStacks = Redactor.make(Redactor.dropAt("stacks", (path) => path.at(-1) === "exception.stacktrace"))
 * ```
 *
 * @category rules
 * @since 0.1.0
 */
export const dropAt = (name: string, predicate: (path: Path) => boolean): Rule => ({
  name,
  decide: (path) => predicate(path) ? drop : keep
})

const secretByName = (key: string, value: string | number): boolean => {
  const verdict = verdictOf(key)
  if (verdict === "always") return true
  return typeof value === "string" &&
    (namesIssuer(key) ? isOpaque(value) || isUuid(value) : verdict === "opaque" && isOpaque(value))
}

// Keys that say nothing of what stands under them; what is around them does.
const general = new Set(["value", "values", "val", "content", "data", "raw", "current", "plaintext", "secretString"])

// A number under no such name is none either: every format of a credential has a letter.
const quick = {
  key: (key: string) => verdictOf(key) === "never" && !namesIssuer(key),
  text: hasNoCredentials,
  ascii: asciiHasNoCredentials,
  numbers: true
}

const underSecretName: Rule = quickly({
  name: "credential names",
  hint: mayHaveCredentials,
  decide: (path, value) => {
    if (typeof value !== "string" && typeof value !== "number") return keep
    for (let i = path.length - 1; i >= 0; i--) {
      const part = path[i]
      if (typeof part !== "string") continue
      if (secretByName(part, value)) return replaced
      if (!general.has(part)) return keep
    }
    return keep
  }
}, quick)

/**
 * Credentials: the default redactor.
 *
 * **Details**
 *
 * By what they look like: API keys and tokens with the prefix that their issuer
 * gave them (OpenAI, Anthropic, Groq, Hugging Face, xAI, Google, AWS, GitHub,
 * GitLab, Slack, Stripe, npm and others), bearer tokens, basic auth, JSON Web
 * Tokens, private keys, passwords and signatures in URLs. By name: what stands
 * under a key such as `password`, `client_secret`, `api_key`, `access_token`,
 * `authorization` or `cookie`, in JSON or in text, and under `token` if it is no word.
 *
 * **Gotchas**
 *
 * A secret that looks like any word and stands under no telling name is not known
 * for one. Give it to the program as `Redacted`, which never shows its value.
 *
 * **Example** (what is left)
 *
 * ```ts
 * import { Redactor } from "effect-agentops"
 *
 * Redactor.redact(Redactor.credentials, "curl -H 'Authorization: Bearer abcdef0123456789'")
 * // => "curl -H 'Authorization: Bearer [redacted]'"
 * Redactor.redact(Redactor.credentials, { user: "ada", password: "hunter2" })
 * // => '{"user":"ada","password":"[redacted]"}'
 * ```
 *
 * @category redactors
 * @since 0.1.0
 */
export const credentials: Redactor = make(
  underSecretName,
  quickly(text("credentials", withoutCredentials, mayHaveCredentials), quick)
)

/**
 * E-mail addresses.
 *
 * @category rules
 * @since 0.1.0
 */
export const emails: Rule = text("emails", withoutEmails)

/**
 * Phone numbers: with a `+`, or in groups, of nine digits or more.
 *
 * @category rules
 * @since 0.1.0
 */
export const phones: Rule = text("phones", withoutPhones)

/**
 * Card numbers: 13 to 19 digits whose checksum holds.
 *
 * @category rules
 * @since 0.1.0
 */
export const cards: Rule = text("cards", withoutCards)

/**
 * IP addresses, of both versions.
 *
 * @category rules
 * @since 0.1.0
 */
export const ipAddresses: Rule = text("ip addresses", withoutAddresses)

/**
 * Personal data: {@link emails}, {@link cards}, {@link ipAddresses} and {@link phones}.
 *
 * **Example** (beside the default)
 *
 * ```ts
 * import { Redactor } from "effect-agentops"
 *
 * const careful = Redactor.combine(Redactor.credentials, Redactor.personalData)
 * Redactor.redact(careful, "ada@example.com paid with 4111 1111 1111 1111") // => "[redacted] paid with [redacted]"
 * ```
 *
 * @category redactors
 * @since 0.1.0
 */
export const personalData: Redactor = make(emails, cards, ipAddresses, phones)

/**
 * What a redactor leaves of a value: for trying rules out, and for text that leaves
 * the process by another way.
 *
 * **Details**
 *
 * The value is written as an attribute first, see `Attribute.normalize`. Gives
 * `undefined` where a rule drops the whole.
 *
 * @category combinators
 * @since 0.1.0
 */
export const redact: {
  /**
   * What a redactor leaves of a value: for trying rules out, and for text that leaves
   * the process by another way.
   *
   * **Details**
   *
   * The value is written as an attribute first, see `Attribute.normalize`. Gives
   * `undefined` where a rule drops the whole.
   */
  (value: unknown): (self: Redactor) => Attribute.AttributeValue | undefined
  /**
   * What a redactor leaves of a value: for trying rules out, and for text that leaves
   * the process by another way.
   *
   * **Details**
   *
   * The value is written as an attribute first, see `Attribute.normalize`. Gives
   * `undefined` where a rule drops the whole.
   */
  (self: Redactor, value: unknown): Attribute.AttributeValue | undefined
} = dual(2, (self: Redactor, value: unknown): Attribute.AttributeValue | undefined => {
  const normalized = Attribute.normalize(value)
  return normalized === undefined ? undefined : redactValue(self, [], normalized)
})
