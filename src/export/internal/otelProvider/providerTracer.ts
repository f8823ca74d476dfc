/**
 * This library's tracer on a user's `TracerProvider`.
 *
 * Each of our spans has a span of the provider from its start, with the same ids and sampling. When it ends, its
 * attributes in the convention are written to the provider's span, which ends at the same time.
 *
 * @internal
 */
import * as Otel from "@opentelemetry/api"
import type * as Tracer from "effect/Tracer"
import type { Convention } from "../../../convention/Convention.ts"
import type { Options } from "../../../convention/Encoding.ts"
import type { Attributes } from "../../../core/Attribute.ts"
import { randomSpanId, randomTraceId } from "../../../core/internal/ids.ts"
import { version } from "../../../core/internal/version.ts"
import * as LogLimits from "../../../core/LogLimits.ts"
import type { InstrumentationScope } from "../../../core/SpanData.ts"
import type { SpanLimits } from "../../../core/SpanLimits.ts"
import type { ErrorPolicy, Hook, TakeMedia } from "../../../privacy/Content.ts"
import { redactAttributes, redactString } from "../../../privacy/internal/redact.ts"
import type { Redactor } from "../../../privacy/Redactor.ts"
import { toOtelKind, toOtelLink } from "../../../trace/internal/otelSpanContext.ts"
import type { SpanBackend } from "../../../trace/internal/tracer.ts"
import { AgentOpsTracer, creationAttributes } from "../../../trace/internal/tracer.ts"
import type { Sink, Span } from "../../../trace/Span.ts"
import { encodeSpan } from "../encodeSpan.ts"
import { currentOtelSpan, otelSpanOf, pair, withOtelContext } from "./activeContext.ts"

let pinnedTraceId: string | undefined

/** An id generator whose next trace id can be set. @internal */
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

const toLink = (redactor: Redactor) => (link: Tracer.SpanLink): Otel.Link => {
  const { attributes, context } = toOtelLink(link, link.span._tag === "ExternalSpan")
  return { context, attributes: redactAttributes(redactor, ["links"], attributes as Attributes) as Otel.Attributes }
}

const finish = (otelSpan: Otel.Span, span: Span, linksAtStart: number, convention: Convention, options: Options) => {
  const data = encodeSpan(span, convention, options)
  otelSpan.updateName(data.name)
  otelSpan.setAttributes(data.attributes as Otel.Attributes)
  for (const event of data.events) {
    otelSpan.addEvent(event.name, event.attributes as Otel.Attributes, toHrTime(event.time))
  }
  const later = span.links.slice(linksAtStart)
  if (later.length > 0) otelSpan.addLinks(later.map(toLink(span.settings.redactor)))
  const { code, message } = data.status
  if (code !== "unset") {
    otelSpan.setStatus(message === undefined ? { code: statusCodes[code] } : { code: statusCodes[code], message })
  }
  otelSpan.end(toHrTime(data.endTime))
}

/** The options of the tracer on a provider. @internal */
export interface ProviderOptions {
  readonly provider: Otel.TracerProvider
  readonly convention: Convention
  readonly content: boolean
  readonly errors: ErrorPolicy | undefined
  readonly defaultTags: ReadonlyArray<string>
  readonly limits: SpanLimits
  readonly redactor: Redactor
  readonly contentHook: Hook | undefined
  readonly takeMedia: TakeMedia | undefined
  readonly context: boolean
}

const ownScope: InstrumentationScope = { name: "effect-agentops", version }

const makeTracers = (provider: Otel.TracerProvider) => {
  const tracers = new WeakMap<InstrumentationScope, Otel.Tracer>()
  return (scope: InstrumentationScope): Otel.Tracer => {
    let tracer = tracers.get(scope)
    if (tracer === undefined) {
      const options = scope.schemaUrl === undefined ? {} : { schemaUrl: scope.schemaUrl }
      tracers.set(scope, tracer = provider.getTracer(scope.name, scope.version, options))
    }
    return tracer
  }
}

const makeBackend = ({ provider, redactor }: ProviderOptions): SpanBackend => {
  const tracerOf = makeTracers(provider)
  // Resolved now, because the global provider may change before the first span.
  tracerOf(ownScope)
  return {
    parent: currentOtelSpan,
    start: (options, parent) => {
      if (parent === undefined && options.isSession) pinnedTraceId = options.session?.traceId
      const base = Otel.context.active()
      const otelSpan = tracerOf(options.scope ?? ownScope).startSpan(
        redactString(redactor, ["name"], options.name),
        {
          kind: toOtelKind(options.kind),
          startTime: toHrTime(options.startTime),
          attributes: redactAttributes(redactor, ["attributes"], creationAttributes(options)) as Otel.Attributes,
          links: options.links.map(toLink(redactor)),
          root: parent === undefined
        },
        parent === undefined ? Otel.trace.deleteSpan(base) : Otel.trace.setSpan(base, otelSpanOf(parent))
      )
      pinnedTraceId = undefined
      const { spanId, traceId, traceState } = otelSpan.spanContext()
      return {
        traceId,
        spanId,
        traceState: traceState?.serialize(),
        // A span that is only recorded must be ended too, so it counts as sampled.
        sampled: otelSpan.isRecording(),
        onSpan: (span) => pair(span, otelSpan)
      }
    }
  }
}

/** Makes the tracer whose spans are a provider's. @internal */
export const makeProviderTracer = (options: ProviderOptions): AgentOpsTracer => {
  const linksAtStart = new WeakMap<Span, number>()
  const { content, errors } = options
  const sink: Sink = {
    content: options.content,
    onStart: (span) => linksAtStart.set(span, span.links.length),
    onEnd: (span) =>
      finish(otelSpanOf(span), span, linksAtStart.get(span) ?? 0, options.convention, { content, errors })
  }
  return new AgentOpsTracer({
    // The provider has its own sampler and resource.
    resource: { attributes: {} },
    scope: ownScope,
    limits: options.limits,
    logLimits: LogLimits.defaults,
    redactor: options.redactor,
    contentHook: options.contentHook,
    takeMedia: options.takeMedia,
    defaultTags: options.defaultTags,
    backend: makeBackend(options),
    sinks: [sink],
    context: options.context ? withOtelContext : undefined
  })
}
