/**
 * A log record: what a program logged in a span, before it is told to anybody.
 *
 * @see https://opentelemetry.io/docs/specs/otel/logs/data-model/
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import type * as LogLevel from "effect/LogLevel"
import type * as Tracer from "effect/Tracer"

/**
 * What a program logged.
 *
 * **Details**
 *
 * `time` is in nanoseconds since the Unix epoch. `message` is what `Effect.log` was given, a list where it was given
 * more than one thing. `attributes` are the log annotations, the milliseconds in each log span as
 * `effect.log_span.<label>`, `effect.fiberId` and the session's id. Nothing has been redacted or cut yet: exporters do
 * that, after every processor.
 *
 * @category models
 * @since 0.1.0
 */
export interface LogRecord {
  /** The span that it was logged in. */
  readonly span: Tracer.AnySpan
  readonly time: bigint
  readonly level: LogLevel.LogLevel
  readonly message: unknown
  /** Empty where nothing failed. */
  readonly cause: Cause.Cause<unknown>
  readonly attributes: Readonly<Record<string, unknown>>
  /** What kind of event it tells of, such as `gen_ai.evaluation.result`; a line of a log has none. */
  readonly eventName?: string | undefined
}
