/**
 * The budgets that apply to an effect: those that the program provided, and those of the session and of the sessions
 * around it.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { ActiveEvent } from "../event/activeEvent.ts"
import { currentSession } from "../session/currentSession.ts"
import type { ActiveBudget } from "./activeBudget.ts"
import type { Reservation } from "./reservation.ts"

const none: ReadonlyArray<ActiveBudget> = []

// A process without any budget skips all lookups.
let anyMade = false

/** Notes that the process has a budget. @internal */
export const noteBudget = (): void => {
  anyMade = true
}

/** @internal */
export const CurrentBudgets = Context.Reference<ReadonlyArray<ActiveBudget>>("effect-agentops/CurrentBudgets", {
  defaultValue: () => none
})

/** The reservation of the enclosing call. @internal */
export const CurrentReservation = Context.Reference<Reservation | undefined>("effect-agentops/CurrentReservation", {
  defaultValue: () => undefined
})

/** Merges lists of budgets without duplicates, the innermost first. @internal */
export const together = (
  ...lists: ReadonlyArray<ReadonlyArray<ActiveBudget> | undefined>
): ReadonlyArray<ActiveBudget> => {
  const filled = lists.filter((list) => list !== undefined && list.length > 0)
  return filled.length === 0
    ? none
    : filled.length === 1
    ? filled[0]!
    : Array.from(new Set(filled.flat() as Array<ActiveBudget>))
}

/** @internal */
export const budgetsInForce = (
  context: Context.Context<never>,
  session = anyMade ? currentSession(context) : undefined
): ReadonlyArray<ActiveBudget> => anyMade ? together(Context.get(context, CurrentBudgets), session?.budgets) : none

/** Whether an effect spends from a budget, even if it has no spans. @internal */
export const isBudgeted = (context: Context.Context<never>): boolean => anyMade && budgetsInForce(context).length > 0

/** Adds a cost to each budget. The returned effect logs warnings and calls `onSpend`. @internal */
export const spend = (
  context: Context.Context<never>,
  budgets: ReadonlyArray<ActiveBudget>,
  nanos: number,
  isUnpriced = false
): Effect.Effect<void> | undefined => {
  if (budgets.length === 0) return undefined
  Context.get(context, CurrentReservation)?.spend(nanos)
  const left = budgets.flatMap((budget) => budget.spend(nanos, isUnpriced) ?? [])
  return left.length === 0 ? undefined : left.reduce((before, after) => Effect.andThen(before, after))
}

/** Adds the cost of an ended model call to its budgets. @internal */
export const spendOn = (
  context: Context.Context<never>,
  session: Parameters<typeof budgetsInForce>[1],
  event: ActiveEvent
): Effect.Effect<void> | undefined =>
  !anyMade || event.kind.category !== "modelCall"
    ? undefined
    : spend(context, budgetsInForce(context, session), event.costNanos ?? 0, event.unpriced)
