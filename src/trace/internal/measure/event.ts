/**
 * Records the metrics of an event that has ended, from the clock values of its span.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import { failureOf, isInterrupted } from "../../../core/internal/failure.ts"
import { seconds } from "../../../core/internal/time.ts"
import type { MeterHub } from "../../../metrics/internal/meter.ts"
import { Meter } from "../../../metrics/internal/meter.ts"
import type { Ended, Measure } from "../../EventKind.ts"
import type { ActiveEvent } from "../event/activeEvent.ts"
import { agentFacts } from "../event/facts.ts"
import { tracerEnabled } from "../startSpan.ts"
import { measureCategory } from "./category.ts"

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
    calls: record.own === undefined ? noCalls : { llm: record.own.llm, tool: record.own.tool },
    chunkGaps: record.chunks?.gaps ?? noGaps,
    convention
  }
}

/** @internal */
export const measureEvent = (
  context: Context.Context<never>,
  record: ActiveEvent,
  agent: ActiveEvent | undefined,
  exit: Exit.Exit<unknown, unknown>,
  endTime: bigint
): void => {
  const meter = Context.get(context, Meter)
  const { kind, span } = record
  if (!meter.active || span === undefined || !tracerEnabled(context)) return
  // A user's metrics function may throw, and telemetry must not fail the effect.
  try {
    const event = ended(record, span, agent, exit, endTime, meter.convention)
    const measure: Measure = (instrument, value, attributes) =>
      void meter.record(instrument as never, value, attributes as never, span, endTime)
    if (kind.metrics === undefined) measureCategory(record, event, measure)
    else kind.metrics(event, measure)
  } catch {
    // The event then has no metrics, only its span.
  }
}
