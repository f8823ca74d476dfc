/**
 * The clock of a replay: it shows the recorded time and never waits.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

interface Sleeper {
  readonly at: bigint
  readonly resume: () => void
}

/** After this many quiet turns of the event loop, the program is waiting only for time. */
const quietTurns = 3

/** @internal */
export class ReplayClock implements Clock.Clock {
  #now: bigint
  #sleepers: Array<Sleeper> = []
  #signs = 0
  #watching = false

  constructor(startTime: bigint) {
    this.#now = startTime
  }

  currentTimeMillisUnsafe(): number {
    return Number(this.#now / 1_000_000n)
  }

  readonly currentTimeMillis: Effect.Effect<number> = Effect.sync(() => this.currentTimeMillisUnsafe())

  currentTimeNanosUnsafe(): bigint {
    return this.#now
  }

  readonly currentTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.#now)

  monotonicTimeNanosUnsafe(): bigint {
    return this.#now
  }

  readonly monotonicTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.#now)

  /** Moves the time forward to at least this value, and resumes the sleepers that are due. */
  reach(time: bigint): void {
    this.#signs++
    if (time > this.#now) this.#now = time
    const due = this.#sleepers.filter(({ at }) => at <= this.#now)
    if (due.length === 0) return
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now)
    for (const { resume } of due) resume()
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    if (!Duration.isFinite(duration)) return Effect.never
    return Effect.callback<void>((resume) => {
      this.#signs++
      const nanos = Duration.toNanosUnsafe(duration)
      const sleeper: Sleeper = { at: this.#now + nanos, resume: () => resume(Effect.void) }
      const later = this.#sleepers.findIndex(({ at }) => at > sleeper.at)
      this.#sleepers.splice(later < 0 ? this.#sleepers.length : later, 0, sleeper)
      this.#watch()
      return Effect.sync(() => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
      })
    })
  }

  #watch(): void {
    if (this.#watching) return
    this.#watching = true
    let seen = this.#signs
    let quiet = 0
    const turn = (): void => {
      if (this.#sleepers.length === 0) {
        this.#watching = false
        return
      }
      quiet = this.#signs === seen ? quiet + 1 : 0
      seen = this.#signs
      if (quiet >= quietTurns) {
        quiet = 0
        this.reach(this.#sleepers[0]!.at)
      }
      setTimeout(turn, 0)
    }
    setTimeout(turn, 0)
  }
}
