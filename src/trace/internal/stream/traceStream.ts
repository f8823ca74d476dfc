/**
 * Traces a `Stream` as a model call: the engine under every stream of chunks.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { CallSite } from "../../../core/internal/callSite.ts"
import type { ChunkReader } from "../../../model/ChunkReader.ts"
import { Chunks } from "../../../model/internal/wire/chunks.ts"
import { toFields } from "../../LlmEvent.ts"
import { whenRoom } from "../backpressure.ts"
import type { OpenEvent } from "../event/openEvent.ts"
import { openEvent, succeeded } from "../event/openEvent.ts"
import type { Plan } from "../event/plan.ts"
import { StreamEvent } from "./streamEvent.ts"

/** @internal */
export interface StreamTracing {
  readonly plan: Plan
  readonly chunk: ((element: unknown) => unknown) | undefined
  readonly idleTimeout: Duration.Duration
  /** What puts the elements together, if they are none of the APIs' chunks. */
  readonly reader?: (() => ChunkReader) | undefined
}

const defaultIdleTimeout = Duration.minutes(5)

/** @internal */
export const streamTracing = (
  plan: Plan,
  chunk?: StreamTracing["chunk"],
  idleTimeout?: Duration.Input | undefined
): StreamTracing => ({
  plan,
  chunk,
  idleTimeout: idleTimeout === undefined ? defaultIdleTimeout : Duration.fromInputUnsafe(idleTimeout)
})

const readerOf = ({ chunk, reader }: StreamTracing): ChunkReader => {
  const chunks = reader?.() ?? new Chunks()
  return chunk === undefined ? chunks : {
    add: (element) => chunks.add(chunk(element)),
    facts: () => chunks.facts(),
    errorType: () => chunks.errorType?.()
  }
}

/** The part of a stream of an event that is open already. @internal */
export const streamOf = (event: OpenEvent, tracing: StreamTracing): StreamEvent =>
  new StreamEvent(event, { reader: readerOf(tracing), toFields, idleTimeout: tracing.idleTimeout })

/** Opens the event of a stream, if the program wants to be traced here. @internal */
export const startStream = (
  context: Context.Context<never>,
  tracing: StreamTracing,
  site: CallSite | undefined
): StreamEvent | undefined => {
  const event = openEvent(context, tracing.plan, site)
  return event === undefined ? undefined : streamOf(event, tracing)
}

/** Traces a stream; `self` gets the event, or nothing where nothing is traced. @internal */
export const traceStream = <A, E, R>(
  self: (event: OpenEvent | undefined) => Stream.Stream<A, E, R>,
  tracing: StreamTracing,
  site: CallSite | undefined
): Stream.Stream<A, E, R> =>
  Stream.fromChannel(Channel.fromTransform((_, scope) => {
    let stream: StreamEvent | undefined
    // There before the event is open, and closed after the source's own finalisers, which are added later.
    return Scope.addFinalizerExit(scope, (exit) => Effect.suspend(() => stream?.released(exit) ?? Effect.void)).pipe(
      Effect.andThen(whenRoom(Effect.contextWith((context: Context.Context<R>) => {
        stream = startStream(context as Context.Context<never>, tracing, site)
        const upstream = Effect.suspend(() => Channel.toPullScoped(Stream.toChannel(self(stream?.event)), scope))
        if (stream === undefined) return upstream
        const { inside } = stream.event
        return Effect.forkIn(stream.watch(), scope).pipe(
          Effect.andThen(Effect.updateContext(upstream, (_: Context.Context<R>) => inside as Context.Context<R>)),
          Effect.map(tracePull(stream))
        )
      })))
    )
  }))

/** What the source does is a child of the call; what the consumer does is not. */
const tracePull = (stream: StreamEvent) => {
  const { event } = stream
  let outer: Context.Context<never> | undefined
  let inner: Context.Context<never> = event.inside
  const insideOf = (context: Context.Context<never>): Context.Context<never> => {
    if (context === outer) return inner
    outer = context
    return inner = event.contextOf(context)
  }
  let puller: Fiber.Fiber<unknown, unknown>
  let before: Context.Context<never>
  return <A, E, R>(
    pull: Pull.Pull<Arr.NonEmptyReadonlyArray<A>, E, void, R>
  ): Pull.Pull<Arr.NonEmptyReadonlyArray<A>, E, void, R> => {
    // `Effect.updateContext` with a finaliser of its own would cost each chunk twice.
    const entered = Effect.withFiber<Arr.NonEmptyReadonlyArray<A>, E | Cause.Done, R>((fiber) => {
      stream.pulling = true
      puller = fiber
      before = fiber.context
      fiber.setContext(insideOf(before))
      return pull
    })
    return Effect.onExitPrimitive(entered, (exit) => {
      puller.setContext(before)
      if (exit._tag === "Success") stream.take(exit.value)
      else if (Pull.isDoneCause(exit.cause)) return stream.end("drained", succeeded)
      else if (!Cause.hasInterruptsOnly(exit.cause)) return stream.failed(exit.cause)
      return undefined
    })
  }
}
