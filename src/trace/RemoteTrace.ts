/**
 * Going on with a trace that began in another process.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { hasValidIds } from "../core/internal/ids.ts"
import { isStream, isTraceable } from "../core/internal/look.ts"
import { debugFlag, parseTraceState, randomFlag, TraceFlags, TraceState } from "../core/internal/traceState.ts"
import { addBaggage } from "./Baggage.ts"
import type { Remote } from "./Carrier.ts"
import { CurrentPropagators, hasTrace } from "./Carrier.ts"
import type { Traceable, Traced } from "./Traceable.ts"

/** The flags of a remote span that its whole trace has. @internal */
export const flagsOf = (remote: Remote): number =>
  (remote.random === true ? randomFlag : 0) | (remote.debug === true ? debugFlag : 0)

/**
 * A remote span as Effect's `ExternalSpan`, to be a parent or to be linked to.
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
 * What to make of a trace that somebody else says a request belongs to.
 *
 * **Details**
 *
 * `continue` goes on with the trace and its baggage, as OpenTelemetry does, and takes
 * nothing else of the caller's. With `session` the caller also says who the session's
 * user is, how the session is called and how it is tagged: for services of your own
 * behind a door where that is checked. `link` starts a trace of its own that refers to
 * the caller's: the caller decides neither its id nor its sampling. `ignore` forgets it.
 *
 * @category models
 * @since 0.1.0
 */
export type Trust = "session" | "continue" | "link" | "ignore"

/** Whether the caller's trace is gone on with. @internal */
export const continues = (trust: Trust): boolean => trust === "continue" || trust === "session"

/**
 * Runs an effect as a part of a remote trace, with its baggage.
 *
 * **Details**
 *
 * Default trust is `continue`. With `link`, spans in the effect refer to the remote
 * one and its baggage is left out.
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
   * Default trust is `continue`. With `link`, spans in the effect refer to the remote
   * one and its baggage is left out.
   */
  (remote: Option.Option<Remote>, trust?: Trust): <T extends Traceable>(self: T) => Traced<T>
  /**
   * Runs an effect as a part of a remote trace, with its baggage.
   *
   * **Details**
   *
   * Default trust is `continue`. With `link`, spans in the effect refer to the remote
   * one and its baggage is left out.
   */
  <A, E, R>(self: Effect.Effect<A, E, R>, remote: Option.Option<Remote>, trust?: Trust): Effect.Effect<A, E, R>
  /** Runs a stream as a part of a remote trace, with its baggage. */
  <A, E, R>(self: Stream.Stream<A, E, R>, remote: Option.Option<Remote>, trust?: Trust): Stream.Stream<A, E, R>
} = ((...args: ReadonlyArray<unknown>) =>
  isTraceable(args[0])
    ? continueWith(args[0], args[1] as Option.Option<Remote>, args[2] as Trust | undefined)
    : (self: Traceable) => continueWith(self, args[0] as Option.Option<Remote>, args[1] as Trust | undefined)) as never

/** Puts a caller's span and baggage into a context, as far as the formats in force have them. @internal */
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
