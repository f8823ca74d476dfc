/**
 * Continues a trace that began in another process.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { hasValidIds } from "../core/internal/ids.ts"
import { isStream, isTraceable } from "../core/internal/inspect.ts"
import { debugFlag, parseTraceState, randomFlag, TraceFlags, TraceState } from "../core/internal/traceState.ts"
import { addBaggage } from "./Baggage.ts"
import { CurrentPropagators, hasTrace } from "./Carrier.ts"
import type { Remote } from "./Remote.ts"
import type { Traceable, Traced } from "./Traceable.ts"

/** The flags of a remote span that apply to its whole trace. @internal */
export const flagsOf = (remote: Remote): number =>
  (remote.random === true ? randomFlag : 0) | (remote.debug === true ? debugFlag : 0)

/**
 * A remote span as Effect's `ExternalSpan`, for use as a parent or in a link.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toExternalSpan = (remote: Remote): Tracer.ExternalSpan =>
  Tracer.externalSpan({
    traceId: remote.traceId,
    spanId: remote.spanId,
    sampled: remote.sampled,
    annotations: Context.make(TraceState, parseTraceState(remote.traceState)).pipe(
      Context.add(TraceFlags, flagsOf(remote))
    )
  })

/**
 * How far a caller's trace is trusted.
 *
 * **Details**
 *
 * `continue` continues the trace with its baggage, as OpenTelemetry does, and takes nothing else from the caller.
 * `session` also takes the session's user, name and tags from the caller. Use it for your own services behind a gateway
 * that checks these. `link` starts a new trace with a link to the caller's, so that the caller determines neither its
 * id nor its sampling. `ignore` drops the caller's trace.
 *
 * @category models
 * @since 0.1.0
 */
export type Trust = "session" | "continue" | "link" | "ignore"

/** Whether the caller's trace is continued. @internal */
export const continues = (trust: Trust): boolean => trust === "continue" || trust === "session"

/**
 * Runs an effect as a part of a remote trace, with its baggage.
 *
 * **Details**
 *
 * The default trust is `continue`. With `link`, spans in the effect link to the remote span, and its baggage is left
 * out.
 *
 * @category propagation
 * @since 0.1.0
 */
export const continueTrace: {
  /**
   * Runs an effect as a part of a remote trace, with its baggage.
   *
   * **Details**
   *
   * The default trust is `continue`. With `link`, spans in the effect link to the remote span, and its baggage is left
   * out.
   */
  (remote: Option.Option<Remote>, trust?: Trust): <T extends Traceable>(self: T) => Traced<T>
  /**
   * Runs an effect as a part of a remote trace, with its baggage.
   *
   * **Details**
   *
   * The default trust is `continue`. With `link`, spans in the effect link to the remote span, and its baggage is left
   * out.
   */
  <A, E, R>(self: Effect.Effect<A, E, R>, remote: Option.Option<Remote>, trust?: Trust): Effect.Effect<A, E, R>
  /** Runs a stream as a part of a remote trace, with its baggage. */
  <A, E, R>(self: Stream.Stream<A, E, R>, remote: Option.Option<Remote>, trust?: Trust): Stream.Stream<A, E, R>
} = dual(
  (args) => isTraceable(args[0]),
  (self: Traceable, remote: Option.Option<Remote>, trust?: Trust) => continueWith(self, remote, trust)
)

/** Adds a caller's span and baggage to a context, as far as the current formats include them. @internal */
export const remoteContext = <R>(
  context: Context.Context<R>,
  remote: Remote,
  asParent = hasValidIds(remote)
): Context.Context<R> => {
  const formats = Context.get(context, CurrentPropagators)
  const taken = formats === undefined || formats.some((format) => format !== "baggage")
  const traced = taken && asParent
    ? Context.add(context, Tracer.ParentSpan, toExternalSpan(remote)) as Context.Context<R>
    : context
  return formats === undefined || formats.includes("baggage")
    ? addBaggage(traced, remote.baggage, remote.baggageProperties ?? {})
    : traced
}

/** @internal */
export const continueWith = (self: Traceable, remote: Option.Option<Remote>, trust: Trust = "continue"): Traceable => {
  if (Option.isNone(remote) || trust === "ignore") return self
  if (continues(trust)) {
    const into = (context: Context.Context<unknown>) => remoteContext(context, remote.value)
    return isStream(self) ? Stream.updateContext(self, into) : Effect.updateContext(self, into)
  }
  if (!hasTrace(remote)) return self
  const span = toExternalSpan(remote.value)
  return isStream(self)
    ? Stream.updateContext(
      self,
      (context: Context.Context<unknown>) =>
        Context.add(context, References.TracerSpanLinks, [
          ...Context.get(context as Context.Context<never>, References.TracerSpanLinks),
          { span, attributes: {} }
        ])
    )
    : Effect.linkSpans(self, span)
}
