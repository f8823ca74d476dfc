/**
 * The cost of a model call: set by the program, otherwise computed from prices.
 *
 * @internal
 */
import * as Context from "effect/Context"
import { fromDollars, Pricing, toDollars } from "../../../model/Pricing.ts"
import type { ActiveEvent } from "./activeEvent.ts"
import type { CallFacts } from "./facts.ts"
import { callFacts, fieldOf } from "./facts.ts"

const priceOf = (context: Context.Context<never>, facts: CallFacts, isEstimated: boolean) => {
  const { model, provider, residency, responseModel, speed, tier, usage } = facts
  // The provider charges for the model that answered.
  const charged = responseModel ?? model
  if (usage === undefined || charged === undefined) return undefined
  // An estimated usage without input tokens would give a price that is far too low.
  if (isEstimated && usage.inputTokens === 0) return undefined
  // A user's pricing may throw, and telemetry must not fail the effect.
  try {
    const pricing = Context.get(context, Pricing)
    const call = { provider, usage, tier, speed, residency }
    return pricing.cost({ ...call, model: charged }) ??
      (model !== undefined && model !== charged ? pricing.cost({ ...call, model }) : undefined)
  } catch {
    // The cost is then unknown, and the event has none.
    return undefined
  }
}

/** Sets the usage and cost of a model call, and fills in the cost if the program has not set it. @internal */
export const addCost = (context: Context.Context<never>, event: ActiveEvent): void => {
  if (event.kind.category !== "modelCall") return
  const facts = callFacts(event)
  event.usage = facts.usage
  const field = fieldOf(event.kind, "cost")
  if (field !== undefined && event.fields[field] !== undefined) {
    event.costNanos = facts.cost === undefined ? undefined : fromDollars(facts.cost)
    return
  }
  event.costNanos = priceOf(context, facts, facts.usageEstimated)
  if (event.costNanos !== undefined && field !== undefined) event.fields[field] = toDollars(event.costNanos)
}
