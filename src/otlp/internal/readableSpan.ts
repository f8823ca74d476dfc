/**
 * Converts spans for OpenTelemetry's exporters.
 *
 * OpenTelemetry is imported for its types only, so its exporters work without a dependency of the core on it. Times,
 * events and links are converted at the first access, because a processor that drops a span never reads them.
 *
 * @internal
 */
import type * as Otel from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { TraceState } from "../../core/internal/otelTraceState.ts"
import type { InstrumentationScope, Resource, SpanData, SpanEvent, SpanLink } from "../../core/SpanData.ts"
import { hasParent, kindNumber, statusNumber, traceFlags } from "./span.ts"

type OtelResource = ReadableSpan["resource"]
type OtelScope = ReadableSpan["instrumentationScope"]

const NANOS_PER_SECOND = BigInt(1_000_000_000)

const hrTime = (nanos: bigint): Otel.HrTime => [
  Number(nanos / NANOS_PER_SECOND),
  Number(nanos % NANOS_PER_SECOND)
]

const spanContext = (
  traceId: string,
  spanId: string,
  flagged: Parameters<typeof traceFlags>[0],
  isRemote: boolean,
  traceState: string | undefined
): Otel.SpanContext => {
  const context: Otel.SpanContext = { traceId, spanId, traceFlags: traceFlags(flagged) }
  if (isRemote) context.isRemote = true
  if (traceState !== undefined && traceState !== "") context.traceState = new TraceState(traceState)
  return context
}

/** As in OpenTelemetry's SDK: if only one URL is set, it is used, and two different ones cancel each other. */
const mergeSchemaUrl = (old: string | undefined, updating: string | undefined): string | undefined => {
  if (old === undefined || old === "") return updating
  if (updating === undefined || updating === "" || updating === old) return old
  return undefined
}

/** A resource without pending attributes. */
class ReadableResource implements OtelResource {
  readonly asyncAttributesPending = false
  readonly attributes: Otel.Attributes
  readonly schemaUrl?: string

  constructor(attributes: Otel.Attributes, schemaUrl: string | undefined) {
    this.attributes = attributes
    if (schemaUrl !== undefined) this.schemaUrl = schemaUrl
  }

  async waitForAsyncAttributes(): Promise<void> {}

  getRawAttributes(): ReturnType<OtelResource["getRawAttributes"]> {
    return Object.entries(this.attributes)
  }

  merge(other: OtelResource | null): OtelResource {
    return other === null ? this : new ReadableResource(
      { ...this.attributes, ...other.attributes },
      mergeSchemaUrl(this.schemaUrl, other.schemaUrl)
    )
  }
}

/** Exporters group spans by the identity of these objects, so each resource and scope is converted once. */
const resources = new WeakMap<Resource, OtelResource>()
const scopes = new WeakMap<InstrumentationScope, OtelScope>()

const toResource = (resource: Resource): OtelResource => {
  let readable = resources.get(resource)
  if (readable === undefined) {
    readable = new ReadableResource(resource.attributes as Otel.Attributes, resource.schemaUrl)
    resources.set(resource, readable)
  }
  return readable
}

const toScope = (scope: InstrumentationScope): OtelScope => {
  let readable = scopes.get(scope)
  if (readable === undefined) {
    readable = {
      name: scope.name,
      ...(scope.version === undefined ? {} : { version: scope.version }),
      ...(scope.schemaUrl === undefined ? {} : { schemaUrl: scope.schemaUrl }),
      ...(scope.attributes === undefined ? {} : { attributes: scope.attributes })
    }
    scopes.set(scope, readable)
  }
  return readable
}

const toEvent = (event: SpanEvent): ReadableSpan["events"][number] => ({
  name: event.name,
  time: hrTime(event.time),
  attributes: event.attributes as Otel.Attributes,
  droppedAttributesCount: event.droppedAttributesCount
})

const toLink = (link: SpanLink): Otel.Link => ({
  context: spanContext(link.traceId, link.spanId, link, link.isRemote, link.traceState),
  attributes: link.attributes as Otel.Attributes,
  droppedAttributesCount: link.droppedAttributesCount
})

class ReadableSpanData implements ReadableSpan {
  readonly ended = true
  readonly name: string
  readonly kind: Otel.SpanKind
  readonly status: Otel.SpanStatus
  readonly attributes: Otel.Attributes
  readonly resource: OtelResource
  readonly instrumentationScope: OtelScope
  readonly parentSpanContext?: Otel.SpanContext
  readonly droppedAttributesCount: number
  readonly droppedEventsCount: number
  readonly droppedLinksCount: number
  readonly #data: SpanData
  #context: Otel.SpanContext | undefined
  #startTime: Otel.HrTime | undefined
  #endTime: Otel.HrTime | undefined
  #duration: Otel.HrTime | undefined
  #events: ReadableSpan["events"] | undefined
  #links: Array<Otel.Link> | undefined

  constructor(data: SpanData) {
    this.#data = data
    this.name = data.name
    // OpenTelemetry's API counts kinds from zero, the protocol from one.
    this.kind = kindNumber(data.kind) - 1
    this.status = { code: statusNumber(data.status.code) }
    if (data.status.message !== undefined) this.status.message = data.status.message
    this.attributes = data.attributes as Otel.Attributes
    this.resource = toResource(data.resource)
    this.instrumentationScope = toScope(data.scope)
    if (hasParent(data)) {
      this.parentSpanContext = spanContext(
        data.traceId,
        data.parentSpanId,
        data,
        data.parentIsRemote,
        data.traceState
      )
    }
    this.droppedAttributesCount = data.droppedAttributesCount
    this.droppedEventsCount = data.droppedEventsCount
    this.droppedLinksCount = data.droppedLinksCount
  }

  spanContext(): Otel.SpanContext {
    const { spanId, traceId, traceState } = this.#data
    return this.#context ??= spanContext(traceId, spanId, this.#data, false, traceState)
  }

  get startTime(): Otel.HrTime {
    return this.#startTime ??= hrTime(this.#data.startTime)
  }

  get endTime(): Otel.HrTime {
    return this.#endTime ??= hrTime(this.#data.endTime)
  }

  /** Never negative, although the wall clock may be set back between start and end. */
  get duration(): Otel.HrTime {
    const { endTime, startTime } = this.#data
    return this.#duration ??= endTime > startTime ? hrTime(endTime - startTime) : [0, 0]
  }

  get events(): ReadableSpan["events"] {
    return this.#events ??= this.#data.events.map(toEvent)
  }

  get links(): Array<Otel.Link> {
    return this.#links ??= this.#data.links.map(toLink)
  }
}

/**
 * Converts a finished span to OpenTelemetry's `ReadableSpan`, for any `SpanExporter`.
 *
 * @internal
 */
export const toReadableSpan = (data: SpanData): ReadableSpan => new ReadableSpanData(data)
