/**
 * The waiting flushes. Each waits until as many entries are acknowledged as had been given when it began.
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

  /** Waits until this many entries are acknowledged. */
  until(given: number): Effect.Effect<void> {
    const deferred = Deferred.makeUnsafe<void>()
    this.#waiters = [...this.#waiters, { given, deferred }]
    return Deferred.await(deferred)
  }

  /** Resumes the flushes whose entries are acknowledged. */
  resume(known: number): void {
    if (this.#waiters.length === 0) return
    const ready = this.#waiters.filter(({ given }) => known >= given)
    if (ready.length === 0) return
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter))
    // A resumed fiber runs immediately, and may flush again.
    for (const { deferred } of ready) Deferred.doneUnsafe(deferred, Exit.void)
  }

  /** Resumes all flushes, if waiting has become pointless. */
  resumeAll(): void {
    this.resume(Infinity)
  }
}
