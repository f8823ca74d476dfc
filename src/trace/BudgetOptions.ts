/**
 * How a budget starts, and what it tells of each call.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"

/**
 * How much may be spent, the option `budget` of `Session.withSession`.
 *
 * **Details**
 *
 * Amounts are in US dollars. When the calls that ended have cost as much as the limit, a warning is logged once.
 * With `onExceeded: "fail"`, effects under `Budget.within` fail from then on, before they start.
 *
 * **Gotchas**
 *
 * A call that is under way is not cut off, and one whose cost is not known cannot be counted: see
 * `unpricedCalls` of the session.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limit {
  readonly limit: number
  /** Default `warn`. */
  readonly onExceeded?: "warn" | "fail" | undefined
  /** What each call under `Budget.within` sets aside before it starts. Default: what the dearest one before it has cost. */
  readonly reserve?: number | undefined
}

/**
 * What has been spent, in US dollars: by one call, and by all with it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Spending {
  readonly cost: number
  readonly spent: number
}

/**
 * How a budget starts. Amounts are in US dollars.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Limit {
  /** What errors and warnings call it. Default `shared`. */
  readonly name?: string | undefined
  /** What was spent before, in another process or last month. Default 0. */
  readonly spent?: number | undefined
  /**
   * Told of each call that cost something, one after the other, by the fiber that made the call: to store the sum. What
   * it fails with is logged.
   */
  readonly onSpend?: ((spending: Spending) => Effect.Effect<void>) | undefined
}
