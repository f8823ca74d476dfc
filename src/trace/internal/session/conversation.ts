/**
 * The conversation in which a session is a turn.
 *
 * @internal
 */
import * as Tracer from "effect/Tracer"
import { hasValidIds } from "../../../core/internal/ids.ts"
import { shallow, textOf, tryOrUndefined } from "../../../core/internal/inspect.ts"
import type { Conversation, Totals } from "../../SessionSummary.ts"
import { combine } from "../../SessionSummary.ts"

type Last = NonNullable<Conversation["last"]>

// The last turn of each recent conversation in this process. The number is limited, because a server has many.
const remembered = new Map<string, Last>()
const maximum = 1000

const lastOf = ({ sampled, spanId, traceId }: Tracer.Span): Last => ({ traceId, spanId, sampled })

/** Stores the last turn of a conversation. @internal */
export const remember = (id: string, root: Tracer.Span): void => {
  remembered.delete(id)
  remembered.set(id, lastOf(root))
  if (remembered.size <= maximum) return
  for (const oldest of remembered.keys()) {
    remembered.delete(oldest)
    return
  }
}

/** Reads a program's conversation, which may come from its own store and so have any form. @internal */
export const readConversation = (given: unknown): Conversation | undefined => {
  if (given === undefined || given === null) return undefined
  if (typeof given !== "object") {
    const id = textOf(given)
    return { id, turns: 0, last: remembered.get(id) }
  }
  const { id, last, totals, turns } = shallow(given)
  if (id === undefined) return undefined
  const { sampled, spanId, traceId } = shallow(last)
  const span = { traceId: textOf(traceId), spanId: textOf(spanId), sampled: sampled !== false }
  return {
    id: textOf(id),
    turns: Number.isSafeInteger(turns) && turns as number >= 0 ? turns as number : 0,
    last: hasValidIds(span) ? span : undefined,
    totals: totals === undefined ? undefined : tryOrUndefined(() => combine([totals as Totals]))
  }
}

/** The link of a turn to the previous one. @internal */
export const linkToLast = ({ last }: Conversation): ReadonlyArray<Tracer.SpanLink> =>
  last === undefined
    ? []
    : [{ span: Tracer.externalSpan(last), attributes: { "agentops.link": "previous_turn" } }]

/** The conversation after a turn. @internal */
export const afterTurn = (
  { id, totals: before, turns }: Conversation,
  root: Tracer.Span,
  totals: Totals
): Conversation => ({
  id,
  turns: turns + 1,
  last: lastOf(root),
  totals: combine(before === undefined ? [totals] : [before, totals])
})
