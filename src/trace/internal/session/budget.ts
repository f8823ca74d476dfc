/**
 * The budget of a session that runs.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { attempt, shallow, textOf } from "../../../core/internal/look.ts"
import { fromDollars, toDollars } from "../../../model/Pricing.ts"
import type { Budget } from "../../Budget.ts"

/** @internal */
export interface ActiveBudget {
  readonly limitNanos: number
  readonly onExceeded: "warn" | "fail"
  /** Whether as much as the limit, or more, has been spent. */
  readonly exceeded: () => boolean
  /** Tells that the budget is spent, the first time that it is. */
  readonly warning: () => Effect.Effect<void> | undefined
}

/** @internal */
export const makeBudget = (
  session: { readonly id: string; readonly spentNanos: number },
  given: Budget
): ActiveBudget => {
  const budget = shallow(given) as unknown as Budget
  // A limit that is no amount of money lets nothing through unnoticed: it counts as spent.
  const limitNanos = budget.limit === Infinity ? Infinity : attempt(() => fromDollars(budget.limit)) ?? 0
  const exceeded = () => session.spentNanos >= limitNanos
  let told = false
  return {
    limitNanos,
    onExceeded: budget.onExceeded ?? "warn",
    exceeded,
    warning: () => {
      if (told || !exceeded()) return undefined
      told = true
      return Effect.logWarning(
        `effect-agentops: session ${session.id} has spent ${toDollars(session.spentNanos)} USD of its budget of ` +
          `${textOf(budget.limit)} USD`
      )
    }
  }
}
