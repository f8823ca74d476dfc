/**
 * The state of a budget: the amount spent, the amount reserved for running calls, and the calls that wait for a
 * decision.
 *
 * All changes are synchronous, so that concurrent calls see each other.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { shallow, textOf, tryOrUndefined } from "../../../core/internal/inspect.ts"
import { fromDollars, toDollars } from "../../../model/Pricing.ts"
import type { Options, Spending } from "../../BudgetOptions.ts"

/** A waiting call. @internal */
export interface Waiting {
  /** Decides again. Returns whether the call no longer waits for this budget. */
  readonly tryAgain: () => boolean
}

/** The answer to a call that asks for a part of the budget. @internal */
export type Answer = "go" | "wait" | "refuse"

/** The request of a call, in nano-dollars. @internal */
export interface Request {
  /** The most that the call may cost, if the program specified it. */
  readonly amount: number | undefined
  /** Whether the call has waited for others, and so runs concurrently with them. */
  readonly queued: boolean
}

// An invalid limit becomes 0, so that the budget counts as spent and the mistake is noticed.
const limitOf = (limit: number): number => limit === Infinity ? Infinity : tryOrUndefined(() => fromDollars(limit)) ?? 0

const amountOf = (dollars: number | undefined): number | undefined =>
  dollars === undefined ? undefined : tryOrUndefined(() => fromDollars(dollars))

/** @internal */
export class ActiveBudget {
  readonly limitNanos: number
  readonly onExceeded: "warn" | "fail"
  readonly name: string | undefined
  /** The session, if the budget belongs to one session only. */
  readonly sessionId: string | undefined
  readonly waiting = new Set<Waiting>()
  spentNanos: number
  unpricedCalls = 0
  reservedNanos = 0
  inFlight = 0
  /** The highest cost of a call so far, among the calls that reserved an amount. */
  dearestNanos: number | undefined = undefined
  readonly #reserve: number | undefined
  readonly #onSpend: Options["onSpend"]
  #storing: Semaphore.Semaphore | undefined = undefined
  #storedNanos: number
  #told = false

  constructor(given: Options, sessionId?: string, spentNanos = 0) {
    const options = shallow(given) as unknown as Options
    this.limitNanos = limitOf(options.limit)
    this.onExceeded = options.onExceeded ?? "warn"
    this.name = sessionId !== undefined ? undefined : textOf(options.name ?? "shared")
    this.sessionId = sessionId
    this.spentNanos = this.#storedNanos = amountOf(options.spent) ?? spentNanos
    this.#reserve = amountOf(options.reserve)
    this.#onSpend = options.onSpend
  }

  get isSpent(): boolean {
    return this.spentNanos >= this.limitNanos
  }

  /** The amount that a call reserves: its own, otherwise the budget's, otherwise the highest cost so far. */
  needOf({ amount }: Request): number | undefined {
    return amount ?? this.#reserve ?? this.dearestNanos
  }

  ask(request: Request): Answer {
    if (this.limitNanos === Infinity) return "go"
    if (this.isSpent) return "refuse"
    const need = this.needOf(request)
    // The cost of a call is unknown until one has ended, so the first call runs alone.
    if (need === undefined) return this.inFlight === 0 ? "go" : "wait"
    if (this.spentNanos + this.reservedNanos + need <= this.limitNanos) return "go"
    if (this.inFlight > 0) return this.spentNanos + need <= this.limitNanos ? "wait" : "refuse"
    // A single call without a known maximum runs while anything is left.
    const hasAmount = request.amount !== undefined || this.#reserve !== undefined
    return hasAmount || request.queued ? "refuse" : "go"
  }

  /** Decides again for the waiting calls, because an amount has been released or spent. */
  decide(): void {
    for (const waiting of this.waiting) if (!waiting.tryAgain()) break
  }

  /** Adds a cost. The returned effect logs the warning and calls `onSpend`. */
  spend(nanos: number, isUnpriced: boolean): Effect.Effect<void> | undefined {
    this.spentNanos += nanos
    if (isUnpriced) this.unpricedCalls++
    const warning = this.#warning()
    const stored = nanos === 0 || this.#onSpend === undefined ? undefined : this.#store(this.#onSpend, nanos)
    return warning === undefined || stored === undefined ? warning ?? stored : Effect.andThen(warning, stored)
  }

  #warning(): Effect.Effect<void> | undefined {
    if (this.#told || !this.isSpent) return undefined
    this.#told = true
    const who = this.name === undefined ? `session ${this.sessionId}` : `the budget ${this.name}`
    const of = this.name === undefined ? "its budget of " : ""
    return Effect.logWarning(
      `effect-agentops: ${who} has spent ${toDollars(this.spentNanos)} USD of ${of}${toDollars(this.limitNanos)} USD`
    )
  }

  // The calls of `onSpend` run one after the other, so that the latest total is stored last.
  #store(onSpend: (spending: Spending) => Effect.Effect<void>, nanos: number): Effect.Effect<void> {
    this.#storing ??= Semaphore.makeUnsafe(1)
    return this.#storing.withPermit(
      Effect.suspend(() => onSpend({ cost: toDollars(nanos), spent: toDollars(this.#storedNanos += nanos) }))
    ).pipe(
      Effect.catchCause((cause) => Effect.logWarning("effect-agentops: onSpend of a budget failed", cause))
    )
  }
}
