/**
 * Keeps something open for as long as a `Stream` runs.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { whenRoom } from "../backpressure.ts"
import { succeeded } from "../event/openEvent.ts"
import type { StreamLife } from "./streamLife.ts"

/** Opens something for each run of a stream. `self` receives it, or `undefined` if nothing was opened. @internal */
export const bracketStream = <L extends StreamLife, A, E, R>(
  self: (life: L | undefined) => Stream.Stream<A, E, R>,
  open: (context: Context.Context<never>) => L | undefined
): Stream.Stream<A, E, R> =>
  Stream.fromChannel(Channel.fromTransform((_, scope) => {
    let life: L | undefined
    // Added first, so that it runs after the source's own finalizers, which are added later.
    return Scope.addFinalizerExit(scope, (exit) => Effect.suspend(() => life?.released(exit) ?? Effect.void)).pipe(
      Effect.andThen(whenRoom(Effect.contextWith((context: Context.Context<R>) => {
        life = open(context as Context.Context<never>)
        const upstream = Effect.suspend(() => Channel.toPullScoped(Stream.toChannel(self(life)), scope))
        if (life === undefined) return upstream
        const inside = life.contextOf(context as Context.Context<never>)
        return Effect.forkIn(life.watch(), scope).pipe(
          Effect.andThen(Effect.updateContext(upstream, (_: Context.Context<R>) => inside as Context.Context<R>)),
          Effect.map(tracePull(life, inside))
        )
      })))
    )
  }))

/** Spans of the source are inside, and spans of the consumer are not. */
const tracePull = (life: StreamLife, inside: Context.Context<never>) => {
  let outer: Context.Context<never> | undefined
  let inner = inside
  const contextOf = (context: Context.Context<never>): Context.Context<never> => {
    if (context === outer) return inner
    outer = context
    return inner = life.contextOf(context)
  }
  let puller: Fiber.Fiber<unknown, unknown>
  let before: Context.Context<never>
  return <A, E, R>(
    pull: Pull.Pull<Arr.NonEmptyReadonlyArray<A>, E, void, R>
  ): Pull.Pull<Arr.NonEmptyReadonlyArray<A>, E, void, R> => {
    // `Effect.updateContext` with its own finalizer would double the cost of each chunk.
    const entered = Effect.withFiber<Arr.NonEmptyReadonlyArray<A>, E | Cause.Done, R>((fiber) => {
      life.pulling = true
      puller = fiber
      before = fiber.context
      fiber.setContext(contextOf(before))
      return pull
    })
    return Effect.onExitPrimitive(entered, (exit) => {
      puller.setContext(before)
      if (exit._tag === "Success") life.take(exit.value)
      else if (Pull.isDoneCause(exit.cause)) return life.end("drained", succeeded)
      else if (!Cause.hasInterruptsOnly(exit.cause)) return life.failed(exit.cause)
      return undefined
    })
  }
}
