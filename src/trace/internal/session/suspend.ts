/**
 * Suspends a session here and restores it where it is resumed.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"
import { hasValidIds } from "../../../core/internal/ids.ts"
import { sampledFlag } from "../../../core/internal/traceState.ts"
import { toTraceId } from "../../../core/SessionId.ts"
import * as Usage from "../../../model/Usage.ts"
import type { Key } from "../../SessionToken.ts"
import { RecordedSpan } from "../span.ts"
import { clockTime } from "../startSpan.ts"
import { currentSession } from "./currentSession.ts"
import type { SessionState } from "./sessionState.ts"
import { totalsOf } from "./summary.ts"
import type { Suspended } from "./token.ts"
import { writeToken } from "./token.ts"

const nanosPerMilli = BigInt(1_000_000)

const toMillis = (nanos: bigint): number => Number(nanos / nanosPerMilli)

const toNanos = (millis: number): bigint => BigInt(Math.round(millis)) * nanosPerMilli

const flagsOf = (span: Tracer.Span): number =>
  span instanceof RecordedSpan ? span.traceFlags : span.sampled ? sampledFlag : 0

const suspendedOf = (state: SessionState, root: Tracer.Span, now: bigint, lasts: Duration.Duration): Suspended => {
  const { costNanos, duration: _, usage, waited: __, worked: ___, ...counts } = totalsOf(state, now)
  const own = state.budgets.find(({ sessionId }) => sessionId === state.id)
  const suspended = toMillis(now)
  const ownTrace = toTraceId(state.id)
  const traceId = hasValidIds(root) ? root.traceId : ownTrace
  return {
    ...traceId === ownTrace ? undefined : { id: state.id },
    ...hasValidIds(root) ? { spanId: root.spanId } : undefined,
    traceId,
    flags: flagsOf(root),
    name: state.name.slice(0, 100),
    ...state.conversation === undefined ? undefined : { conversation: state.conversation.id.slice(0, 100) },
    turns: state.conversation?.turns ?? 0,
    began: toMillis(state.began),
    suspended,
    deadline: Math.min(suspended + Duration.toMillis(lasts), Number.MAX_SAFE_INTEGER),
    waited: toMillis(state.waitedNanos),
    ...counts,
    costNanos: Math.round(costNanos),
    spentNanos: Math.round(own?.spentNanos ?? costNanos),
    usage
  }
}

/** @internal */
export const suspendSession = (key: Key | undefined, lasts: Duration.Duration): Effect.Effect<string> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.suspend(() => {
      const state = currentSession(context)
      if (state?.root === undefined) return Effect.die(new Error("Session.suspend: there is no session here"))
      state.isSuspended = true
      const now = clockTime(context)
      return writeToken(suspendedOf(state, state.root, now, lasts), key)
    })
  )

/** Restores the state of a session from before its suspension. @internal */
export const restoreState = (state: SessionState, session: Suspended, now: bigint): void => {
  state.isResumed = true
  state.began = toNanos(session.began)
  const waited = now - toNanos(session.suspended)
  state.waitedNanos = toNanos(session.waited) + (waited > BigInt(0) ? waited : BigInt(0))
  state.llmCalls = session.llmCalls
  state.toolCalls = session.toolCalls
  state.actions = session.actions
  state.errors = session.errors
  state.unpricedCalls = session.unpricedCalls
  state.costNanos = session.costNanos
  state.usage = Usage.add(Usage.zero, session.usage)
  if (session.conversation !== undefined && state.conversation === undefined) {
    state.conversation = { id: session.conversation, turns: session.turns, last: undefined }
  }
}
