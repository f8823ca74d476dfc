/**
 * Settles the tokens and cost of a model call: reported, priced, or the sum of the calls inside it.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import { failureOf, isInterrupted } from "../../../core/internal/failure.ts"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import { fromDollars, Pricing, toDollars } from "../../../model/Pricing.ts"
import * as Usage from "../../../model/Usage.ts"
import type { SessionState } from "../session/sessionState.ts"
import { RecordedSpan } from "../span.ts"
import type { ActiveEvent } from "./activeEvent.ts"
import type { CallFacts } from "./facts.ts"
import { callFacts, callFields, fieldOf } from "./facts.ts"

type Fact = Parameters<typeof fieldOf>[1]

/** A fact of a call, read from the field that its kind has for it. @internal */
export const factOf = ({ fields, kind }: ActiveEvent, fact: Fact): unknown => {
  const field = fieldOf(kind, fact)
  return field === undefined ? undefined : fields[field]
}

/** Sets a fact of a call, if its kind has a field for it. */
const setFact = ({ fields, kind }: ActiveEvent, fact: Fact, value: unknown): void => {
  const field = fieldOf(kind, fact)
  if (field !== undefined) fields[field] = value
}

const leaveOut = ({ fields, kind }: ActiveEvent, fact: Fact): void => {
  const field = fieldOf(kind, fact)
  if (field !== undefined) delete fields[field]
}

/** A cached answer has no cost of its own, and its tokens do not count again. */
const settleCached = (event: ActiveEvent, session: SessionState | undefined): boolean => {
  const usage = factOf(event, "usage") as Usage.Usage | undefined
  // A server may give all of its answers the same id, so the other facts are compared too.
  const repeated = session?.repeats(factOf(event, "responseId"), [
    factOf(event, "responseModel"),
    factOf(event, "finishReasons"),
    usage?.inputTokens,
    usage?.outputTokens
  ])
  if (factOf(event, "cached") !== true && repeated !== true) return false
  setFact(event, "cached", true)
  for (const fact of ["usage", "outputTokens", "cost", "costSource"] as const) leaveOut(event, fact)
  event.usage = undefined
  event.costNanos = undefined
  return true
}

const priceOf = (context: Context.Context<never>, facts: CallFacts, isEstimated: boolean) => {
  const { model, provider, residency, responseModel, serverAddress, speed, tier, usage, webSearches } = facts
  // The provider charges for the model that answered.
  const charged = responseModel ?? model
  if (usage === undefined || charged === undefined) return undefined
  // An estimated usage without input tokens would give a price that is far too low.
  if (isEstimated && usage.inputTokens === 0) return undefined
  // A user's pricing may throw, and telemetry must not fail the effect.
  try {
    const pricing = Context.get(context, Pricing)
    const call = { provider, usage, tier, speed, residency, serverAddress, webSearches }
    return pricing.cost({ ...call, model: charged }) ??
      (model !== undefined && model !== charged ? pricing.cost({ ...call, model }) : undefined)
  } catch {
    // The cost is then unknown, and the event has none.
    return undefined
  }
}

/** Sets the usage and cost of a model call, and fills in the cost if the program has not set it. */
const addCost = (context: Context.Context<never>, event: ActiveEvent): void => {
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

/** A call that failed without an answer is free. An interrupted or timed-out call may not be. */
const isFree = (event: ActiveEvent, exit: Exit.Exit<unknown, unknown>): boolean =>
  exit._tag === "Failure" && !isInterrupted(exit) && event.usage === undefined &&
  factOf(event, "output") === undefined && failureOf(exit)?.errorType !== "timeout"

/** Settles the cost of a past call, whose reported facts are used as they are. @internal */
export const settlePastCall = (
  context: Context.Context<never>,
  event: ActiveEvent,
  exit: Exit.Exit<unknown, unknown>
): void => {
  if (event.kind.category !== "modelCall") return
  // The fields of an untyped program may have any type.
  tryOrUndefined(() => {
    addCost(context, event)
    event.unpriced = event.costNanos === undefined && !isFree(event, exit)
  })
}

/** Settles the cost of one call, and whether it is unknown. @internal */
export const settleCall = (
  context: Context.Context<never>,
  event: ActiveEvent,
  session: SessionState | undefined,
  exit: Exit.Exit<unknown, unknown>
): void => {
  if (tryOrUndefined(() => settleCached(event, session)) !== true) settlePastCall(context, event, exit)
}

const sum = (event: ActiveEvent): void => {
  const { fields, folded, kind } = event
  if (folded === undefined) return
  const usages = folded.calls.flatMap((call) => call.usage ?? [])
  const usage = fieldOf(kind, "usage")
  if (usages.length > 0) {
    event.usage = Usage.addAll(usages)
    // A kind with a field for each number keeps its own numbers.
    if (usage !== undefined && usage === fieldOf(kind, "outputTokens")) fields[usage] = event.usage
  }
  if (folded.calls.some((call) => factOf(call, "usageEstimated") === true)) setFact(event, "usageEstimated", true)
  const costs = folded.calls.flatMap((call) => call.costNanos ?? [])
  event.costNanos = costs.length === 0 ? undefined : costs.reduce((a, b) => a + b, 0)
  const cost = fieldOf(kind, "cost")
  if (cost !== undefined && event.costNanos !== undefined) fields[cost] = toDollars(event.costNanos)
  if (folded.calls.every((call) => factOf(call, "costSource") === "told")) setFact(event, "costSource", "told")
  else leaveOut(event, "costSource")
  event.unpriced = folded.calls.some((call) => call.unpriced)
}

const isOwn = (event: ActiveEvent, fact: Fact): boolean =>
  event.folded?.ownFields.has(fieldOf(event.kind, fact) ?? "") === true

/** Settles tokens and cost of an event once, before its attempt and its span end. @internal */
export const settleCharge = (
  context: Context.Context<never>,
  event: ActiveEvent,
  session: SessionState | undefined,
  exit: Exit.Exit<unknown, unknown>
): void => {
  if (event.kind.category !== "modelCall") return
  const { folded } = event
  const hasCharge = (call: ActiveEvent) => call.usage !== undefined || call.costNanos !== undefined
  // The program's own usage or cost for the outer call applies to the whole.
  if (folded === undefined || isOwn(event, "usage") || isOwn(event, "cost") || !folded.calls.some(hasCharge)) {
    // If there are inner calls, their answers have already been counted with them.
    settleCall(context, event, folded === undefined ? session : undefined, exit)
  } else tryOrUndefined(() => sum(event))
}

/** The facts of a call that its attempt's span has. */
const facts = [
  "provider",
  "model",
  "responseModel",
  "responseId",
  "finishReasons",
  "usage",
  "usageEstimated",
  "cost",
  "costSource",
  "cached",
  "serviceTier",
  "responseServiceTier"
] as const

/** Sets the facts of the call and its cost on the span of an attempt. @internal */
export const setAttemptFacts = (span: Tracer.Span | undefined, event: ActiveEvent): void => {
  if (!(span instanceof RecordedSpan) || event.kind.category !== "modelCall") return
  const call: Record<string, unknown> = {}
  const names = callFields(event.kind)
  for (const fact of facts) {
    const field = names[fact]
    if (field !== undefined && event.fields[field] !== undefined) call[field] = event.fields[field]
  }
  span.call = call
}
