/**
 * Rules that keep secrets and personal data in the process, whatever the backend is.
 *
 * A redactor is a list of rules. Each rule sees every value that is about to leave, with the path to it, and keeps,
 * replaces or drops it. The redactor runs once for each span or log record, after encoding and before the record is
 * queued, written, printed or sent. It covers attributes, the messages and JSON in them, the name, the status, events
 * and links. {@link credentials} is on by default; see the option `redactor` of `AgentOps.layer`.
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
import { anyKey, withPrefilter } from "./internal/prefilter.ts"
import { redactValue } from "./internal/redact.ts"
import { isOpaque, isUuid, namesIssuer, verdictOf } from "./internal/secrets/names.ts"
import type { Decision, Path, Redactor, Rule } from "./RedactionRule.ts"

export type { Decision, Path, Redactor, Rule } from "./RedactionRule.ts"

/**
 * Keeps the value unchanged.
 *
 * @category decisions
 * @since 0.1.0
 */
export const keep: Decision = { _tag: "Keep" }

/**
 * Drops the value and its key.
 *
 * @category decisions
 * @since 0.1.0
 */
export const drop: Decision = { _tag: "Drop" }

/**
 * Replaces the value, by default with `[redacted]`.
 *
 * @category decisions
 * @since 0.1.0
 */
export const replace = (value: string | number | boolean = mask): Decision => ({ _tag: "Replace", value })

const replaced = replace()

/**
 * Makes a redactor from rules.
 *
 * **Example** (your own rule beside the default)
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
 * Redacts nothing, not even credentials.
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
 * A rule that changes text in every place. `f` returns the text that may leave.
 *
 * **Details**
 *
 * A number is passed as its digits. A `hint` can quickly exclude texts without a match.
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
  return withPrefilter(rule, { key: anyKey, text: leaves, ascii: leaves, numbers: false })
}

const nearestKey = (path: Path): string | undefined => {
  for (let i = path.length - 1; i >= 0; i--) {
    const part = path[i]
    if (typeof part === "string") return part
  }
  return undefined
}

/**
 * A rule that replaces the values of some keys: text, numbers, and lists of these.
 *
 * **Details**
 *
 * Keys are those of attributes and of objects in JSON. An object under such a key is not replaced, because it may be a
 * schema that describes the key. Its parts are checked instead.
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
 * A rule that drops the values at some paths.
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

// These keys do not describe their value. The key of the enclosing object does.
const general = new Set(["value", "values", "val", "content", "data", "raw", "current", "plaintext", "secretString"])

// A number under any other name is not a credential, because every format of a credential has a letter.
const prefilter = {
  key: (key: string) => verdictOf(key) === "never" && !namesIssuer(key),
  text: hasNoCredentials,
  ascii: asciiHasNoCredentials,
  numbers: true
}

const underSecretName: Rule = withPrefilter({
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
}, prefilter)

/**
 * Credentials: the default redactor.
 *
 * **Details**
 *
 * By their form: API keys and tokens with a prefix of their issuer (OpenAI, Anthropic, Groq, Hugging Face, xAI, Google,
 * AWS, GitHub, GitLab, Slack, Stripe, npm and others), bearer tokens, basic auth, JSON Web Tokens, private keys, and
 * passwords and signatures in URLs. By their name: values of a key such as `password`, `client_secret`, `api_key`,
 * `access_token`, `authorization` or `cookie`, in JSON or in text, and of `token` unless the value is a word.
 *
 * **Gotchas**
 *
 * A secret that looks like an ordinary word and has an ordinary name is not recognized. Give it to the program as
 * `Redacted`, which never shows its value.
 *
 * **Example** (a redacted text)
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
  withPrefilter(text("credentials", withoutCredentials, mayHaveCredentials), prefilter)
)

/**
 * E-mail addresses.
 *
 * @category rules
 * @since 0.1.0
 */
export const emails: Rule = text("emails", withoutEmails)

/**
 * Phone numbers of nine digits or more, with a `+` or in groups.
 *
 * @category rules
 * @since 0.1.0
 */
export const phones: Rule = text("phones", withoutPhones)

/**
 * Card numbers: 13 to 19 digits with a valid checksum.
 *
 * @category rules
 * @since 0.1.0
 */
export const cards: Rule = text("cards", withoutCards)

/**
 * IP addresses of both versions.
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
 * Returns a value as a redactor leaves it, to try rules out and for text that leaves the process in another way.
 *
 * **Details**
 *
 * The value is converted to an attribute value first, see `Attribute.normalize`. The result is `undefined` if a rule
 * drops the whole value.
 *
 * @category combinators
 * @since 0.1.0
 */
export const redact: {
  /**
   * Returns a value as a redactor leaves it, to try rules out and for text that leaves the process in another way.
   *
   * **Details**
   *
   * The value is converted to an attribute value first, see `Attribute.normalize`. The result is `undefined` if a rule
   * drops the whole value.
   */
  (value: unknown): (self: Redactor) => Attribute.AttributeValue | undefined
  /**
   * Returns a value as a redactor leaves it, to try rules out and for text that leaves the process in another way.
   *
   * **Details**
   *
   * The value is converted to an attribute value first, see `Attribute.normalize`. The result is `undefined` if a rule
   * drops the whole value.
   */
  (self: Redactor, value: unknown): Attribute.AttributeValue | undefined
} = dual(2, (self: Redactor, value: unknown): Attribute.AttributeValue | undefined => {
  const normalized = Attribute.normalize(value)
  return normalized === undefined ? undefined : redactValue(self, [], normalized)
})
