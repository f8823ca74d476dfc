/**
 * The flushes that wait: each for as many entries to have their fate as had been given when it began.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

interface Waiter {
  readonly given: number
  readonly deferred: Deferred.Deferred<void>
}

/** @internal */
export class Flushes {
  #waiters: ReadonlyArray<Waiter> = []

  get isWaiting(): boolean {
    return this.#waiters.length > 0
  }

  /** Waits until the fate of so many is known, or of as many as will be. */
  until(given: number): Effect.Effect<void> {
    const deferred = Deferred.makeUnsafe<void>()
    this.#waiters = [...this.#waiters, { given, deferred }]
    return Deferred.await(deferred)
  }

  /** Wakes those that waited for no more than are known by now. */
  resume(known: number): void {
    if (this.#waiters.length === 0) return
    const ready = this.#waiters.filter(({ given }) => known >= given)
    if (ready.length === 0) return
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter))
    // Whoever waits goes on then and there, and may flush again.
    for (const { deferred } of ready) Deferred.doneUnsafe(deferred, Exit.void)
  }

  /** Wakes all, where nothing more will be known by waiting. */
  resumeAll(): void {
    this.resume(Infinity)
  }
}
