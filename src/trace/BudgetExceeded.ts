/**
 * The error for a call that its budget does not cover.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The budget is spent, or has less left than a call would reserve. Amounts are in US dollars.
 *
 * @category errors
 * @since 0.1.0
 */
export class BudgetExceeded extends Schema.TaggedError<BudgetExceeded>()("BudgetExceeded", {
  limit: Schema.Finite,
  spent: Schema.Finite,
  /** LLM calls of unknown cost, which are not in `spent`. */
  unpricedCalls: Schema.Natural,
  /** The name of the budget, if it is shared. */
  budget: Schema.optionalKey(Schema.String),
  /** The amount that the call would have reserved, if some but too little is left. */
  reserve: Schema.optionalKey(Schema.Finite)
}) {
  override get message(): string {
    const who = this.budget === undefined ? "session" : `budget ${this.budget}`
    const more = this.reserve === undefined ? "" : `, and a call may cost ${this.reserve}`
    return `the ${who} has spent ${this.spent} of its ${this.limit} USD${more}`
  }
}
