/**
 * The error for calls that do not follow a script.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * A scripted model received another call than its script has, or too many or too few. `number` is the call, from 1.
 *
 * @category errors
 * @since 0.1.0
 */
export class ScriptError extends Data.TaggedError("ScriptError")<{
  readonly number: number
  readonly message: string
}> {}
