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
import type { Category, Ended, Measure } from "../../EventKind.ts"
import type { ActiveEvent } from "../event/activeEvent.ts"
import { agentFacts } from "../event/facts.ts"
import { findAround, isTold } from "../startSpan.ts"
import { measureCategory } from "./category.ts"

/** The nearest agent around a span, on another library's tracer too. */
const agentAround = (span: Tracer.Span): ActiveEvent | undefined =>
  isTold(span) ? span.agent : findAround(
    Option.getOrUndefined(span.parent),
    ({ attemptNumber, record }) => attemptNumber === 0 && record?.kind.category === "agent" ? record : undefined
  )

/** Seconds between two times of a clock in nanoseconds. @internal */
export const seconds = (from: bigint, to: bigint): number => Number(notBefore(from, to) - from) / 1e9

const countCall = (agent: ActiveEvent, category: Category | undefined): void => {
  if (category !== "modelCall" && category !== "tool") return
  agent.calls ??= { llm: 0, tool: 0 }
  agent.calls[category === "tool" ? "tool" : "llm"]++
}

const noCalls = { llm: 0, tool: 0 }
const noGaps: ReadonlyArray<number> = []

const ended = (
  record: ActiveEvent,
  span: Tracer.Span,
  agent: ActiveEvent | undefined,
  exit: Exit.Exit<unknown, unknown>,
  endTime: bigint,
  convention: MeterHub["convention"]
): Ended => {
  const errorType = failureOf(exit)?.errorType ?? (record.success ? undefined : "unsuccessful")
  return {
    fields: record.fields,
    duration: seconds(span.status.startTime, endTime),
    endState: errorType !== undefined ? "Fail" : isInterrupted(exit) ? "Indeterminate" : "Success",
    errorType,
    agent: agent === undefined ? undefined : agentFacts(agent).name,
    calls: record.calls ?? noCalls,
    chunkGaps: record.chunks?.gaps ?? noGaps,
    convention
  }
}

/** @internal */
export const measureEvent = (
  context: Context.Context<never>,
  record: ActiveEvent,
  exit: Exit.Exit<unknown, unknown>,
  endTime: bigint
): void => {
  const meter = Context.get(context, Meter)
  const { kind, span } = record
  if (!meter.active || span === undefined) return
  const agent = agentAround(span)
  if (agent !== undefined) countCall(agent, kind.category)
  // A kind's metrics may be a user's, and telemetry must not fail the effect.
  try {
    const event = ended(record, span, agent, exit, endTime, meter.convention)
    const measure: Measure = (instrument, value, attributes) =>
      void meter.record(instrument as never, value, attributes as never, span, endTime)
    if (kind.metrics === undefined) measureCategory(record, event, measure)
    else kind.metrics(event, measure)
  } catch {
    // The event goes unmeasured; its span tells of it all the same.
  }
}
