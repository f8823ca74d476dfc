/**
 * When a recorded event happened, and the times that none can have.
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
 * When and how a recorded event happened.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecordOptions {
  /** When it started. Default: `endTime`. */
  readonly startTime?: Time | undefined
  /** When it ended; where that is before `startTime`, it ended as it started. Default: now. */
  readonly endTime?: Time | undefined
  /** What it failed with, if it did. */
  readonly error?: unknown
  /** Further attributes of the event's span. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

/**
 * A time that no span can have: spans are written with nanoseconds since the Unix epoch in 64 bits, which is
 * from 1970 to 2554.
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
