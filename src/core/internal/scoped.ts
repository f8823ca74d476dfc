/**
 * Data that belongs to a resource and a scope: a span, its bytes, or a log record.
 *
 * @internal
 */
import type { InstrumentationScope, Resource } from "../SpanData.ts"

/** @internal */
export interface Scoped {
  readonly resource: Resource
  readonly scope: InstrumentationScope
}

/** The protobuf message of a span or a log record. @internal */
export interface EncodedSpan extends Scoped {
  readonly bytes: Uint8Array
}

/**
 * A log record in OpenTelemetry's data model, ready to be sent.
 *
 * @see https://opentelemetry.io/docs/specs/otel/logs/data-model/
 * @internal
 */
export interface LogRecord extends Scoped {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  readonly random?: boolean | undefined
  /** Nanoseconds since the Unix epoch. */
  readonly time: bigint
  readonly observedTime: bigint
  readonly severityNumber: number
  readonly severityText: string
  readonly eventName: string | undefined
  /** A JSON value, which OpenTelemetry's `AnyValue` can hold. */
  readonly body: unknown
  readonly attributes: Readonly<Record<string, unknown>>
  readonly doubles?: ReadonlySet<string> | undefined
  readonly droppedAttributesCount: number
}
