/**
 * The cost of a model call: what the program says, else what the prices say.
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
  // The model that answered is the one that is charged for.
  const charged = responseModel ?? model
  if (usage === undefined || charged === undefined) return undefined
  // Of an estimate only the answer is known: a price without the question's would be far too low.
  if (isEstimated && usage.inputTokens === 0) return undefined
  // A pricing may be a user's, and telemetry must not fail the effect.
  try {
    const pricing = Context.get(context, Pricing)
    const call = { provider, usage, tier, speed, residency }
    return pricing.cost({ ...call, model: charged }) ??
      (model !== undefined && model !== charged ? pricing.cost({ ...call, model }) : undefined)
  } catch {
    // Nothing is known of the cost then, and the event says nothing of it.
    return undefined
  }
}

/** Works out what a model call used and cost, and fills in the cost where the program has not told it. @internal */
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
