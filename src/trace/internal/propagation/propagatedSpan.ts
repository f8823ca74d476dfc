/**
 * The span that is propagated to other processes, and the trace state and flags that are taken from a caller's span.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { hasValidIds } from "../../../core/internal/ids.ts"
import { propagatedFlags, sampledFlag, TraceFlags, TraceState } from "../../../core/internal/traceState.ts"
import { RecordedSpan } from "../span.ts"
import { currentParent, tracerEnabled } from "../startSpan.ts"

/**
 * The span that is propagated to other processes: the nearest recorded span, or else the caller's. If tracing is off,
 * the caller's span is passed on unchanged. The id of an unrecorded span, or a cleared flag, would end the trace for
 * all later services.
 *
 * @internal
 */
export const propagatedSpan = (context: Context.Context<never>): Tracer.AnySpan | undefined => {
  const tracer = Context.getOrUndefined(context, Tracer.Tracer)
  const untraced = tracer === undefined || tracer === Tracer.nativeTracer
  const off = !tracerEnabled(context)
  let span = Option.getOrUndefined(currentParent(context))
  while (span !== undefined && span._tag === "Span") {
    const isUnrecorded = !hasValidIds(span) || (off && !span.sampled) ||
      (span instanceof RecordedSpan ? span.settings.disabled : untraced && span instanceof Tracer.NativeSpan)
    if (!isUnrecorded) return span
    span = Option.getOrUndefined(span.parent)
  }
  return span === undefined || !hasValidIds(span) ? undefined : span
}

/** Sets a caller's trace state and flags on the span that represents the caller, and on its child span. @internal */
export const adopt = (
  caller: Tracer.ExternalSpan,
  child: Tracer.AnySpan | undefined,
  traceState: string | undefined,
  flags: number
): void => {
  Object.assign(caller, {
    annotations: caller.annotations.pipe(Context.add(TraceState, traceState), Context.add(TraceFlags, flags))
  })
  if (!(child instanceof RecordedSpan)) return
  // The sampler's trace state takes precedence over the caller's.
  const { traceFlags, traceState: own = traceState } = child
  Object.assign(child, { traceState: own, traceFlags: (traceFlags & sampledFlag) | (flags & propagatedFlags) })
}
