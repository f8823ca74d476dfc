/**
 * The library's tracer on a `TracerProvider` of the user's.
 *
 * Each span of ours is one of the provider's from its start: same ids, same
 * sampling. When it ends, its convention's words are written to the provider's
 * span, and that is ended with the same time.
 *
 * @internal
 */
import * as Otel from "@opentelemetry/api"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { Attributes } from "../../Attribute.ts"
import type { Convention } from "../../Convention.ts"
import { always } from "../../Sampler.ts"
import type { Role, Sink, Span } from "../../Span.ts"
import type { SpanLimits } from "../../SpanLimits.ts"
import { encodeSpan } from "../encodeSpan.ts"
import { randomSpanId, randomTraceId } from "../identifiers.ts"
import { toOtelKind, toOtelLink } from "../otelContext.ts"
import type { SessionState } from "../sessionState.ts"
import { AgentOpsTracer, type Identity, type SpanOptions } from "../tracer.ts"
import { currentOtelSpan, otelSpanOf, pair, withOtelContext } from "./activeContext.ts"

let pinnedTraceId: string | undefined

/** An id generator whose next trace id can be chosen. @internal */
export const pinned = {
  generateTraceId: (): string => {
    const id = pinnedTraceId ?? randomTraceId()
    pinnedTraceId = undefined
    return id
  },
  generateSpanId: randomSpanId
}

const billion = BigInt(1_000_000_000)

const toHrTime = (nanos: bigint): Otel.HrTime => [Number(nanos / billion), Number(nanos % billion)]

const statusCodes = { unset: 0, ok: 1, error: 2 } as const

const finish = (otelSpan: Otel.Span, span: Span, linksAtStart: number, convention: Convention, content: boolean) => {
  const data = encodeSpan(span, convention, { content })
  otelSpan.updateName(data.name)
  otelSpan.setAttributes(data.attributes as Otel.Attributes)
  for (const event of data.events) {
    otelSpan.addEvent(event.name, event.attributes as Otel.Attributes, toHrTime(event.time))
  }
  const later = span.links.slice(linksAtStart)
  if (later.length > 0) otelSpan.addLinks(later.map((link) => toOtelLink(link, link.span._tag === "ExternalSpan")))
  const { code, message } = data.status
  if (code !== "unset") {
    otelSpan.setStatus(message === undefined ? { code: statusCodes[code] } : { code: statusCodes[code], message })
  }
  otelSpan.end(toHrTime(data.endTime))
}

/** @internal */
export class ProviderTracer extends AgentOpsTracer {
  readonly context: typeof withOtelContext | undefined
  readonly #tracer: Otel.Tracer
  #started: Otel.Span | undefined

  constructor(options: {
    readonly tracer: Otel.Tracer
    readonly convention: Convention
    readonly content: boolean
    readonly defaultTags: ReadonlyArray<string>
    readonly limits: SpanLimits
    readonly context: boolean
  }) {
    super({
      // The provider has a sampler of its own, and a resource.
      sampler: always,
      resource: { attributes: {} },
      scope: { name: "effect-agentops" },
      limits: options.limits,
      defaultTags: options.defaultTags
    })
    this.#tracer = options.tracer
    this.context = options.context ? withOtelContext : undefined
    const linksAtStart = new WeakMap<Span, number>()
    const sink: Sink = {
      content: options.content,
      onStart: (span) => linksAtStart.set(span, span.links.length),
      onEnd: (span) => finish(otelSpanOf(span), span, linksAtStart.get(span) ?? 0, options.convention, options.content)
    }
    this.setSinks([sink])
  }

  override startSpan(
    options: SpanOptions,
    role: Role | undefined,
    session: SessionState | undefined,
    creationAttributes: () => Attributes
  ): Span {
    const parent = options.root || Option.isSome(options.parent) ? undefined : currentOtelSpan()
    const span = super.startSpan(
      parent === undefined
        ? options
        : { ...options, parent: Option.some(parent), sampled: options.sampled && parent.sampled },
      role,
      session,
      creationAttributes
    )
    if (this.#started !== undefined) pair(span, this.#started)
    this.#started = undefined
    return span
  }

  protected override identify(
    options: SpanOptions,
    parent: Tracer.AnySpan | undefined,
    role: Role | undefined,
    creationAttributes: () => Attributes
  ): Identity {
    if (!options.sampled) return super.identify(options, parent, role, creationAttributes)
    if (parent === undefined && role?._tag === "Session") pinnedTraceId = role.session.traceId
    const base = Otel.context.active()
    const started = this.#tracer.startSpan(
      options.name,
      {
        kind: toOtelKind(options.kind),
        startTime: toHrTime(options.startTime),
        attributes: creationAttributes() as Otel.Attributes,
        links: options.links.map((link) => toOtelLink(link, link.span._tag === "ExternalSpan")),
        root: parent === undefined
      },
      parent === undefined ? Otel.trace.deleteSpan(base) : Otel.trace.setSpan(base, otelSpanOf(parent))
    )
    pinnedTraceId = undefined
    this.#started = started
    const { spanId, traceId, traceState } = started.spanContext()
    return {
      traceId,
      spanId,
      // What is only recorded must be ended too, so it counts as kept.
      sampled: started.isRecording(),
      traceState: traceState?.serialize(),
      attributes: undefined
    }
  }
}
