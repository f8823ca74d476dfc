/**
 * What of a span can be searched, and a log record as it is looked at.
 *
 * @internal
 */
import type { LogData } from "../../core/LogData.ts"
import type { LogView, SpanView } from "../SpanView.ts"
import { plainAttributes, toMillis } from "../SpanView.ts"

const maxText = 4_000

const textOf = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value) ?? ""

/** The text of a span in which a search looks. @internal */
export const searchText = (span: SpanView): string =>
  [
    span.name,
    span.title,
    span.spanId,
    span.sessionId,
    span.userId,
    span.errorType,
    span.errorMessage,
    span.model,
    ...(span.tags ?? []),
    textOf(span.inputMessages?.slice(-2)),
    textOf(span.outputMessages),
    textOf(span.input),
    textOf(span.output)
  ].filter((text) => text !== undefined && text !== "").join(" ").slice(0, maxText)

/** @internal */
export const toLogView = (log: LogData): LogView => ({
  traceId: log.traceId,
  spanId: log.spanId,
  time: toMillis(log.time),
  severity: log.severityText,
  severityNumber: log.severityNumber,
  body: log.eventName === undefined ? log.body : { event: log.eventName, body: log.body },
  attributes: plainAttributes(log.attributes)
})
