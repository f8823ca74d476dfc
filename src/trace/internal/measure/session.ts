/**
 * Records the metrics of a session that has ended.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Tracer from "effect/Tracer"
import { seconds } from "../../../core/internal/time.ts"
import type { Instrument } from "../../../metrics/Instrument.ts"
import { Meter } from "../../../metrics/internal/meter.ts"
import { agentOps } from "../../EventMetrics.ts"
import type { SessionState } from "../session/sessionState.ts"
import { tracerEnabled } from "../startSpan.ts"

/** @internal */
export const measureSession = (
  context: Context.Context<never>,
  session: SessionState,
  span: Tracer.Span,
  endTime: bigint
): void => {
  const meter = Context.get(context, Meter)
  // A continued session is counted in the process where it began, and a suspended one where it ends.
  if (
    !meter.active || (session.continued && !session.isResumed) || session.isSuspended || !tracerEnabled(context) ||
    session.endTime === undefined
  ) return
  const attributes = {
    "agentops.session.name": session.name,
    "gen_ai.agent.name": session.agent,
    "agentops.session.end_state": session.endState
  }
  const record = (instrument: unknown, value: number) =>
    meter.record(instrument as Instrument, value, attributes, span, endTime)
  record(agentOps.sessions, 1)
  record(agentOps.sessionDuration, seconds(session.began, session.endTime))
  record(agentOps.sessionCost, session.costNanos - session.innerNanos)
}
