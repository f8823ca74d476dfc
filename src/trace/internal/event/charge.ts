/**
 * What a model call is charged with: its own tokens and money, told, priced, or those of
 * the calls that were made inside of it.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import type * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import { failureOf, isInterrupted } from "../../../core/internal/failure.ts"
import { attempt } from "../../../core/internal/look.ts"
import { toDollars } from "../../../model/Pricing.ts"
import * as Usage from "../../../model/Usage.ts"
import type { SessionState } from "../session/sessionState.ts"
import { RecordedSpan } from "../span.ts"
import type { ActiveEvent } from "./activeEvent.ts"
import { addCost } from "./cost.ts"
import { callFields, fieldOf } from "./facts.ts"

type Fact = Parameters<typeof fieldOf>[1]

/** A fact of a call, by the field that its kind has for it. @internal */
export const factOf = ({ fields, kind }: ActiveEvent, fact: Fact): unknown => {
  const field = fieldOf(kind, fact)
  return field === undefined ? undefined : fields[field]
}

/** Has a call tell a fact, if its kind has a field for it. */
const setFact = ({ fields, kind }: ActiveEvent, fact: Fact, value: unknown): void => {
  const field = fieldOf(kind, fact)
  if (field !== undefined) fields[field] = value
}

const leaveOut = ({ fields, kind }: ActiveEvent, fact: Fact): void => {
  const field = fieldOf(kind, fact)
  if (field !== undefined) delete fields[field]
}

/** An answer that was there already costs nothing of its own, and neither do its tokens count again. */
const settleCached = (event: ActiveEvent, session: SessionState | undefined): boolean => {
  const usage = factOf(event, "usage") as Usage.Usage | undefined
  // A server may give all of its answers one id: the same answer is the same in all that is told of it.
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

/** Nothing came, because the server or the way to it failed: that is free. A call that was given up may not be. */
const isFree = (event: ActiveEvent, exit: Exit.Exit<unknown, unknown>): boolean =>
  exit._tag === "Failure" && !isInterrupted(exit) && event.usage === undefined &&
  factOf(event, "output") === undefined && failureOf(exit)?.errorType !== "timeout"

/** Works out what a call of the past costs: what is told of it is as it is told. @internal */
export const settlePast = (
  context: Context.Context<never>,
  event: ActiveEvent,
  exit: Exit.Exit<unknown, unknown>
): void => {
  if (event.kind.category !== "modelCall") return
  // What an untyped program tells may be anything.
  attempt(() => {
    addCost(context, event)
    event.unpriced = event.costNanos === undefined && !isFree(event, exit)
  })
}

/** Works out what one call costs, and whether nobody knows. @internal */
export const settleOne = (
  context: Context.Context<never>,
  event: ActiveEvent,
  session: SessionState | undefined,
  exit: Exit.Exit<unknown, unknown>
): void => {
  if (attempt(() => settleCached(event, session)) !== true) settlePast(context, event, exit)
}

const sum = (event: ActiveEvent): void => {
  const { fields, folded, kind } = event
  if (folded === undefined) return
  const usages = folded.calls.flatMap((call) => call.usage ?? [])
  const usage = fieldOf(kind, "usage")
  if (usages.length > 0) {
    event.usage = Usage.addAll(usages)
    // A kind may have a field for each number, which stay as they are then.
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

const isTold = (event: ActiveEvent, fact: Fact): boolean =>
  event.folded?.told.has(fieldOf(event.kind, fact) ?? "") === true

/** Settles tokens and money of an event, once, before its attempt and its span end. @internal */
export const settleCharge = (
  context: Context.Context<never>,
  event: ActiveEvent,
  session: SessionState | undefined,
  exit: Exit.Exit<unknown, unknown>
): void => {
  if (event.kind.category !== "modelCall") return
  const { folded } = event
  const tells = (call: ActiveEvent) => call.usage !== undefined || call.costNanos !== undefined
  // What the program tells of the whole holds for the whole.
  if (folded === undefined || isTold(event, "usage") || isTold(event, "cost") || !folded.calls.some(tells)) {
    // The answer of a call inside of this one has been counted with that call.
    settleOne(context, event, folded === undefined ? session : undefined, exit)
  } else attempt(() => sum(event))
}

/** What an attempt says of its call. */
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

/** Has an attempt say which call it was and what it cost. @internal */
export const tellAttempt = (span: Tracer.Span | undefined, event: ActiveEvent): void => {
  if (!(span instanceof RecordedSpan) || event.kind.category !== "modelCall") return
  const call: Record<string, unknown> = {}
  const names = callFields(event.kind)
  for (const fact of facts) {
    const field = names[fact]
    if (field !== undefined && event.fields[field] !== undefined) call[field] = event.fields[field]
  }
  span.call = call
}
