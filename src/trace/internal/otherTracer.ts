/**
 * Another tracer than ours, where ours is there too: around ours, which makes the spans all the same, or in its place.
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
 * Ends a span of ours. A tracer around ours, such as that of Effect's DevTools, reads it when it has ended, and sees
 * what it stands for as attributes. Exporters have been told by then, each in its own words.
 *
 * @internal
 */
export const endShowing = (
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

/** Who makes spans of a class, as far as it is known. */
const makers: Readonly<Record<string, string>> = {
  NativeSpan: "one on top of Effect's own, as that of Effect's DevTools is",
  OtelSpan: "that of @effect/opentelemetry",
  SpanImpl: "that of Effect's own OTLP exporter"
}

const makerOf = (span: Tracer.Span): string => {
  const name = span.constructor.name
  return makers[name] ?? (name === "Object" || name === "" ? "of unknown make" : `one whose spans are ${name}`)
}

/**
 * The warning that spans go to another tracer though there is a layer of ours, once for each such layer.
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
