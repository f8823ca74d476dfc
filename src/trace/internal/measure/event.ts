/**
 * Records the metrics of an event that has ended, from the clock values of its span.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import { failureOf, isInterrupted } from "../../../core/internal/failure.ts"
import { notBefore } from "../../../core/internal/time.ts"
import type { MeterHub } from "../../../metrics/internal/meter.ts"
import { Meter } from "../../../metrics/internal/meter.ts"
import type { Ended } from "../../Event.ts"
import { Span } from "../../Span.ts"
import type { EventRecord } from "../event/activeEvent.ts"
import { roleOf } from "../startSpan.ts"

/** The nearest agent around a span, on another library's tracer too. @internal */
const agentAround = (span: Tracer.Span): EventRecord | undefined => {
  if (span instanceof Span && span.role !== undefined) return span.agent
  let parent = Option.getOrUndefined(span.parent)
  while (parent !== undefined) {
    const role = roleOf(parent)
    if (role?._tag === "Event" && role.record.kind.name === "agent") return role.record
    parent = parent._tag === "Span" ? Option.getOrUndefined(parent.parent) : undefined
  }
  return undefined
}

/** Seconds between two times of a clock in nanoseconds. @internal */
export const seconds = (from: bigint, to: bigint): number => Number(notBefore(from, to) - from) / 1e9

const countCall = (agent: EventRecord, kind: string): void => {
  if (kind !== "llm" && kind !== "tool") return
  agent.calls ??= { llm: 0, tool: 0 }
  agent.calls[kind]++
}

const noCalls = { llm: 0, tool: 0 }
const noGaps: ReadonlyArray<number> = []

const ended = (
  record: EventRecord,
  span: Tracer.Span,
  agent: EventRecord | undefined,
  exit: Exit.Exit<unknown, unknown>,
  endTime: bigint,
  convention: MeterHub["convention"]
): Ended => {
  const errorType = failureOf(exit)?.errorType ?? (record.unsuccessful ? "unsuccessful" : undefined)
  const name = agent?.fields["name"]
  return {
    fields: record.fields,
    duration: seconds(span.status.startTime, endTime),
    endState: errorType !== undefined ? "Fail" : isInterrupted(exit) ? "Indeterminate" : "Success",
    errorType,
    agent: typeof name === "string" ? name : undefined,
    calls: record.calls ?? noCalls,
    chunkGaps: record.chunks?.gaps ?? noGaps,
    convention
  }
}

/** @internal */
export const measureEvent = (
  context: Context.Context<never>,
  record: EventRecord,
  exit: Exit.Exit<unknown, unknown>,
  endTime: bigint
): void => {
  const meter = Context.get(context, Meter)
  const { kind, span } = record
  if (!meter.active || span === undefined) return
  const agent = agentAround(span)
  if (agent !== undefined) countCall(agent, kind.name)
  if (kind.metrics === undefined) return
  // A kind's metrics may be a user's, and telemetry must not fail the effect.
  try {
    kind.metrics(
      ended(record, span, agent, exit, endTime, meter.convention),
      (instrument, value, attributes) =>
        void meter.record(instrument as never, value, attributes as never, span, endTime)
    )
  } catch {
    // The event goes unmeasured; its span tells of it all the same.
  }
}
