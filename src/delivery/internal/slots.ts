/**
 * Bounds how much runs at once by a number that changes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/** @internal */
export interface Slots {
  /** Runs an effect once there is a slot for it, in the order in which they came. */
  readonly withSlot: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Lets on who has a slot now that the number may have grown. */
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
      // Interrupted after its turn had come: the slot is the next one's.
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
