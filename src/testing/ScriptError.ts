/**
 * A test that asks what its script does not say.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * A scripted model was asked otherwise than its script says, more often, or less often: `number` is the call, from 1.
 *
 * @category errors
 * @since 0.1.0
 */
export class ScriptError extends Data.TaggedError("ScriptError")<{
  readonly number: number
  readonly message: string
}> {}
