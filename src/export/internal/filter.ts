/**
 * Selects the spans that an exporter receives.
 *
 * @internal
 */
import type { Sink, Span } from "../../trace/Span.ts"

/** The filter option of an exporter. @internal */
export type Filter = "sessions" | ((span: Span) => boolean)

/** How many traces with a session are remembered. */
const maxTraces = 10_000

/**
 * Accepts the spans of sessions, and later spans of the same traces, because a session ends before the spans around it.
 */
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

/** The filter as a function. If a user's filter throws, the span is accepted. @internal */
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

/** A sink that receives only the accepted spans. @internal */
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
