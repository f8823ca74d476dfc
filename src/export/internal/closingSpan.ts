/**
 * A span without duration at the end of a session, for a backend that reads a trace's outcome and end from the span
 * that started last.
 *
 * @internal
 */
import { randomSpanId } from "../../core/internal/ids.ts"
import type { SpanData } from "../../core/SpanData.ts"
import { make } from "../../core/SpanData.ts"

/** The closing span of a session, made from its root. @internal */
export const closingSpan = (root: SpanData): SpanData => {
  const id = root.attributes["session.id"]
  return make({
    traceId: root.traceId,
    spanId: randomSpanId(),
    parentSpanId: root.spanId,
    traceState: root.traceState,
    random: root.random ?? false,
    name: "end",
    status: root.status,
    startTime: root.endTime,
    endTime: root.endTime,
    attributes: id === undefined ? {} : { "session.id": id },
    resource: root.resource,
    scope: root.scope
  })
}
