/**
 * Which spans an exporter takes.
 *
 * @internal
 */
import type { Sink, Span } from "../../trace/Span.ts"

/** What a user can give as the filter of an exporter. @internal */
export type Filter = "sessions" | ((span: Span) => boolean)

/** Traces that are remembered to have had a session. */
const maxTraces = 10_000

/** A span of a session, or of a trace that had one: what is around a session ends after it. */
const ofSessions = (): (span: Span) => boolean => {
  const traces = new Set<string>()
  return ({ session, traceId }) => {
    if (session === undefined) return traces.has(traceId)
    if (!traces.has(traceId)) {
      if (traces.size >= maxTraces) traces.delete(traces.values().next().value!)
      traces.add(traceId)
    }
    return true
  }
}

/** Whether a span is wanted; one that the program's own filter throws on is. @internal */
export const makeFilter = (filter: Filter | undefined): ((span: Span) => boolean) | undefined => {
  if (filter === undefined) return undefined
  if (filter === "sessions") return ofSessions()
  return (span) => {
    try {
      return filter(span) !== false
    } catch {
      return true
    }
  }
}

/** A sink that is given what a filter lets through. @internal */
export const filtered = (sink: Sink, filter: ((span: Span) => boolean) | undefined): Sink => {
  if (filter === undefined) return sink
  const { onEnd, onStart } = sink
  const through = (f: (span: Span) => void) => (span: Span): void => {
    if (filter(span)) f(span)
  }
  return {
    get content() {
      return sink.content
    },
    onEnd: through(onEnd),
    onStart: onStart === undefined ? undefined : through(onStart)
  }
}
