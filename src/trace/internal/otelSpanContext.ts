/**
 * OpenTelemetry's context, kind and link for Effect's spans, without loading OpenTelemetry.
 *
 * `@opentelemetry/api` is an optional peer that comes with a user's sampler or processor. Its context keys are
 * `Symbol.for` of a fixed text, so plain objects can form a context that its `trace.getSpan` understands.
 *
 * @internal
 */
import type * as Otel from "@opentelemetry/api"
import type { AnySpan, SpanKind, SpanLink } from "effect/Tracer"
import * as Attribute from "../../core/Attribute.ts"
import { TraceState } from "../../core/internal/otelTraceState.ts"
import { traceFlagsOf, traceStateOf } from "./spanContext.ts"

const spanKey = Symbol.for("OpenTelemetry Context Key SPAN")

class PlainContext implements Otel.Context {
  readonly #values: ReadonlyMap<symbol, unknown>
  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values
  }
  getValue(key: symbol): unknown {
    return this.#values.get(key)
  }
  setValue(key: symbol, value: unknown): Otel.Context {
    return new PlainContext(new Map(this.#values).set(key, value))
  }
  deleteValue(key: symbol): Otel.Context {
    const values = new Map(this.#values)
    values.delete(key)
    return new PlainContext(values)
  }
}

const root: Otel.Context = new PlainContext(new Map())

/** Whether the span is in another process. @internal */
export const isRemote = (span: AnySpan): boolean => span._tag === "ExternalSpan"

/** OpenTelemetry's span context of a span. @internal */
export const toSpanContext = (span: AnySpan): Otel.SpanContext => {
  const traceState = traceStateOf(span)
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    traceFlags: traceFlagsOf(span),
    isRemote: isRemote(span),
    ...traceState === undefined ? undefined : { traceState: new TraceState(traceState) }
  }
}

/** A context whose active span is the given one. @internal */
export const toContext = (span: AnySpan | undefined): Otel.Context => {
  if (span === undefined) return root
  const spanContext = toSpanContext(span)
  return root.setValue(spanKey, { spanContext: () => spanContext, isRecording: () => false })
}

const kinds: Readonly<Record<SpanKind, number>> = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 }

/** OpenTelemetry's number for a span kind. @internal */
export const toOtelKind = (kind: SpanKind): Otel.SpanKind => kinds[kind]

/** A link in the form of OpenTelemetry's API. @internal */
export const toOtelLink = (link: SpanLink, remote: boolean): Otel.Link => {
  const attributes: Record<string, Otel.AttributeValue> = {}
  for (const key of Object.keys(link.attributes)) {
    const value = Attribute.normalize(link.attributes[key])
    if (value !== undefined) attributes[key] = value as Otel.AttributeValue
  }
  return { context: { ...toSpanContext(link.span), isRemote: remote }, attributes }
}
