/**
 * What spans pass on beside their ids.
 *
 * A span of ours has it on itself, one in another process among its annotations, and
 * a span of another library's tracer not at all.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Tracer from "effect/Tracer"
import { sampledFlag, TraceFlags, TraceState, tracewide } from "../../core/internal/traceState.ts"

interface Own {
  readonly traceState?: string | undefined
  readonly traceFlags?: number | undefined
}

// A link may name a span that a program made by hand, with its ids and nothing else.
const annotation = <A>(span: Tracer.AnySpan, key: Context.Reference<A>): A =>
  Context.get((span.annotations as Context.Context<never> | undefined) ?? Context.empty(), key)

/** The `tracestate` that goes with a span. @internal */
export const traceStateOf = (span: Tracer.AnySpan): string | undefined => {
  const state = (span as Own).traceState ?? annotation(span, TraceState)
  return state === "" ? undefined : state
}

/** The flags that hold for the whole trace of a span. @internal */
export const tracewideFlagsOf = (span: Tracer.AnySpan): number =>
  ((span as Own).traceFlags ?? annotation(span, TraceFlags)) & tracewide

/** W3C's `trace-flags` of a span. @internal */
export const traceFlagsOf = (span: Tracer.AnySpan): number =>
  (span.sampled ? sampledFlag : 0) | (tracewideFlagsOf(span) & 0xff)
