/**
 * Budgets: how much may be spent, and what happens when a limit is reached.
 *
 * A budget belongs to one session, or is a value that sessions, agents and the turns of a conversation share. It counts
 * each model call, traced or not.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Stream from "effect/Stream"
import { isStream, isTraceable, tryOrUndefined } from "../core/internal/inspect.ts"
import { fromDollars, toDollars } from "../model/Pricing.ts"
import type { BudgetExceeded } from "./BudgetExceeded.ts"
import type { Limit, Options } from "./BudgetOptions.ts"
import { ActiveBudget } from "./internal/budget/activeBudget.ts"
import { CurrentBudgets, noteBudget, spend } from "./internal/budget/budgetsInForce.ts"
import { runWithin, streamWithin } from "./internal/budget/within.ts"
import type { Traceable, Traced } from "./Traceable.ts"

export { BudgetExceeded } from "./BudgetExceeded.ts"
export type { Limit, Options, Spending } from "./BudgetOptions.ts"

/**
 * The key that marks a budget.
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId = "~effect-agentops/Budget"

/**
 * A budget that can be shared. Amounts are in US dollars.
 *
 * @category models
 * @since 0.1.0
 */
export interface Budget {
  readonly [TypeId]: unknown
  readonly limit: number
  readonly spent: Effect.Effect<number>
  /** The amount left, minus the amounts that running calls have reserved. At least 0. */
  readonly remaining: Effect.Effect<number>
  /** Subtracts the cost of something other than a model call: a search, a sandbox. */
  readonly charge: (cost: number) => Effect.Effect<void>
}

/**
 * Makes a shared budget synchronously, for example at the top of a module. See {@link make}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeUnsafe = (options: Options): Budget => {
  const active = new ActiveBudget(options)
  noteBudget()
  return {
    [TypeId]: active,
    limit: toDollars(active.limitNanos),
    spent: Effect.sync(() => toDollars(active.spentNanos)),
    remaining: Effect.sync(() => toDollars(Math.max(0, active.limitNanos - active.spentNanos - active.reservedNanos))),
    charge: (cost) =>
      Effect.contextWith((context: Context.Context<never>) =>
        spend(context, [active], tryOrUndefined(() => fromDollars(cost)) ?? 0) ?? Effect.void
      )
  }
}

/**
 * Makes a budget that sessions, agents and turns share.
 *
 * **Details**
 *
 * Pass it to sessions by their option `budget`, and to other effects by {@link provide}. Each call counts once, even if
 * several enclosing effects share the budget.
 *
 * **Example** (a budget of a conversation, over its turns)
 *
 * ```ts
 * import { Effect, pipe } from "effect"
 * import { Budget, Session, traceLlmWith } from "effect-agentops"
 *
 * const stored = new Map<string, number>([["chat-1", 0.03]])
 *
 * const ask = pipe(Effect.succeed("Hi!"), traceLlmWith({ cost: 0.02 }), Budget.within)
 * const program = Effect.gen(function*() {
 *   const budget = yield* Budget.make({
 *     limit: 0.06,
 *     onExceeded: "fail",
 *     spent: stored.get("chat-1"),
 *     onSpend: ({ spent }) => Effect.sync(() => void stored.set("chat-1", spent))
 *   })
 *   yield* ask.pipe(Session.withSession({ name: "chat", budget }))
 *   return yield* budget.spent
 * })
 * await Effect.runPromise(program) // => 0.05
 * stored.get("chat-1") // => 0.05
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<Budget> => Effect.sync(() => makeUnsafe(options))

/** The active budget for a session's option. @internal */
export const activeOf = (given: Limit | Budget, sessionId: string, spentNanos: number): ActiveBudget => {
  noteBudget()
  const shared = tryOrUndefined((): unknown => (given as Budget)[TypeId])
  return shared instanceof ActiveBudget ? shared : new ActiveBudget(given as Limit, sessionId, spentNanos)
}

/**
 * Makes an effect or a stream spend from a budget, in a session or not: a sub-agent, a job, a part of a program.
 *
 * **Example** (two agents of one budget)
 *
 * ```ts
 * import { Effect, pipe } from "effect"
 * import { Budget, traceAgent, traceLlmWith } from "effect-agentops"
 *
 * const agent = (name: string) => pipe(Effect.void, traceLlmWith({ cost: 0.02 }), traceAgent(name))
 * const program = Effect.gen(function*() {
 *   const budget = yield* Budget.make({ limit: 1 })
 *   yield* Effect.all([agent("a"), agent("b")]).pipe(Budget.provide(budget))
 *   return yield* budget.remaining
 * })
 * await Effect.runPromise(program) // => 0.96
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const provide: {
  /** Makes an effect or a stream spend from a budget. */
  (budget: Budget): <T extends Traceable>(self: T) => Traced<T>
  /** Makes an effect spend from a budget. */
  <A, E, R>(self: Effect.Effect<A, E, R>, budget: Budget): Effect.Effect<A, E, R>
  /** Makes a stream spend from a budget. */
  <A, E, R>(self: Stream.Stream<A, E, R>, budget: Budget): Stream.Stream<A, E, R>
} = dual((args) => isTraceable(args[0]), (self: Traceable, budget: Budget): Traceable => {
  const into = (context: Context.Context<unknown>): Context.Context<unknown> => {
    const around = Context.get(context as Context.Context<never>, CurrentBudgets)
    const active = budget[TypeId]
    // A budget of another implementation cannot be charged.
    if (!(active instanceof ActiveBudget)) return context
    return around.includes(active) ? context : Context.add(context, CurrentBudgets, [active, ...around])
  }
  return isStream(self) ? Stream.updateContext(self, into) : Effect.updateContext(self, into)
})

/**
 * Runs an effect only while there is budget left.
 *
 * **Details**
 *
 * Put it around a call that costs money: `pipe(call, traceLlm, Budget.within)`. It fails with {@link BudgetExceeded}
 * before the effect starts if a budget with `fail` is spent: the session's, one of an enclosing session, or a provided
 * one. Without a budget the effect runs. Tracing itself never fails an effect, so a call without `within` always runs.
 *
 * Concurrent calls reserve what each may cost and release it when they end, so that together they stay under the limit.
 * The reservation is the option `reserve`, otherwise the cost of the most expensive earlier call. If no call has ended
 * yet, the first runs and the others wait for it. A single call without a known maximum runs while anything is left, so
 * it alone may exceed the limit.
 *
 * **Example** (the second call is one too many)
 *
 * ```ts
 * import { Effect, pipe } from "effect"
 * import { Budget, Session, traceLlmWith } from "effect-agentops"
 *
 * const ask = pipe(Effect.succeed("Hi!"), traceLlmWith({ cost: 0.02 }), Budget.within)
 *
 * const program = ask.pipe(
 *   Effect.andThen(ask),
 *   Effect.catchTag("BudgetExceeded", (error) => Effect.succeed(error.message)),
 *   Session.withSession({ name: "chat", budget: { limit: 0.01, onExceeded: "fail" } })
 * )
 * await Effect.runPromise(program) // => "the session has spent 0.02 of its 0.01 USD"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const within = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | BudgetExceeded, R> =>
  runWithin(self, undefined)

/**
 * Options of {@link withinWith}.
 *
 * @category models
 * @since 0.1.0
 */
export interface WithinOptions {
  /** The amount in US dollars to reserve before the call starts: the most that it may cost. */
  readonly reserve?: number | undefined
}

/**
 * The type of an effect or a stream under {@link withinWith}.
 *
 * @category models
 * @since 0.1.0
 */
export type Within<T> = T extends Stream.Stream<infer A, infer E, infer R> ? Stream.Stream<A, E | BudgetExceeded, R>
  : T extends Effect.Effect<infer A, infer E, infer R> ? Effect.Effect<A, E | BudgetExceeded, R>
  : never

/**
 * Runs an effect or a stream only while the budget has enough left for its maximum cost. See {@link within}.
 *
 * **Example** (never past the limit)
 *
 * ```ts
 * import { Effect, pipe } from "effect"
 * import { Budget, Session, traceLlmWith } from "effect-agentops"
 *
 * const ask = pipe(Effect.void, traceLlmWith({ cost: 0.018 }), Budget.withinWith({ reserve: 0.02 }))
 *
 * const program = Effect.forEach(Array.from({ length: 50 }), () => Effect.isSuccess(ask), { concurrency: 50 }).pipe(
 *   Session.withSummary({ name: "many", budget: { limit: 0.1, onExceeded: "fail" } })
 * )
 * const [summary, succeeded] = await Effect.runPromise(program)
 * summary.costNanos // => 90_000_000
 * succeeded.filter((success) => success).length // => 5
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const withinWith: {
  /** Runs an effect or a stream only while there is budget left. */
  (options: WithinOptions): <T extends Traceable>(self: T) => Within<T>
  /** Runs an effect only while there is budget left. */
  <A, E, R>(self: Effect.Effect<A, E, R>, options: WithinOptions): Effect.Effect<A, E | BudgetExceeded, R>
  /** Runs a stream only while there is budget left. */
  <A, E, R>(self: Stream.Stream<A, E, R>, options: WithinOptions): Stream.Stream<A, E | BudgetExceeded, R>
} = dual(
  (args) => isTraceable(args[0]),
  (self: Traceable, options: WithinOptions): Traceable =>
    isStream(self) ? streamWithin(self, options.reserve) : runWithin(self, options.reserve)
)
