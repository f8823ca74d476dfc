/**
 * The error of a session that cannot be resumed.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A token that no session can be resumed with.
 *
 * **Details**
 *
 * `malformed`: it is none, or was cut. `version`: another version of the library made it. `signature`: it was not signed
 * with this key, or was changed. `expired`: its time is over, and the session has ended.
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
