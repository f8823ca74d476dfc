/**
 * The propagated context of a span without its ids: trace state and flags.
 *
 * This library's span has them as properties, a remote span has them in its annotations, and another library's span
 * does not have them.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Tracer from "effect/Tracer"
import { propagatedFlags, sampledFlag, TraceFlags, TraceState } from "../../core/internal/traceState.ts"

interface Own {
  readonly traceState?: string | undefined
  readonly traceFlags?: number | undefined
}

// A link may name a span object that a program made by hand, with ids only.
const annotation = <A>(span: Tracer.AnySpan, key: Context.Reference<A>): A =>
  Context.get((span.annotations as Context.Context<never> | undefined) ?? Context.empty(), key)

/** The `tracestate` of a span. @internal */
export const traceStateOf = (span: Tracer.AnySpan): string | undefined => {
  const state = (span as Own).traceState ?? annotation(span, TraceState)
  return state === "" ? undefined : state
}

/** The flags that apply to a span's whole trace. @internal */
export const propagatedFlagsOf = (span: Tracer.AnySpan): number =>
  ((span as Own).traceFlags ?? annotation(span, TraceFlags)) & propagatedFlags

/** W3C's `trace-flags` of a span. @internal */
export const traceFlagsOf = (span: Tracer.AnySpan): number =>
  (span.sampled ? sampledFlag : 0) | (propagatedFlagsOf(span) & 0xff)
