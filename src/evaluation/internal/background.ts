/**
 * Runs work in the background: a bounded queue, a few workers, and a release that waits for a limited time.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { onLiveClock } from "../../core/internal/liveClock.ts"

/** @internal */
export interface Settings {
  readonly capacity: number
  readonly concurrency: number
  readonly shutdownTimeout: Duration.Input
}

/**
 * Returns a function that enqueues work and returns whether there was room. `work` must not fail.
 *
 * @internal
 */
export const background = Effect.fnUntraced(function*<A, R>(
  work: (a: A) => Effect.Effect<void, never, R>,
  { capacity, concurrency, shutdownTimeout }: Settings
): Effect.fn.Return<(a: A) => boolean, never, Scope.Scope | R> {
  const queue = yield* Queue.dropping<A>(capacity)
  const state = { open: 0 }
  const worker = Effect.forever(
    Effect.flatMap(Queue.take(queue), (a) => Effect.ensuring(work(a), Effect.sync(() => void state.open--)))
  )
  for (let i = 0; i < concurrency; i++) yield* Effect.forkScoped(worker)
  const idle = Effect.gen(function*() {
    while (state.open > 0) yield* Effect.sleep("10 millis")
  })
  yield* Effect.addFinalizer(() => onLiveClock(Effect.timeoutOption(idle, shutdownTimeout)))
  return (a) => {
    const taken = Queue.offerUnsafe(queue, a)
    if (taken) state.open++
    return taken
  }
})
