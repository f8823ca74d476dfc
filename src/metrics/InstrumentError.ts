/**
 * Why an instrument does not take a measurement.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A measurement that its instrument does not take: which instrument, what is wrong and how to put it right.
 *
 * **Details**
 *
 * `reason` is `attributes` or `value` for what was measured, and `conflict` where another instrument
 * has the name already.
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
