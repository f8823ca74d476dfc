/**
 * Attempts only where an event took several: one that was the only one says nothing that its event does not.
 *
 * What happens in an attempt is inside of it, and ends before anybody knows whether another attempt follows. So what is
 * inside of a first attempt is told as inside of the event, and a first attempt waits for the next, or for the event's
 * end.
 *
 * @internal
 */
import * as Option from "effect/Option"
import type { SpanData } from "../../core/SpanData.ts"
import { isRemote } from "../../trace/internal/otelSpanContext.ts"
import { RecordedSpan } from "../../trace/internal/span.ts"
import type { Sink, Span, TracedEvent } from "../../trace/Span.ts"

const isFirst = ({ attempt }: Span): boolean => attempt?.number === 1

/** A span's data with the event for its parent, where that is a first attempt. @internal */
export const insideOfEvent = (span: Span, data: SpanData): SpanData => {
  const parent = Option.getOrUndefined(span.parent)
  if (!(parent instanceof RecordedSpan) || !isFirst(parent)) return data
  const event = Option.getOrUndefined(parent.parent)
  return { ...data, parentSpanId: event?.spanId, parentIsRemote: event !== undefined && isRemote(event) }
}

/** A sink that is given no attempt that was the only one. @internal */
export const severalAttempts = ({ content, onEnd, onStart }: Sink): Sink => {
  const waiting = new WeakMap<TracedEvent, Span>()
  const retried = new WeakSet<TracedEvent>()
  return {
    content,
    // What a disk knows to have started must end.
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
