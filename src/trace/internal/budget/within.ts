/**
 * Runs a call only while its budgets have enough left for it.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import { fromDollars, toDollars } from "../../../model/Pricing.ts"
import { BudgetExceeded } from "../../BudgetExceeded.ts"
import type { ActiveBudget } from "./activeBudget.ts"
import { budgetsInForce, CurrentReservation } from "./budgetsInForce.ts"
import { Reservation } from "./reservation.ts"

const refusal = (reservation: Reservation, budget: ActiveBudget): BudgetExceeded => {
  const need = reservation.needOf(budget)
  return new BudgetExceeded({
    limit: toDollars(budget.limitNanos),
    spent: toDollars(budget.spentNanos),
    unpricedCalls: budget.unpricedCalls,
    ...budget.name === undefined ? undefined : { budget: budget.name },
    ...budget.isSpent || need === undefined ? undefined : { reserve: toDollars(need) }
  })
}

const reserve = (context: Context.Context<never>, amount: number | undefined): Reservation | undefined => {
  const strict = budgetsInForce(context).filter(({ onExceeded }) => onExceeded === "fail")
  if (strict.length === 0) return undefined
  return new Reservation(
    strict,
    amount === undefined ? undefined : tryOrUndefined(() => fromDollars(amount)),
    Context.get(context, CurrentReservation)
  )
}

const acquire = (reservation: Reservation): Effect.Effect<void, BudgetExceeded> =>
  Effect.flatMap(reservation.ask, () => {
    const { refusedBy } = reservation
    return refusedBy === undefined ? Effect.void : Effect.fail(refusal(reservation, refusedBy))
  })

/** @internal */
export const runWithin = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  amount: number | undefined
): Effect.Effect<A, E | BudgetExceeded, R> =>
  Effect.contextWith((context: Context.Context<R>): Effect.Effect<A, E | BudgetExceeded, R> => {
    const reservation = reserve(context as Context.Context<never>, amount)
    return reservation === undefined ? self : acquire(reservation).pipe(
      Effect.andThen(Effect.provideService(self, CurrentReservation, reservation)),
      Effect.onExit(() => Effect.sync(() => reservation.end()))
    )
  })

/** @internal */
export const streamWithin = <A, E, R>(
  self: Stream.Stream<A, E, R>,
  amount: number | undefined
): Stream.Stream<A, E | BudgetExceeded, R> =>
  Stream.unwrap(Effect.gen(function*() {
    const context = yield* Effect.context<never>()
    const reservation = reserve(context, amount)
    if (reservation === undefined) return self
    yield* Effect.addFinalizer(() => Effect.sync(() => reservation.end()))
    yield* acquire(reservation)
    return Stream.provideService(self, CurrentReservation, reservation)
  }))
