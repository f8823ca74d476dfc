/**
 * The span that other processes are told of, and what is taken up of the one that they tell of.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { hasValidIds } from "../../../core/internal/ids.ts"
import { sampledFlag, TraceFlags, TraceState, tracewide } from "../../../core/internal/traceState.ts"
import { RecordedSpan } from "../span.ts"
import { currentParent, tracerEnabled } from "../startSpan.ts"

/**
 * The span that other processes are told of: the nearest that somebody records, or that
 * somebody told this process of. Where tracing is off that is the caller's, and it goes on
 * as it came: an id that nobody records, or a flag that is off, would end the trace of all
 * that comes after.
 *
 * @internal
 */
export const toldSpan = (context: Context.Context<never>): Tracer.AnySpan | undefined => {
  const tracer = Context.getOrUndefined(context, Tracer.Tracer)
  const untraced = tracer === undefined || tracer === Tracer.nativeTracer
  const off = !tracerEnabled(context)
  let span = Option.getOrUndefined(currentParent(context))
  while (span !== undefined && span._tag === "Span") {
    const nobodys = !hasValidIds(span) || (off && !span.sampled) ||
      (span instanceof RecordedSpan ? span.settings.disabled : untraced && span instanceof Tracer.NativeSpan)
    if (!nobodys) return span
    span = Option.getOrUndefined(span.parent)
  }
  return span === undefined || !hasValidIds(span) ? undefined : span
}

/** Writes what came with a caller's span on what stands for it here, and on the span that is its child. @internal */
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
  // What a sampler said of it goes before what the caller said.
  const { traceFlags, traceState: own = traceState } = child
  Object.assign(child, { traceState: own, traceFlags: (traceFlags & sampledFlag) | (flags & tracewide) })
}
