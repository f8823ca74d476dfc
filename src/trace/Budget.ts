/**
 * What may be spent, and what happens once it is.
 *
 * A budget is given to a session, or is a value of its own that sessions, agents and the turns of a conversation share.
 * It counts each model call, whether that is traced or not.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { attempt, isStream, isTraceable } from "../core/internal/look.ts"
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
 * The key by which a budget is known.
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId = "~effect-agentops/Budget"

/**
 * A budget that several share. Amounts are in US dollars.
 *
 * @category models
 * @since 0.1.0
 */
export interface Budget {
  readonly [TypeId]: unknown
  readonly limit: number
  readonly spent: Effect.Effect<number>
  /** What is left, without what calls under way have set aside; no less than 0. */
  readonly remaining: Effect.Effect<number>
  /** Takes what something else has cost than a model call: a search, a sandbox. */
  readonly charge: (cost: number) => Effect.Effect<void>
}

/**
 * Makes a budget to be shared, at once: for one that is as old as its module. See {@link make}.
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
        spend(context, [active], attempt(() => fromDollars(cost)) ?? 0) ?? Effect.void
      )
  }
}

/**
 * Makes a budget that sessions, agents and turns share.
 *
 * **Details**
 *
 * Give it to sessions by their option `budget`, and to anything else by {@link provide}. Each call counts once, also where
 * it is inside of several that share it.
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

/** The budget that a session was given, as it is spent from. @internal */
export const activeOf = (given: Limit | Budget, sessionId: string, spentNanos: number): ActiveBudget => {
  noteBudget()
  const shared = attempt((): unknown => (given as Budget)[TypeId])
  return shared instanceof ActiveBudget ? shared : new ActiveBudget(given as Limit, sessionId, spentNanos)
}

/**
 * Has an effect or a stream spend from a budget, in a session or not: a sub-agent, a job, a part of a program.
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
  /** Has an effect or a stream spend from a budget. */
  (budget: Budget): <T extends Traceable>(self: T) => Traced<T>
  /** Has an effect spend from a budget. */
  <A, E, R>(self: Effect.Effect<A, E, R>, budget: Budget): Effect.Effect<A, E, R>
  /** Has a stream spend from a budget. */
  <A, E, R>(self: Stream.Stream<A, E, R>, budget: Budget): Stream.Stream<A, E, R>
} = ((...args: ReadonlyArray<unknown>) => {
  const run = (self: Traceable, budget: Budget): Traceable => {
    const into = (context: Context.Context<unknown>): Context.Context<unknown> => {
      const around = Context.get(context as Context.Context<never>, CurrentBudgets)
      const active = budget[TypeId]
      // Whoever has no budget of ours has nothing to spend from.
      if (!(active instanceof ActiveBudget)) return context
      return around.includes(active) ? context : Context.add(context, CurrentBudgets, [active, ...around])
    }
    return isStream(self) ? Stream.updateContext(self, into) : Effect.updateContext(self, into)
  }
  return isTraceable(args[0]) ? run(args[0], args[1] as Budget) : (self: Traceable) => run(self, args[0] as Budget)
}) as never

/**
 * Runs an effect only while there is budget left.
 *
 * **Details**
 *
 * Put it around what costs money: `pipe(call, traceLlm, Budget.within)`. It fails with {@link BudgetExceeded} before the
 * effect starts, if a budget that holds here is spent and says `fail`: the session's, one of a session around it, one that
 * is provided. Without a budget the effect runs. Tracing itself never fails an effect, so a call that is not under
 * `within` goes on.
 *
 * Calls at the same time set aside what each may cost and give it back when they have ended, so that all of them stay
 * under the limit: as much as `reserve` says, else as much as the dearest call before has cost. Before one has ended, the
 * first goes ahead and the others wait for it. A call on its own of which nobody said what it may cost goes while
 * anything is left: it may go past the limit, and only it.
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
 * What {@link withinWith} can be told.
 *
 * @category models
 * @since 0.1.0
 */
export interface WithinOptions {
  /** What it sets aside before it starts, in US dollars: the most that it may cost. */
  readonly reserve?: number | undefined
}

/**
 * An effect or a stream that runs only while there is budget left.
 *
 * @category models
 * @since 0.1.0
 */
export type Within<T> = T extends Stream.Stream<infer A, infer E, infer R> ? Stream.Stream<A, E | BudgetExceeded, R>
  : T extends Effect.Effect<infer A, infer E, infer R> ? Effect.Effect<A, E | BudgetExceeded, R>
  : never

/**
 * Runs an effect or a stream only while there is budget left for what it may cost. See {@link within}.
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
} = ((...args: ReadonlyArray<unknown>) => {
  const run = (self: Traceable, options: WithinOptions): Traceable =>
    isStream(self) ? streamWithin(self, options.reserve) : runWithin(self, options.reserve)
  return isTraceable(args[0])
    ? run(args[0], args[1] as WithinOptions)
    : (self: Traceable) => run(self, args[0] as WithinOptions)
}) as never
