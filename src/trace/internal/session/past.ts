/**
 * Sessions of past events: imports and replays.
 *
 * A session begins before its first recorded event, because a child starts after its root and backends name a trace
 * after its earliest span. If a session contains only past events, it ends with the last of them.
 *
 * @internal
 */
import { notBefore } from "../../../core/internal/time.ts"
import { RecordedSpan } from "../span.ts"
import type { SessionState } from "./sessionState.ts"

const tick = BigInt(1)

/** The time one nanosecond earlier, at least 0. @internal */
export const justBefore = (time: bigint): bigint => time > BigInt(0) ? time - tick : time

/** Records the times of a past event. @internal */
export const recordPastTimes = (state: SessionState, start: bigint, end: bigint): void => {
  state.recorded++
  if (state.recordedUntil === undefined || end > state.recordedUntil) state.recordedUntil = end
  // The start of a continued session is in another process.
  if (state.endTime !== undefined || state.continued || start >= state.startTime) return
  state.isPast = true
  state.startTime = start
  if (start < state.began) state.began = start
  if (state.root instanceof RecordedSpan) Object.assign(state.root, { startTime: justBefore(start) })
}

/** The end time of a session that ends now. @internal */
export const endOf = (state: SessionState, now: bigint): bigint =>
  notBefore(
    state.startTime,
    state.isPast && state.recorded === state.events && state.recordedUntil !== undefined ? state.recordedUntil : now
  )
