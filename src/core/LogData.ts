/**
 * A log record of OpenTelemetry as data, in the form that a receiver gets.
 *
 * @see https://opentelemetry.io/docs/specs/otel/logs/data-model/
 * @since 0.1.0
 */
import type { Attributes } from "./Attribute.ts"
import type { Resource } from "./SpanData.ts"

/**
 * A log record.
 *
 * **Details**
 *
 * `time` is in nanoseconds since the Unix epoch: the time of the event if the record has it, else the time of
 * observation. `body` is a JSON value. The ids are empty if the record belongs to no span.
 *
 * @category models
 * @since 0.1.0
 */
export interface LogData {
  readonly traceId: string
  readonly spanId: string
  readonly time: bigint
  readonly severityNumber: number
  readonly severityText: string
  readonly eventName: string | undefined
  readonly body: unknown
  readonly attributes: Attributes
  readonly resource: Resource
}
