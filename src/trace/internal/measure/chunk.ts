/**
 * Records the arrival of a chunk of a streamed answer.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Option from "effect/Option"
import { seconds } from "../../../core/internal/time.ts"
import type { ActiveEvent } from "../event/activeEvent.ts"
import { maximumGaps } from "../event/activeEvent.ts"
import { fieldOf } from "../event/facts.ts"
import { currentParent, findAround, spanTime } from "../startSpan.ts"

const currentCall = (context: Context.Context<never>): ActiveEvent | undefined =>
  findAround(
    Option.getOrUndefined(currentParent(context)),
    ({ record }) => record?.kind.category === "modelCall" ? record : undefined
  )

/** Fills in a fact, if the kind has a field for it. */
const fillFact = (record: ActiveEvent, fact: "stream" | "timeToFirstChunk", value: unknown): void => {
  const field = fieldOf(record.kind, fact)
  if (field !== undefined) record.fillIn({ [field]: value })
}

/** @internal */
export const markChunk = (context: Context.Context<never>): void => {
  const record = currentCall(context)
  if (record?.span === undefined || record.span.status._tag === "Ended") return
  const now = spanTime(context)
  if (record.chunks === undefined) {
    record.chunks = { last: now, count: 1, gaps: [] }
    fillFact(record, "stream", true)
    fillFact(record, "timeToFirstChunk", seconds(record.span.status.startTime, now))
  } else {
    const { chunks } = record
    if (chunks.gaps.length < maximumGaps) chunks.gaps.push(seconds(chunks.last, now))
    chunks.last = now
    chunks.count++
  }
}
