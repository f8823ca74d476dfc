/**
 * The first difference between a run and its recording.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { RecordedCall } from "./Recording.ts"

/**
 * The first call that was not recorded, or whose input differs from the recording.
 *
 * **Details**
 *
 * `call` is the nearest recorded call. `at` is where the two differ, such as `inputMessages[1].parts[0].content`, and
 * `recorded` and `actual` are the two texts in full. The message quotes both around the first different character. The
 * error is a defect, so that no retry and no error handler hides it.
 *
 * @category errors
 * @since 0.1.0
 */
export class ReplayDifference extends Data.TaggedError("ReplayDifference")<{
  readonly call: RecordedCall | undefined
  readonly at: string
  readonly recorded: string
  readonly actual: string
  readonly message: string
}> {}
