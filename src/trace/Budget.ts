/**
 * What a session may cost, and what happens once it has.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { toDollars } from "../model/Pricing.ts"
import { currentSession } from "./internal/session/currentSession.ts"

/**
 * The budget of a session, an option of `Session.withSession`.
 *
 * **Details**
 *
 * `limit` is in US dollars. When the calls that ended have cost as much, a warning is logged once.
 * With `onExceeded: "fail"`, effects under {@link within} fail from then on, before they start.
 *
 * **Gotchas**
 *
 * A call that is under way is not cut off, and one whose cost is not known cannot be counted: see
 * `unpricedCalls` of the session.
 *
 * @category models
 * @since 0.1.0
 */
export interface Budget {
  readonly limit: number
  /** Default `warn`. */
  readonly onExceeded?: "warn" | "fail" | undefined
}

/**
 * The session has spent its budget. Amounts are in US dollars.
 *
 * @category errors
 * @since 0.1.0
 */
export class BudgetExceeded extends Schema.TaggedError<BudgetExceeded>()("BudgetExceeded", {
  limit: Schema.Finite,
  spent: Schema.Finite,
  /** LLM calls that came on top, at a cost that is not known. */
  unpricedCalls: Schema.Natural
}) {
  override get message(): string {
    return `the session has spent ${this.spent} of its ${this.limit} USD`
  }
}

/**
 * Runs an effect only while the session has budget left.
 *
 * **Details**
 *
 * A session inside of another spends from the outer one's budget too.
 * Put it around what costs money: `pipe(call, traceLlm, Budget.within)`. It fails with
 * {@link BudgetExceeded} before the effect starts, if the session's budget is spent and says `fail`.
 * Without a session or a budget the effect runs. Tracing itself never fails an effect, so a call
 * that is not under `within` goes on.
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
  Effect.contextWith((context: Context.Context<R>): Effect.Effect<A, E | BudgetExceeded, R> => {
    const spent = currentSession(context as Context.Context<never>)?.around().find(({ budget }) =>
      budget?.onExceeded === "fail" && budget.exceeded()
    )
    if (spent?.budget === undefined) return self
    return Effect.fail(
      new BudgetExceeded({
        limit: toDollars(spent.budget.limitNanos),
        spent: toDollars(spent.spentNanos),
        unpricedCalls: spent.unpricedCalls
      })
    )
  })
