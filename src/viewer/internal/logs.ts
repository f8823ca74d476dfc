/**
 * Log records for display, and the messages that they contain.
 *
 * @internal
 */
import { messagesOfEvents } from "../../convention/internal/decode/events.ts"
import type { LogData } from "../../core/LogData.ts"
import type { LogView, SpanView } from "../SpanView.ts"
import { plainAttributes, toMillis } from "../SpanView.ts"

/** @internal */
export const toLogView = (log: LogData): LogView => ({
  traceId: log.traceId,
  spanId: log.spanId,
  time: toMillis(log.time),
  severity: log.severityText,
  severityNumber: log.severityNumber,
  event: log.eventName,
  body: plainAttributes({ body: log.body as never })["body"],
  attributes: plainAttributes(log.attributes)
})

/** Spans, completed with the messages of their log records. @internal */
export const withLogs = (spans: ReadonlyArray<SpanView>, logs: ReadonlyArray<LogView>): ReadonlyArray<SpanView> => {
  if (logs.length === 0) return spans
  const bySpan = new Map<string, Array<LogView>>()
  for (const log of logs) {
    const known = bySpan.get(log.spanId)
    if (known === undefined) bySpan.set(log.spanId, [log])
    else known.push(log)
  }
  return spans.map((span) => {
    const own = span.category === "llm" ? bySpan.get(span.spanId) : undefined
    if (own === undefined || (span.inputMessages !== undefined && span.outputMessages !== undefined)) return span
    const ordered = own.toSorted((a, b) => a.time - b.time)
    const { input, output } = messagesOfEvents(ordered.map((log) => ({ ...log, name: log.event ?? "" })))
    return {
      ...span,
      inputMessages: span.inputMessages ?? (input.length > 0 ? input : undefined),
      outputMessages: span.outputMessages ?? (output.length > 0 ? output : undefined)
    }
  })
}
