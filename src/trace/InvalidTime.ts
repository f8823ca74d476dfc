/**
 * The times of recorded events, and the error for an invalid time.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A moment: nanoseconds since the Unix epoch, milliseconds since then, or a date.
 *
 * @category models
 * @since 0.1.0
 */
export type Time = bigint | number | Date

/**
 * The times and the outcome of a recorded event.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecordOptions {
  /** When it started. Default: `endTime`. */
  readonly startTime?: Time | undefined
  /** When it ended. An end before `startTime` becomes `startTime`. Default: now. */
  readonly endTime?: Time | undefined
  /** The error with which it failed, if it did. */
  readonly error?: unknown
  /** Further attributes of the event's span. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

/**
 * A time that a span cannot have. Spans store nanoseconds since the Unix epoch in 64 bits, which covers 1970 to 2554.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidTime extends Schema.TaggedError<InvalidTime>()("InvalidTime", {
  field: Schema.String,
  problem: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.field}: ${this.problem}. ${this.fix}`
  }
}
