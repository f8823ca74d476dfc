/**
 * The first place where a run is not what was recorded.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { RecordedCall } from "./Recording.ts"

/**
 * The first call that was not recorded, or was asked otherwise.
 *
 * **Details**
 *
 * `call` is the recorded call that comes next to it, `at` where they differ, such as
 * `inputMessages[1].parts[0].content`, and `recorded` and `asked` the whole texts there. The message has both about
 * the first letter that differs. The program dies of it, so that no retry and no handler of errors hides it.
 *
 * @category errors
 * @since 0.1.0
 */
export class ReplayDifference extends Data.TaggedError("ReplayDifference")<{
  readonly call: RecordedCall | undefined
  readonly at: string
  readonly recorded: string
  readonly asked: string
  readonly message: string
}> {}
