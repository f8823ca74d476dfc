/**
 * Log records: the messages that a program logged in a span, before export.
 *
 * @see https://opentelemetry.io/docs/specs/otel/logs/data-model/
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import type * as LogLevel from "effect/LogLevel"
import type * as Tracer from "effect/Tracer"

/**
 * A message that a program logged.
 *
 * **Details**
 *
 * `time` is in nanoseconds since the Unix epoch. `message` is the argument of `Effect.log`, or a list of its arguments
 * if there are several. `attributes` are the log annotations, the milliseconds in each log span as
 * `effect.log_span.<label>`, `effect.fiberId` and the session's id. Nothing is redacted or truncated yet: exporters do
 * that, after every processor.
 *
 * @category models
 * @since 0.1.0
 */
export interface LogRecord {
  /** The span in which it was logged. */
  readonly span: Tracer.AnySpan
  readonly time: bigint
  readonly level: LogLevel.LogLevel
  readonly message: unknown
  /** Empty if there is no error. */
  readonly cause: Cause.Cause<unknown>
  readonly attributes: Readonly<Record<string, unknown>>
  /** The name of the event, such as `gen_ai.evaluation.result`. Absent for a plain log line. */
  readonly eventName?: string | undefined
}
