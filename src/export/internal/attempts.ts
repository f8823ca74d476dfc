/**
 * Exports attempts only if an event took several, because a single attempt repeats its event.
 *
 * The children of an attempt end before a further attempt is known. So the children of a first attempt are exported as
 * children of the event, and a first attempt waits for the next attempt or for the end of the event.
 *
 * @internal
 */
import * as Option from "effect/Option"
import type { SpanData } from "../../core/SpanData.ts"
import { isRemote } from "../../trace/internal/otelSpanContext.ts"
import { RecordedSpan } from "../../trace/internal/span.ts"
import type { Sink, Span, TracedEvent } from "../../trace/Span.ts"

const isFirst = ({ attempt }: Span): boolean => attempt?.number === 1

/** A span's data. If its parent is a first attempt, the event becomes the parent. @internal */
export const insideOfEvent = (span: Span, data: SpanData): SpanData => {
  const parent = Option.getOrUndefined(span.parent)
  if (!(parent instanceof RecordedSpan) || !isFirst(parent)) return data
  const event = Option.getOrUndefined(parent.parent)
  return { ...data, parentSpanId: event?.spanId, parentIsRemote: event !== undefined && isRemote(event) }
}

/** A sink that does not receive single attempts. @internal */
export const severalAttempts = ({ content, onEnd, onStart }: Sink): Sink => {
  const waiting = new WeakMap<TracedEvent, Span>()
  const retried = new WeakSet<TracedEvent>()
  return {
    content,
    // The start of a first attempt is not passed on, because its end may never be.
    onStart: onStart === undefined ? undefined : (span) => isFirst(span) ? undefined : onStart(span),
    onEnd: (span) => {
      const event = span.attempt?.event
      if (event === undefined) return onEnd(span)
      if (isFirst(span) && !retried.has(event)) return void waiting.set(event, span)
      const first = waiting.get(event)
      if (first !== undefined) onEnd(first)
      waiting.delete(event)
      retried.add(event)
      onEnd(span)
    }
  }
}
