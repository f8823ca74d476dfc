/**
 * Delays the program while a destination is slower than the program.
 *
 * The end of a span cannot wait, so the start of the next event waits while the queue is full. Events that are already
 * open still end, and their spans are accepted beyond the limit of the queue, up to twice the limit. The delay that a
 * dead destination causes is limited too: see {@link maxWait}.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"

/** How long the program waits while the destination accepts nothing, in milliseconds. @internal */
export const maxWait = 30_000

/** How often the waiting callers are checked, in addition to the checks after each delivery. */
const interval = 1_000

/** @internal */
export interface BackpressureOptions {
  /** How many more spans the queue can hold, or 0 if it is full. */
  readonly room: () => number
  /** A number that changes whenever spans are acknowledged. */
  readonly progress: () => number
}

/** @internal */
export class Backpressure {
  readonly #options: BackpressureOptions
  readonly #waiting = new Set<() => void>()
  readonly #occupied = Latch.makeUnsafe(false)
  /** The progress at which the program stopped waiting. It waits again after further progress. */
  #gaveUpAt = -1
  #isOver = false

  constructor(options: BackpressureOptions) {
    this.#options = options
  }

  /** Whether waiting is worthwhile. Only then are spans of started events accepted beyond the limit. */
  get holds(): boolean {
    return this.#gaveUpAt !== this.#options.progress()
  }

  get isFull(): boolean {
    return !this.#isOver && this.holds && this.#options.room() <= 0
  }

  /** Returns when there is room or waiting is not worthwhile. Callers are resumed in the order of arrival. */
  readonly whenRoom: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (!this.isFull) return resume(Effect.void)
    const go = () => resume(Effect.void)
    this.#waiting.add(go)
    this.#occupied.openUnsafe()
    return Effect.sync(() => this.#waiting.delete(go))
    // Yields, because the callback resumes inside the exporter's fiber, which is taking a batch.
  }).pipe(Effect.andThen(Effect.yieldNow))

  /** Resumes as many callers as there is room for, so that they do not overfill the queue together. */
  release(count = this.#options.room()): void {
    for (const go of this.#waiting) {
      if (count-- <= 0) return
      this.#waiting.delete(go)
      go()
    }
  }

  /** Resumes all callers. Later calls do not wait. */
  close(): void {
    this.#isOver = true
    this.release(Infinity)
  }

  /**
   * Resumes all callers when the receiver has accepted nothing for too long, because a dead one must not stop the
   * program.
   */
  readonly watch: Effect.Effect<never> = Effect.forever(Effect.suspend(() => {
    const { progress } = this.#options
    let last = progress()
    let ticks = 0
    const look = Effect.sync(() => {
      ticks = progress() === last ? ticks + 1 : 0
      last = progress()
      if (ticks * interval >= maxWait) {
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
