/**
 * Sessions of what has happened before: imports and replays.
 *
 * A child starts after its root, so a session begins before the first event that is recorded in it. Backends take the
 * name of a trace off the span that started first. Where nothing but the past is in a session, it ends when that did.
 *
 * @internal
 */
import { notBefore } from "../../../core/internal/time.ts"
import { RecordedSpan } from "../span.ts"
import type { SessionState } from "./sessionState.ts"

const tick = BigInt(1)

/** A moment before, as far as there is one. @internal */
export const justBefore = (time: bigint): bigint => time > BigInt(0) ? time - tick : time

/** Notes an event of the past. @internal */
export const notePast = (state: SessionState, start: bigint, end: bigint): void => {
  state.recorded++
  if (state.recordedUntil === undefined || end > state.recordedUntil) state.recordedUntil = end
  // Of a session that goes on elsewhere, the beginning is elsewhere too.
  if (state.endTime !== undefined || state.continued || start >= state.startTime) return
  state.isPast = true
  state.startTime = start
  if (start < state.began) state.began = start
  if (state.root instanceof RecordedSpan) Object.assign(state.root, { startTime: justBefore(start) })
}

/** When a session ends that is ended now. @internal */
export const endOf = (state: SessionState, now: bigint): bigint =>
  notBefore(
    state.startTime,
    state.isPast && state.recorded === state.events && state.recordedUntil !== undefined ? state.recordedUntil : now
  )
