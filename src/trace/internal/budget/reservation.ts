/**
 * The amount that one call reserves of each of its budgets, from its start until its cost is known.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { ActiveBudget, Answer, Waiting } from "./activeBudget.ts"

/** @internal */
export class Reservation implements Waiting {
  readonly #budgets: ReadonlyArray<ActiveBudget>
  readonly #amount: number | undefined
  readonly #outer: Reservation | undefined
  readonly #taken = new Map<ActiveBudget, number>()
  #waitsFor: ActiveBudget | undefined = undefined
  #onAnswer: (() => void) | undefined = undefined
  #costNanos = 0
  #isOuter = false
  /** The budget that has too little left. */
  refusedBy: ActiveBudget | undefined = undefined

  constructor(budgets: ReadonlyArray<ActiveBudget>, amount: number | undefined, outer: Reservation | undefined) {
    this.#budgets = budgets
    this.#amount = amount
    this.#outer = outer
  }

  /** The amount that it requests from a budget, in nano-dollars. */
  needOf(budget: ActiveBudget): number | undefined {
    return budget.needOf({ amount: this.#amount, queued: false })
  }

  /** Waits until all budgets have agreed or one has refused. */
  readonly ask: Effect.Effect<void> = Effect.suspend(() => {
    // An enclosing call releases its own reservation, because otherwise it would wait for itself.
    this.#outer?.split()
    return this.#decide(false) !== "wait" ? Effect.void : Effect.callback<void>((resume) => {
      this.#onAnswer = () => resume(Effect.void)
    })
  })

  tryAgain(): boolean {
    const before = this.#waitsFor
    const waits = this.#decide(true) === "wait"
    if (waits && this.#waitsFor === before) return false
    before?.waiting.delete(this)
    if (!waits) {
      this.#waitsFor = undefined
      this.#onAnswer?.()
    }
    return true
  }

  #decide(queued: boolean): Answer {
    const request = { amount: this.#amount, queued }
    let waitsFor: ActiveBudget | undefined
    for (const budget of this.#budgets) {
      const answer = budget.ask(request)
      if (answer === "refuse") {
        this.refusedBy = budget
        return "refuse"
      }
      if (answer === "wait") waitsFor ??= budget
    }
    if (waitsFor !== undefined) {
      this.#waitsFor = waitsFor
      waitsFor.waiting.add(this)
      return "wait"
    }
    for (const budget of this.#budgets) {
      const need = budget.needOf(request) ?? 0
      this.#taken.set(budget, need)
      budget.reservedNanos += need
      budget.inFlight++
    }
    return "go"
  }

  /** Adds a cost that was spent inside this call. */
  spend(nanos: number): void {
    this.#costNanos += nanos
    this.#outer?.spend(nanos)
  }

  split(): void {
    this.#isOuter = true
    this.#release()
    this.#outer?.split()
  }

  /** Releases the reservation. The call's cost becomes the estimate for the next call if it is the highest. */
  end(): void {
    this.#waitsFor?.waiting.delete(this)
    if (!this.#isOuter && this.#costNanos > 0) {
      for (const budget of this.#taken.keys()) {
        budget.dearestNanos = Math.max(budget.dearestNanos ?? 0, this.#costNanos)
      }
    }
    this.#release()
  }

  #release(): void {
    const taken = Array.from(this.#taken)
    this.#taken.clear()
    for (const [budget, need] of taken) {
      budget.reservedNanos -= need
      budget.inFlight--
    }
    for (const [budget] of taken) budget.decide()
  }
}
