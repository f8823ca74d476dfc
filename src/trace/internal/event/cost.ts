/**
 * The cost of an LLM event: what the program says, else what the prices say.
 *
 * @internal
 */
import * as Context from "effect/Context"
import { fromDollars, Pricing, toDollars } from "../../../model/Pricing.ts"
import type { Usage } from "../../../model/Usage.ts"

type LlmFields = Record<string, unknown> & {
  readonly provider?: string
  readonly model?: string
  readonly responseModel?: string
  readonly responseServiceTier?: string
  readonly serviceTier?: string
  readonly responseSpeed?: string
  readonly inferenceGeo?: string
  readonly usage?: Usage
}

/** Fills in the cost in dollars where the program has not told it and the price is known. @internal */
export const addCost = (context: Context.Context<never>, fields: Record<string, unknown>): void => {
  const { inferenceGeo, model, provider, responseModel, responseServiceTier, responseSpeed, serviceTier, usage } =
    fields as LlmFields
  if (fields["cost"] !== undefined || usage === undefined) return
  // The model that answered is the one that is charged for.
  const charged = responseModel ?? model
  if (typeof charged !== "string") return
  const pricing = Context.get(context, Pricing)
  // A pricing may be a user's, and telemetry must not fail the effect.
  try {
    const call = {
      provider,
      usage,
      tier: responseServiceTier ?? serviceTier,
      speed: responseSpeed,
      residency: inferenceGeo
    }
    const nanos = pricing.cost({ ...call, model: charged }) ??
      (typeof model === "string" && model !== charged ? pricing.cost({ ...call, model }) : undefined)
    if (nanos !== undefined) fields["cost"] = toDollars(nanos)
  } catch {
    // Nothing is known of the cost then, and the event says nothing of it.
  }
}

/** The cost of an event in nano-dollars, where it is known. @internal */
export const costOf = (fields: Readonly<Record<string, unknown>>): number | undefined =>
  typeof fields["cost"] === "number" ? fromDollars(fields["cost"]) : undefined
