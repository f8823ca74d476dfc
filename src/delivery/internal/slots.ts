/**
 * Limits concurrency by a number that changes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/** @internal */
export interface Slots {
  /** Runs an effect when a slot is free, in the order of arrival. */
  readonly withSlot: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Resumes waiting effects, after the number may have grown. */
  readonly release: () => void
}

/** @internal */
export const makeSlots = (width: () => number): Slots => {
  const waiting: Array<() => void> = []
  let taken = 0

  const release = (): void => {
    while (taken < width() && waiting.length > 0) {
      taken++
      waiting.shift()!()
    }
  }

  const give = (): void => {
    taken--
    release()
  }

  const acquire = Effect.callback<void>((resume) => {
    if (taken < width() && waiting.length === 0) {
      taken++
      return resume(Effect.void)
    }
    const go = () => resume(Effect.void)
    waiting.push(go)
    return Effect.sync(() => {
      const index = waiting.indexOf(go)
      if (index !== -1) waiting.splice(index, 1)
      // Interrupted after it got its slot, so the slot goes to the next one.
      else give()
    })
  })

  return {
    withSlot: (self) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(acquire), () => Effect.ensuring(restore(self), Effect.sync(give)))
      ),
    release
  }
}
