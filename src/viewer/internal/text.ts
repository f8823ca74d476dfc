/**
 * The searchable text of a span.
 *
 * @internal
 */
import type { SpanView } from "../SpanView.ts"

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
