/**
 * Stores an activity's totals with its result in the engine.
 *
 * So totals are as durable as results, and count once however often the workflow is replayed.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Usage from "../../../model/Usage.ts"
import type { SessionState } from "../../../trace/internal/session/sessionState.ts"
import { totalsOf } from "../../../trace/internal/session/summary.ts"

const Totals = Schema.Struct({
  llmCalls: Schema.Natural,
  toolCalls: Schema.Natural,
  actions: Schema.Natural,
  errors: Schema.Natural,
  unpricedCalls: Schema.Natural,
  costNanos: Schema.Finite,
  usage: Usage.Reported,
  /** The end of the activity, and how long its session had waited by then, in milliseconds. */
  ended: Schema.Finite,
  waited: Schema.Finite
})

/** @internal */
export interface Totals extends Schema.Schema.Type<typeof Totals> {}

const key = "effect-agentops"

const Envelope = Schema.Struct({ [key]: Totals, value: Schema.optional(Schema.Unknown) })

const decode = Schema.decodeUnknownOption(Envelope)

const put = (value: unknown, totals: Totals) => ({ [key]: totals, value })

/** Splits a stored result into its value and its totals. A result without totals was stored without this layer. */
const open = (kept: unknown): readonly [value: unknown, totals: Totals | undefined] =>
  Option.match(decode(kept), {
    onNone: () => [kept, undefined],
    onSome: (envelope) => [envelope.value ?? null, envelope[key]]
  })

/** The totals of a part of a session. @internal */
export const totalsOfPart = (part: SessionState, waitedNanos: bigint, now: bigint): Totals => {
  const { duration: _, waited: __, worked: ___, ...counts } = totalsOf(part, now)
  return { ...counts, ended: Number(now / BigInt(1_000_000)), waited: Number(waitedNanos) / 1e6 }
}

/** Adds the totals to the result or the error of an activity. @internal */
export const withTotals = <A, E, R>(self: Effect.Effect<A, E, R>, totals: () => Totals) =>
  Effect.matchEffect(self, {
    onFailure: (error) => Effect.suspend(() => Effect.fail(put(error, totals()))),
    onSuccess: (value) => Effect.sync(() => put(value, totals()))
  })

/** Splits the exit of an activity into the original exit and the totals. @internal */
export const withoutTotals = (
  exit: Exit.Exit<unknown, unknown>
): readonly [exit: Exit.Exit<unknown, unknown>, totals: Totals | undefined] => {
  if (exit._tag === "Success") {
    const [value, totals] = open(exit.value)
    return [Exit.succeed(value), totals]
  }
  let totals: Totals | undefined
  const reasons = exit.cause.reasons.map((reason) => {
    if (!Cause.isFailReason(reason) && !Cause.isDieReason(reason)) return reason
    const [error, found] = open(Cause.isFailReason(reason) ? reason.error : reason.defect)
    totals ??= found
    if (found === undefined) return reason
    return Cause.isFailReason(reason) ? Cause.makeFailReason(error) : Cause.makeDieReason(error)
  })
  return [Exit.failCause(Cause.fromReasons(reasons)), totals]
}

/** A schema for any exit, so that the engine does not decode the value. @internal */
export const AnyExit = Schema.Exit(Schema.Unknown, Schema.Unknown, Schema.Unknown)
