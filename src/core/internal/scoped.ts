/**
 * What belongs to a resource and a scope: a span, its bytes, a log record.
 *
 * @internal
 */
import type { InstrumentationScope, Resource } from "../SpanData.ts"

/** @internal */
export interface Scoped {
  readonly resource: Resource
  readonly scope: InstrumentationScope
}

/** A span, or log record, as the bytes of its protobuf message. @internal */
export interface EncodedSpan extends Scoped {
  readonly bytes: Uint8Array
}

/**
 * A log record as it leaves, in OpenTelemetry's data model.
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
  /** JSON, as OpenTelemetry's `AnyValue` can have it. */
  readonly body: unknown
  readonly attributes: Readonly<Record<string, unknown>>
  readonly doubles?: ReadonlySet<string> | undefined
  readonly droppedAttributesCount: number
}
