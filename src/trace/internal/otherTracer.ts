/**
 * Handles another tracer in addition to this library's: one that wraps it, or one that replaces it.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Tracer from "effect/Tracer"
import type { AttributeValue } from "../../core/Attribute.ts"
import { AgentOps } from "../Tracing.ts"
import type { RecordedSpan } from "./span.ts"
import { isAgentOpsTracer } from "./tracer.ts"

/**
 * Ends a span of this library. A wrapping tracer, such as that of Effect's DevTools, reads the ended span, so its event
 * is shown as attributes. Exporters already have the span, each in its own convention.
 *
 * @internal
 */
export const endWithAttributes = (
  span: RecordedSpan,
  attributes: () => Readonly<Record<string, AttributeValue>>,
  endTime: bigint,
  exit: Exit.Exit<unknown, unknown>
): void => {
  span.shown = attributes
  span.end(endTime, exit)
  span.shown = undefined
}

const warned = new WeakSet<object>()

/** The tracers that make spans of these classes. */
const tracerNames: Readonly<Record<string, string>> = {
  NativeSpan: "one on top of Effect's own, as that of Effect's DevTools is",
  OtelSpan: "that of @effect/opentelemetry",
  SpanImpl: "that of Effect's own OTLP exporter"
}

const makerOf = (span: Tracer.Span): string => {
  const name = span.constructor.name
  return tracerNames[name] ?? (name === "Object" || name === "" ? "of unknown make" : `one whose spans are ${name}`)
}

/**
 * The warning that another tracer receives the spans although this library's layer is there. Once for each layer.
 *
 * @internal
 */
export const otherTracer = (
  context: Context.Context<never>,
  tracer: Tracer.Tracer,
  span: Tracer.Span
): Effect.Effect<void> | undefined => {
  if (isAgentOpsTracer(tracer) || tracer === Tracer.nativeTracer) return undefined
  const agentOps = Context.getOrUndefined(context, AgentOps)
  if (agentOps === undefined || warned.has(agentOps)) return undefined
  warned.add(agentOps)
  return Effect.logWarning(
    `effect-agentops: another tracer makes the spans, ${makerOf(span)}, so that no exporter of AgentOps gets them. ` +
      "Of two layers with a tracer the last one holds. One that wraps the tracer around it, as DevTools does, goes on " +
      "top: DevTools.layer().pipe(Layer.provideMerge(TracingLive))"
  )
}
