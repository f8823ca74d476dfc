/**
 * A span for display: its decoded facts as plain JSON.
 *
 * Times are milliseconds since the Unix epoch with fractions. A double is exact to a quarter of a microsecond.
 *
 * @since 0.1.0
 */
import * as Decoder from "../convention/Decoder.ts"
import type { Attributes } from "../core/Attribute.ts"
import type { SpanData } from "../core/SpanData.ts"
import type * as Pricing from "../model/Pricing.ts"
import { toDollars } from "../model/Pricing.ts"

/**
 * An event of a span.
 *
 * @category models
 * @since 0.1.0
 */
export interface EventView {
  readonly name: string
  readonly time: number
  readonly attributes: Readonly<Record<string, unknown>>
}

/**
 * A link of a span to another.
 *
 * @category models
 * @since 0.1.0
 */
export interface LinkView {
  readonly traceId: string
  readonly spanId: string
  readonly attributes: Readonly<Record<string, unknown>>
}

/**
 * A log record of a span.
 *
 * @category models
 * @since 0.1.0
 */
export interface LogView {
  readonly traceId: string
  readonly spanId: string
  readonly time: number
  readonly severity: string
  readonly severityNumber: number
  /** The name of the event, if the log record is one. */
  readonly event: string | undefined
  readonly body: unknown
  readonly attributes: Readonly<Record<string, unknown>>
}

/**
 * The outcome of a span.
 *
 * @category models
 * @since 0.1.0
 */
export type SpanState = "ok" | "failed" | "interrupted"

/**
 * A span for display.
 *
 * **Details**
 *
 * `cost` is in US dollars. If `costIsEstimated`, it was computed from tokens and prices, because the span has none.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpanView extends Omit<Decoder.DecodedSpan, "interrupted"> {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: string
  readonly state: SpanState
  /** The original status. */
  readonly status: SpanData["status"]
  readonly start: number
  readonly duration: number
  /** The original start and end in nanoseconds, as strings because a double is too inexact. */
  readonly nanos: readonly [start: string, end: string]
  readonly service: string
  readonly scope: string
  readonly scopeVersion: string | undefined
  readonly costIsEstimated: boolean
  readonly stack: string | undefined
  readonly events: ReadonlyArray<EventView>
  readonly links: ReadonlyArray<LinkView>
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
}

/**
 * Converts nanoseconds since the epoch to milliseconds.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toMillis = (nanos: bigint): number => Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6

const hexDigits = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

// The limit keeps recursive readers of the value from overflowing the stack.
const maxDepth = 100

/** Converts a value to plain JSON that reads the same. */
const plain = (value: unknown, depth: number): unknown => {
  if (typeof value === "bigint") return value.toString()
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (value instanceof Uint8Array) return hexDigits(value.subarray(0, 1024))
  if (typeof value !== "object" || value === null) return value
  if (depth > maxDepth) return "…"
  return Array.isArray(value)
    ? value.map((item) => plain(item, depth + 1))
    : plainRecord(value as Record<string, unknown>, depth + 1)
}

const plainRecord = (
  record: Readonly<Record<string, unknown>>,
  depth = 0
): Readonly<Record<string, unknown>> => {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(record)) {
    Object.defineProperty(copy, key, { value: plain(record[key], depth), enumerable: true, configurable: true })
  }
  return copy
}

/**
 * Attributes as plain JSON.
 *
 * @category conversions
 * @since 0.1.0
 */
export const plainAttributes = (attributes: Attributes): Readonly<Record<string, unknown>> => plainRecord(attributes)

const costOf = (decoded: Decoder.DecodedSpan, pricing: Pricing.Pricing) => {
  if (decoded.cost !== undefined) return { cost: decoded.cost, costIsEstimated: false }
  const model = decoded.responseModel ?? decoded.model
  if (decoded.usage === undefined || model === undefined) return { cost: undefined, costIsEstimated: false }
  const { provider, usage } = decoded
  const nanos = pricing.cost({ provider, model, usage }) ??
    (decoded.model === undefined ? undefined : pricing.cost({ provider, model: decoded.model, usage }))
  return nanos === undefined || !Number.isFinite(nanos)
    ? { cost: undefined, costIsEstimated: false }
    : { cost: toDollars(nanos), costIsEstimated: true }
}

/**
 * The service name of a resource.
 *
 * @category conversions
 * @since 0.1.0
 */
export const serviceOf = (resource: Attributes): string => {
  const name = resource["service.name"]
  return typeof name === "string" ? name : "unknown_service"
}

/**
 * Decodes a span and computes its cost.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (span: SpanData, pricing: Pricing.Pricing): SpanView => {
  const { interrupted, ...decoded } = Decoder.decode(span)
  const failed = span.status.code === "error" || (decoded.errorType !== undefined && !interrupted)
  const exception = span.events.findLast(({ name }) => name === "exception")
  const stack = exception?.attributes["exception.stacktrace"]
  return {
    ...decoded,
    ...costOf({ ...decoded, interrupted }, pricing),
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === "" ? undefined : span.parentSpanId,
    name: span.name,
    kind: span.kind,
    state: failed ? "failed" : interrupted ? "interrupted" : "ok",
    status: span.status,
    start: toMillis(span.startTime),
    // The wall clock may have been set back between start and end.
    duration: Math.max(0, Number(span.endTime - span.startTime) / 1e6),
    service: serviceOf(span.resource.attributes),
    nanos: [span.startTime.toString(), span.endTime.toString()],
    scope: span.scope.name,
    scopeVersion: span.scope.version,
    stack: typeof stack === "string" ? stack : undefined,
    events: span.events.map((event) => ({
      name: event.name,
      time: toMillis(event.time),
      attributes: plainRecord(event.attributes)
    })),
    links: span.links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      attributes: plainRecord(link.attributes)
    })),
    attributes: plainRecord(span.attributes),
    resource: plainRecord(span.resource.attributes)
  }
}

/**
 * The failure of a span as one text: its type and its message, as far as they are known.
 *
 * @category conversions
 * @since 0.1.0
 */
export const failureOf = ({ errorMessage, errorType, state }: SpanView): string =>
  state !== "failed"
    ? ""
    : errorType === undefined || (errorType === "error" && errorMessage !== undefined)
    ? errorMessage ?? ""
    : errorMessage === undefined || errorMessage === errorType
    ? errorType
    : `${errorType}: ${errorMessage}`

const shortest = (text: string, length: number): string => {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length <= length ? line : `${line.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "")}…`
}

/**
 * A value as one line of text.
 *
 * @category conversions
 * @since 0.1.0
 */
export const oneLine = (value: unknown, length = 300): string =>
  value === undefined || value === null
    ? ""
    : shortest(
      typeof value === "string" ? value.slice(0, length * 4) : (JSON.stringify(value) ?? "").slice(0, length * 4),
      length
    )

type Messages = Decoder.DecodedSpan["inputMessages"]

const textOf = (
  messages: Messages,
  pick: (messages: NonNullable<Messages>) => ReadonlyArray<NonNullable<Messages>[number]>
) =>
  messages === undefined ? "" : pick(messages)
    .flatMap(({ parts }) => parts)
    .map((part) => part.type === "text" && "content" in part ? String(part.content) : "")
    .filter((text) => text !== "")
    .join(" ")

/**
 * The input of a model call as one line: the last user message.
 *
 * @category conversions
 * @since 0.1.0
 */
export const inputText = (span: Pick<SpanView, "inputMessages" | "input">): string =>
  oneLine(textOf(span.inputMessages, (all) => all.filter(({ role }) => role === "user").slice(-1)) || span.input)

/**
 * The output of a model call as one line: its text, or the tools that it calls.
 *
 * @category conversions
 * @since 0.1.0
 */
export const outputText = (span: Pick<SpanView, "outputMessages" | "output">): string => {
  const text = textOf(span.outputMessages, (all) => all)
  if (text !== "") return oneLine(text)
  const tools = (span.outputMessages ?? []).flatMap(({ parts }) => parts)
    .flatMap((part) => part.type === "tool_call" && "name" in part ? [String(part.name)] : [])
  return tools.length > 0 ? `→ ${tools.join(", ")}` : oneLine(span.output)
}
