/**
 * A finished span in the words of one backend: what exporters take.
 *
 * A span is recorded once and may be told in several vocabularies. `SpanData` is
 * one such telling: the identity and times of the span, which never differ, and
 * the name, kind, status and attributes that a `Convention` gave it. It is plain
 * immutable data, with times as nanoseconds since the Unix epoch.
 *
 * @since 0.1.0
 */
import type { SpanKind } from "effect/Tracer"
import type { Attributes } from "./Attribute.ts"

/**
 * What produced the telemetry: OpenTelemetry's resource.
 *
 * @category models
 * @since 0.1.0
 */
export interface Resource {
  readonly attributes: Attributes
  readonly schemaUrl?: string | undefined
}

/**
 * The library whose spans these are: OpenTelemetry's instrumentation scope.
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
 * How a span ended: `unset` says that nobody judged it, as OpenTelemetry asks of
 * a library for a span that succeeded.
 *
 * @category models
 * @since 0.1.0
 */
export interface Status {
  readonly code: "unset" | "ok" | "error"
  readonly message?: string | undefined
}

/**
 * Something that happened at one moment of a span.
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
 * A reference from a span to one elsewhere, in this trace or another.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpanLink {
  readonly traceId: string
  readonly spanId: string
  readonly traceState?: string | undefined
  readonly sampled: boolean
  /** Whether the trace id is said to be random, by W3C's flag. */
  readonly random?: boolean | undefined
  readonly isRemote: boolean
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
}

/**
 * A finished span under one convention.
 *
 * **Details**
 *
 * Ids are lower-case hex, 32 digits for the trace and 16 for the span. A root
 * span has no `parentSpanId`. The `dropped…Count` fields say how many attributes,
 * events and links the span limits kept out.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpanData {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  /** Whether the parent lives in another process. */
  readonly parentIsRemote: boolean
  readonly traceState: string | undefined
  readonly sampled: boolean
  /** Whether the trace id is said to be random, by W3C's flag. */
  readonly random?: boolean | undefined
  readonly name: string
  readonly kind: SpanKind
  readonly status: Status
  /** Nanoseconds since the Unix epoch. */
  readonly startTime: bigint
  /** Nanoseconds since the Unix epoch. */
  readonly endTime: bigint
  readonly attributes: Attributes
  /** The names of attributes that are doubles, though their value is a whole number. */
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
 * Makes a span of what is known of it, such as one for a test or one that another program told of.
 *
 * **Details**
 *
 * What is not given is empty: no parent, no attributes, kind `internal`, status `unset`, and times of zero. An end that
 * is not given is the start.
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
  /** The types of the errors that it is told to be caused by, the nearest first. */
  readonly causes?: ReadonlyArray<string> | undefined
}

/**
 * What a span failed of: a word for the error in few distinct values, what it says, and each exception of its cause.
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
 * A line of a program.
 *
 * @category models
 * @since 0.1.0
 */
export interface CodeLocation {
  readonly functionName: string | undefined
  readonly filePath: string
  readonly line: number
}
