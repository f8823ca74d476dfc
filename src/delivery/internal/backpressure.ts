/**
 * Where a program waits for a destination that is slower than it is.
 *
 * The end of a span cannot wait, so what waits is the start of the next event, while the queue is full. Events that
 * are open by then end all the same, and their spans are taken in beyond the bound of the queue, up to twice of it.
 * What a destination that takes nothing any more costs the program is bounded too: see {@link patience}.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"

/** How long the program waits while nothing at all is taken, in milliseconds. @internal */
export const patience = 30_000

/** How often those who wait are looked after, beside when spans are taken. */
const interval = 1_000

/** @internal */
export interface BackpressureOptions {
  /** How many spans the queue has room for; none when it is full. */
  readonly room: () => number
  /** A number that changes whenever the destination has dealt with a span. */
  readonly progress: () => number
}

/** @internal */
export class Backpressure {
  readonly #options: BackpressureOptions
  readonly #waiting = new Set<() => void>()
  readonly #occupied = Latch.makeUnsafe(false)
  /** The progress at which the program stopped waiting: it waits again after the next. */
  #gaveUpAt = -1
  #isOver = false

  constructor(options: BackpressureOptions) {
    this.#options = options
  }

  /** Whether there is use in waiting, so that spans of events that had started are taken in where there is no room. */
  get holds(): boolean {
    return this.#gaveUpAt !== this.#options.progress()
  }

  get isFull(): boolean {
    return !this.#isOver && this.holds && this.#options.room() <= 0
  }

  /** Returns when there is room, or no use in waiting for it. In the order in which they came. */
  readonly whenRoom: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (!this.isFull) return resume(Effect.void)
    const go = () => resume(Effect.void)
    this.#waiting.add(go)
    this.#occupied.openUnsafe()
    return Effect.sync(() => this.#waiting.delete(go))
    // A callback goes on then and there, which is where the exporter takes a batch.
  }).pipe(Effect.andThen(Effect.yieldNow))

  /** Lets as many go on as there is room for, so that they do not fill it beyond measure all at once. */
  release(count = this.#options.room()): void {
    for (const go of this.#waiting) {
      if (count-- <= 0) return
      this.#waiting.delete(go)
      go()
    }
  }

  /** From now on nobody waits. */
  close(): void {
    this.#isOver = true
    this.release(Infinity)
  }

  /** Wakes the waiters when the receiver has taken nothing for too long: a dead one must not stop the program. */
  readonly watch: Effect.Effect<never> = Effect.forever(Effect.suspend(() => {
    const { progress } = this.#options
    let last = progress()
    let ticks = 0
    const look = Effect.sync(() => {
      ticks = progress() === last ? ticks + 1 : 0
      last = progress()
      if (ticks * interval >= patience) {
        this.#gaveUpAt = last
        this.release(Infinity)
      } else this.release()
      if (this.#waiting.size === 0) this.#occupied.closeUnsafe()
    })
    return this.#occupied.await.pipe(
      Effect.andThen(
        Effect.repeat(Effect.andThen(Effect.sleep(interval), look), { until: () => this.#waiting.size === 0 })
      )
    )
  }))
}
