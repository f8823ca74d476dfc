/**
 * The summary of a session.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { notBefore } from "../../../core/internal/time.ts"
import type { Summary, Totals } from "../../SessionSummary.ts"
import { afterTurn } from "./conversation.ts"
import { contentOf } from "./sessionContent.ts"
import type { SessionState } from "./sessionState.ts"

const millis = (from: bigint, to: bigint): number => Number(notBefore(from, to) - from) / 1e6

/** @internal */
export const totalsOf = (state: SessionState, now: bigint): Totals => {
  const duration = millis(state.began, state.endTime ?? now)
  const waited = Math.min(duration, Number(state.waitedNanos) / 1e6)
  return {
    llmCalls: state.llmCalls,
    toolCalls: state.toolCalls,
    actions: state.actions,
    errors: state.errors,
    usage: state.usage,
    costNanos: state.costNanos,
    unpricedCalls: state.unpricedCalls,
    duration,
    worked: duration - waited,
    waited
  }
}

/** The current summary of a session. @internal */
export const toSummary = (state: SessionState): Effect.Effect<Summary> =>
  Effect.clockWith((clock) =>
    Effect.sync(() => {
      const totals = totalsOf(state, clock.currentTimeNanosUnsafe())
      const { conversation, root } = state
      return {
        id: state.id,
        traceId: state.traceId,
        name: state.name,
        endState: state.endState,
        endStateReason: state.endStateReason,
        tags: Array.from(state.tags),
        metadata: { ...state.metadata },
        ...contentOf(state),
        userId: state.userId,
        agent: state.agent,
        conversation: conversation === undefined || root === undefined
          ? undefined
          : afterTurn(conversation, root, totals),
        ...totals
      }
    })
  )
