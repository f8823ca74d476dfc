/**
 * A budget while programs spend from it: what has been spent, what is set aside for calls that are under way, and the
 * calls that wait to know whether there is enough.
 *
 * Written from synchronous code only, so that fifty calls at once see each other.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { attempt, shallow, textOf } from "../../../core/internal/look.ts"
import { fromDollars, toDollars } from "../../../model/Pricing.ts"
import type { Options, Spending } from "../../BudgetOptions.ts"

/** A call that waits. @internal */
export interface Waiting {
  /** Decides again; whether it no longer waits here. */
  readonly tryAgain: () => boolean
}

/** What becomes of a call that asks for a part of the budget. @internal */
export type Answer = "go" | "wait" | "refuse"

/** What a call asks for, in nano-dollars. @internal */
export interface Request {
  /** What the program says that it may cost. */
  readonly amount: number | undefined
  /** Whether it has waited for others: then it is one of several at once. */
  readonly queued: boolean
}

// A limit that is no amount of money lets nothing through unnoticed: it counts as spent.
const limitOf = (limit: number): number => limit === Infinity ? Infinity : attempt(() => fromDollars(limit)) ?? 0

const amountOf = (dollars: number | undefined): number | undefined =>
  dollars === undefined ? undefined : attempt(() => fromDollars(dollars))

/** @internal */
export class ActiveBudget {
  readonly limitNanos: number
  readonly onExceeded: "warn" | "fail"
  readonly name: string | undefined
  /** The session that it was given to, where it is that session's alone. */
  readonly sessionId: string | undefined
  readonly waiting = new Set<Waiting>()
  spentNanos: number
  unpricedCalls = 0
  reservedNanos = 0
  inFlight = 0
  /** What the dearest call so far has cost, of those that asked before. */
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

  /** What a call sets aside: as it says, else as the budget says, else as much as the dearest before it. */
  needOf({ amount }: Request): number | undefined {
    return amount ?? this.#reserve ?? this.dearestNanos
  }

  ask(request: Request): Answer {
    if (this.limitNanos === Infinity) return "go"
    if (this.isSpent) return "refuse"
    const need = this.needOf(request)
    // Nobody knows what a call costs before one has ended: the first goes alone.
    if (need === undefined) return this.inFlight === 0 ? "go" : "wait"
    if (this.spentNanos + this.reservedNanos + need <= this.limitNanos) return "go"
    if (this.inFlight > 0) return this.spentNanos + need <= this.limitNanos ? "wait" : "refuse"
    // A call on its own, of which nobody said what it may cost, goes while anything is left.
    const isTold = request.amount !== undefined || this.#reserve !== undefined
    return isTold || request.queued ? "refuse" : "go"
  }

  /** Asks again for those that wait: an amount has been settled, so there is room for them, or none will come. */
  settle(): void {
    for (const waiting of this.waiting) if (!waiting.tryAgain()) break
  }

  /** Takes in what something has cost; the effect that is left tells and stores it. */
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

  // One after the other, so that the newest sum is the one that stays.
  #store(onSpend: (spending: Spending) => Effect.Effect<void>, nanos: number): Effect.Effect<void> {
    this.#storing ??= Semaphore.makeUnsafe(1)
    return this.#storing.withPermit(
      Effect.suspend(() => onSpend({ cost: toDollars(nanos), spent: toDollars(this.#storedNanos += nanos) }))
    ).pipe(
      Effect.catchCause((cause) => Effect.logWarning("effect-agentops: onSpend of a budget failed", cause))
    )
  }
}
