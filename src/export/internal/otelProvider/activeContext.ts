/**
 * Makes Effect's current span OpenTelemetry's active span, and the other way round.
 *
 * @internal
 */
import * as Otel from "@opentelemetry/api"
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"
import { TraceState } from "../../../core/internal/traceState.ts"
import { toSpanContext } from "../../../trace/internal/otelSpanContext.ts"
import type { OwnTracer } from "../../../trace/internal/tracer.ts"
import { adopt, fromEffect, inProvidedSession, TypeId } from "../../../trace/internal/tracer.ts"

// The pairs of our spans and OpenTelemetry's.
const toOtel = new WeakMap<Tracer.AnySpan, Otel.Span>()
const fromOtel = new WeakMap<Otel.Span, Tracer.AnySpan>()

/** Pairs a span with an OpenTelemetry span. @internal */
export const pair = (span: Tracer.AnySpan, otelSpan: Otel.Span): void => {
  toOtel.set(span, otelSpan)
  fromOtel.set(otelSpan, span)
}

/** The OpenTelemetry span of a span: its pair, or one with its ids. @internal */
export const otelSpanOf = (span: Tracer.AnySpan): Otel.Span => {
  const known = toOtel.get(span)
  if (known !== undefined) return known
  const otelSpan = Otel.trace.wrapSpanContext(toSpanContext(span))
  pair(span, otelSpan)
  return otelSpan
}

/** OpenTelemetry's active span as an Effect span. @internal */
export const currentOtelSpan = (): Tracer.AnySpan | undefined => {
  const active = Otel.trace.getSpan(Otel.context.active())
  if (active === undefined) return undefined
  const known = fromOtel.get(active)
  if (known !== undefined) return known
  const { spanId, traceFlags, traceId, traceState } = active.spanContext()
  if (!Otel.isSpanContextValid(active.spanContext())) return undefined
  const span = Tracer.externalSpan({
    traceId,
    spanId,
    sampled: (traceFlags & Otel.TraceFlags.SAMPLED) !== 0,
    annotations: Context.make(TraceState, traceState?.serialize())
  })
  pair(span, active)
  return span
}

/** A tracer whose spans use the active span if they have no parent. @internal */
export const withActiveParent = (tracer: OwnTracer, active: () => Tracer.AnySpan | undefined): OwnTracer => ({
  [TypeId]: TypeId,
  defaultTags: tracer.defaultTags,
  tenant: tracer.tenant,
  scope: tracer.scope,
  get content() {
    return tracer.content
  },
  span: (options) => tracer.start(adopt(inProvidedSession(fromEffect(options)), active)),
  start: (options) => tracer.start(adopt(options, active))
})

const evaluate = "~effect/Effect/evaluate"

// A span's context is made from the context that was active when the span first ran.
const contexts = new WeakMap<Tracer.AnySpan, { readonly base: Otel.Context; readonly context: Otel.Context }>()

const contextOf = (span: Tracer.AnySpan): Otel.Context => {
  const base = Otel.context.active()
  const known = contexts.get(span)
  if (known !== undefined && (known.base === base || known.context === base)) return known.context
  const context = Otel.trace.setSpan(base, otelSpanOf(span))
  contexts.set(span, { base, context })
  return context
}

/** Runs one step of an effect with its span active: the `context` hook of a tracer. @internal */
export const withOtelContext = <X>(primitive: Tracer.EffectPrimitive<X>, fiber: Fiber.Fiber<unknown, unknown>): X => {
  const { span } = fiber.cache
  return span === undefined
    ? primitive[evaluate](fiber)
    : Otel.context.with(contextOf(span), () => primitive[evaluate](fiber))
}
