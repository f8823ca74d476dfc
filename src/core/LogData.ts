/**
 * A log record as data: OpenTelemetry's, in the form that a receiver gets it.
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
 * `time` is in nanoseconds since the Unix epoch: when it happened or, where nobody says so, when it was seen. `body` is
 * a JSON value. The ids are empty for a record that belongs to no span.
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
