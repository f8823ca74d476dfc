/**
 * A finished span, encoded for one backend: the input of exporters.
 *
 * A span is recorded once and may be encoded in several vocabularies. Its identity and its times are the same in all of
 * them. Name, kind, status and attributes come from a `Convention`. `SpanData` is plain immutable data, with times as
 * nanoseconds since the Unix epoch.
 *
 * @since 0.1.0
 */
import type { SpanKind } from "effect/Tracer"
import type { Attributes } from "./Attribute.ts"

/**
 * The producer of the telemetry: OpenTelemetry's resource.
 *
 * @category models
 * @since 0.1.0
 */
export interface Resource {
  readonly attributes: Attributes
  readonly schemaUrl?: string | undefined
}

/**
 * The library that made the spans: OpenTelemetry's instrumentation scope.
 *
 * @category models
 * @since 0.1.0
 */
export interface InstrumentationScope {
  readonly name: string
  readonly version?: string | undefined
  readonly schemaUrl?: string | undefined
  readonly attributes?: Attributes | undefined
}

/**
 * How a span ended. OpenTelemetry asks a library to leave the status of a successful span `unset`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Status {
  readonly code: "unset" | "ok" | "error"
  readonly message?: string | undefined
}

/**
 * An event at one moment of a span.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpanEvent {
  readonly name: string
  /** Nanoseconds since the Unix epoch. */
  readonly time: bigint
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
}

/**
 * A link from a span to another span, in the same trace or in another one.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpanLink {
  readonly traceId: string
  readonly spanId: string
  readonly traceState?: string | undefined
  readonly sampled: boolean
  /** Whether the trace id is random, according to W3C's flag. */
  readonly random?: boolean | undefined
  readonly isRemote: boolean
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
}

/**
 * A finished span, encoded by one convention.
 *
 * **Details**
 *
 * Ids are lower-case hex: 32 digits for the trace and 16 for the span. A root span has no `parentSpanId`. The
 * `dropped…Count` fields count the attributes, events and links that exceeded the span limits.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpanData {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  /** Whether the parent span is in another process. */
  readonly parentIsRemote: boolean
  readonly traceState: string | undefined
  readonly sampled: boolean
  /** Whether the trace id is random, according to W3C's flag. */
  readonly random?: boolean | undefined
  readonly name: string
  readonly kind: SpanKind
  readonly status: Status
  /** Nanoseconds since the Unix epoch. */
  readonly startTime: bigint
  /** Nanoseconds since the Unix epoch. */
  readonly endTime: bigint
  readonly attributes: Attributes
  /** The names of attributes that are doubles although their value is a whole number. */
  readonly doubles?: ReadonlySet<string> | undefined
  readonly droppedAttributesCount: number
  readonly events: ReadonlyArray<SpanEvent>
  readonly droppedEventsCount: number
  readonly links: ReadonlyArray<SpanLink>
  readonly droppedLinksCount: number
  readonly resource: Resource
  readonly scope: InstrumentationScope
}

/**
 * Makes a span from the given fields, for example for a test or from a recorded span of another program.
 *
 * **Details**
 *
 * The defaults are no parent, no attributes, kind `internal`, status `unset`, a start of zero, and an end that equals
 * the start.
 *
 * **Example** (A span with a name and a parent)
 *
 * ```ts
 * import { SpanData } from "effect-agentops"
 *
 * const span = SpanData.make({ name: "GET /orders", kind: "server", startTime: 5n })
 *
 * span.endTime // => 5n
 * span.status // => { code: "unset" }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (fields: Partial<SpanData> & { readonly name: string }): SpanData => ({
  traceId: "",
  spanId: "",
  parentSpanId: undefined,
  parentIsRemote: false,
  traceState: undefined,
  sampled: true,
  random: false,
  kind: "internal",
  status: { code: "unset" },
  startTime: 0n,
  endTime: fields.startTime ?? 0n,
  attributes: {},
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0,
  resource: { attributes: {} },
  scope: { name: "" },
  ...fields
})

/**
 * One exception of a failure, as OpenTelemetry records it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Exception {
  readonly type: string
  readonly message: string
  readonly stacktrace: string
  /** The types of the errors that caused it, the nearest first. */
  readonly causes?: ReadonlyArray<string> | undefined
}

/**
 * Why a span failed: the error's type, which has few distinct values, its message, and each exception of the cause.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  readonly errorType: string
  readonly message: string
  readonly exceptions: ReadonlyArray<Exception>
}

/**
 * A line of the program.
 *
 * @category models
 * @since 0.1.0
 */
export interface CodeLocation {
  readonly functionName: string | undefined
  readonly filePath: string
  readonly line: number
}
