/**
 * The error of an invalid measurement.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * An invalid measurement: the instrument, the problem and the fix.
 *
 * **Details**
 *
 * `reason` is `attributes` or `value` for a measurement, and `conflict` if another instrument already has the name.
 *
 * @category errors
 * @since 0.1.0
 */
export class InstrumentError extends Schema.TaggedError<InstrumentError>()("InstrumentError", {
  instrument: Schema.String,
  reason: Schema.Literals(["attributes", "value", "conflict"]),
  problem: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.instrument}: ${this.problem}. ${this.fix}`
  }
}
