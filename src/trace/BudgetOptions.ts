/**
 * The options of a budget.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"

/**
 * How much may be spent, the option `budget` of `Session.withSession`.
 *
 * **Details**
 *
 * Amounts are in US dollars. When the ended calls have cost as much as the limit, one warning is logged. With
 * `onExceeded: "fail"`, effects under `Budget.within` fail from then on, before they start.
 *
 * **Gotchas**
 *
 * A running call is not interrupted, and a call of unknown cost cannot be counted. See `unpricedCalls` of the session.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limit {
  readonly limit: number
  /** Default `warn`. */
  readonly onExceeded?: "warn" | "fail" | undefined
  /**
   * The amount that each call under `Budget.within` reserves before it starts. Default: the cost of the most expensive
   * earlier call.
   */
  readonly reserve?: number | undefined
}

/**
 * Amounts in US dollars: the cost of one call, and the total including it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Spending {
  readonly cost: number
  readonly spent: number
}

/**
 * The options of a shared budget. Amounts are in US dollars.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Limit {
  /** Its name in errors and warnings. Default `shared`. */
  readonly name?: string | undefined
  /** The amount already spent, for example in another process or last month. Default 0. */
  readonly spent?: number | undefined
  /**
   * Called after each call with a cost, one after the other, by the fiber that made the call, for example to store the
   * total. A failure is logged.
   */
  readonly onSpend?: ((spending: Spending) => Effect.Effect<void>) | undefined
}
