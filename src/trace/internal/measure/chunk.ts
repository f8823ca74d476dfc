/**
 * Takes note of a chunk of a streamed answer.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Option from "effect/Option"
import type { EventRecord } from "../event/activeEvent.ts"
import { maximumGaps } from "../event/activeEvent.ts"
import { currentParent, roleOf, spanTime } from "../startSpan.ts"
import { seconds } from "./event.ts"

const currentLlmEvent = (context: Context.Context<never>): EventRecord | undefined => {
  let span = Option.getOrUndefined(currentParent(context))
  while (span !== undefined) {
    const role = roleOf(span)
    if (role !== undefined && role._tag !== "Session" && role.record.kind.name === "llm") return role.record
    span = span._tag === "Span" ? Option.getOrUndefined(span.parent) : undefined
  }
  return undefined
}

/** @internal */
export const markChunk = (context: Context.Context<never>): void => {
  const record = currentLlmEvent(context)
  if (record?.span === undefined || record.span.status._tag === "Ended") return
  const now = spanTime(context)
  if (record.chunks === undefined) {
    record.chunks = { last: now, count: 1, gaps: [] }
    record.fields["stream"] ??= true
    record.fields["timeToFirstChunk"] ??= seconds(record.span.status.startTime, now)
  } else {
    const { chunks } = record
    if (chunks.gaps.length < maximumGaps) chunks.gaps.push(seconds(chunks.last, now))
    chunks.last = now
    chunks.count++
  }
}
