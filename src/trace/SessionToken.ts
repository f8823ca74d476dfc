/**
 * The token of a suspended session: the key that signs it, and the error for an invalid one.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/**
 * The secret that signs tokens.
 *
 * @category models
 * @since 0.1.0
 */
export type Key = Redacted.Redacted | string

/**
 * A token with which no session can be resumed.
 *
 * **Details**
 *
 * `malformed`: it is not a token, or it is truncated. `version`: another version of the library made it. `signature`:
 * it was signed with another key, or was changed. `expired`: its time is over, and the session has ended.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidToken extends Schema.TaggedError<InvalidToken>()("InvalidToken", {
  reason: Schema.Literals(["malformed", "version", "signature", "expired"]),
  problem: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `the token of a session ${this.problem}. ${this.fix}`
  }
}
