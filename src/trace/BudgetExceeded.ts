/**
 * The error of what a budget has too little left for.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The budget is spent, or has less left than a call would set aside. Amounts are in US dollars.
 *
 * @category errors
 * @since 0.1.0
 */
export class BudgetExceeded extends Schema.TaggedError<BudgetExceeded>()("BudgetExceeded", {
  limit: Schema.Finite,
  spent: Schema.Finite,
  /** LLM calls that came on top, at a cost that is not known. */
  unpricedCalls: Schema.Natural,
  /** The name of the budget, where it is shared. */
  budget: Schema.optionalKey(Schema.String),
  /** What the call would have set aside, where something is left, but less. */
  reserve: Schema.optionalKey(Schema.Finite)
}) {
  override get message(): string {
    const who = this.budget === undefined ? "session" : `budget ${this.budget}`
    const more = this.reserve === undefined ? "" : `, and a call may cost ${this.reserve}`
    return `the ${who} has spent ${this.spent} of its ${this.limit} USD${more}`
  }
}
