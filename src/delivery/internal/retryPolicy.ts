/**
 * Whether a destination is thought to be there, and when to ask again.
 *
 * Closed while requests succeed. A failure that may pass opens it: then one request
 * at a time is let through, after a pause that doubles up to a limit and is drawn at
 * random from the whole of it, so that many clients do not come back at once. What
 * the receiver asks for in `Retry-After` is a floor under that pause.
 *
 * @internal
 */

const firstPause = 500
const maxPause = 30_000
// A receiver that asks for more than this has made a mistake, or its clock has.
const maxFloor = 3_600_000

/** @internal */
export class Circuit {
  /** Failures since the last answer. */
  failures = 0
  #open = false
  #until = 0
  #floor = 0

  get isOpen(): boolean {
    return this.#open
  }

  close(): void {
    this.failures = 0
    this.#open = false
    this.#floor = 0
  }

  /** Notes a failure; `random` is between 0 and 1, times are milliseconds of a clock that never goes back. */
  fail(now: number, random: number, retryAfter = 0): void {
    const pause = random * Math.min(maxPause, firstPause * 2 ** Math.min(this.failures, 16))
    this.failures++
    this.#open = true
    this.#floor = Math.max(this.#floor, now + Math.min(maxFloor, retryAfter))
    this.#until = Math.max(now + pause, this.#floor)
  }

  /** How long until the next request. */
  pause(now: number): number {
    return Math.max(0, this.#until - now)
  }

  /** How much of it the receiver itself asked for. */
  floor(now: number): number {
    return Math.max(0, this.#floor - now)
  }
}
