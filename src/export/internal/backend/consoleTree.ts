/**
 * Formats a trace as a tree: one line a span, indented by parent.
 *
 * @internal
 */
import type { AttributeValue } from "../../../core/Attribute.ts"
import type { SpanData } from "../../../core/SpanData.ts"
import { printable } from "./printable.ts"

const codes = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 } as const

type Paint = (color: keyof typeof codes, text: string) => string

/** @internal */
export const painter = (colors: boolean): Paint => (color, text) =>
  colors ? `\u001b[${codes[color]}m${text}\u001b[0m` : text

const duration = (span: SpanData): string => {
  // A wall clock may have been set back between start and end.
  const millis = Math.max(0, Number(span.endTime - span.startTime)) / 1e6
  if (millis < 1) return `${Math.round(millis * 1000)}µs`
  if (millis < 1000) return `${millis.toFixed(millis < 10 ? 1 : 0)}ms`
  return `${(millis / 1000).toFixed(2)}s`
}

const maxText = 60

const oneLine = (text: string): string => {
  const clean = printable(text).trim()
  if (clean.length <= maxText) return clean
  // Removes half a surrogate pair at the end.
  return `${clean.slice(0, maxText - 1).replace(/[\ud800-\udbff]$/, "")}…`
}

const text = (value: AttributeValue | undefined): string | undefined =>
  value === undefined ? undefined : oneLine(typeof value === "string" ? value : JSON.stringify(value))

interface MessageLike {
  readonly parts?: ReadonlyArray<{ readonly type?: string; readonly content?: unknown; readonly name?: unknown }>
}

const answer = (value: AttributeValue | undefined): string | undefined => {
  if (typeof value !== "string") return undefined
  try {
    const messages = JSON.parse(value) as ReadonlyArray<MessageLike>
    const parts = messages.flatMap((message) => message.parts ?? [])
    const texts = parts.map((part) =>
      part.type === "text"
        ? String(part.content)
        : part.type === "tool_call"
        ? `→ ${String(part.name)}()`
        : ""
    ).filter((said) => said !== "")
    return texts.length === 0 ? undefined : oneLine(texts.join(" "))
  } catch {
    // An attribute limit may have truncated the JSON.
    return oneLine(value)
  }
}

const tokens = (span: SpanData, input: string, output: string): string | undefined => {
  const taken = text(span.attributes[input])
  const given = text(span.attributes[output])
  return taken === undefined && given === undefined ? undefined : `${taken ?? "?"} → ${given ?? "?"} tokens`
}

/** US dollars with two decimals, and below one cent with two significant digits. */
const dollars = (value: AttributeValue | undefined): string | undefined => {
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) return undefined
  return `$${value >= 0.01 ? value.toFixed(2) : value.toFixed(Math.min(9, 1 - Math.floor(Math.log10(value))))}`
}

/** The attribute with the name of an event, by kind, for events that are neither tools nor actions. */
const names: ReadonlyMap<unknown, string> = new Map([
  ["agent", "gen_ai.agent.name"],
  ["approval", "agentops.approval.name"],
  ["handoff", "agentops.handoff.to"],
  ["guardrail", "agentops.guardrail.name"],
  ["retrieval", "gen_ai.data_source.id"],
  ["memory", "gen_ai.memory.store.id"]
])

const label = (span: SpanData): string => {
  const named = names.get(span.attributes["agentops.event.kind"])
  const of = span.attributes["gen_ai.tool.name"] ?? span.attributes["action.type"] ??
    (named === undefined ? undefined : span.attributes[named])
  return of === undefined ? oneLine(span.name) : `${oneLine(span.name)} ${text(of)}`
}

/** The decision of an approval or a guardrail. */
const decision = ({ attributes }: SpanData): string | undefined => {
  const outcome = attributes["agentops.approval.decision"] ?? attributes["agentops.guardrail.verdict"]
  if (outcome === undefined) return undefined
  const approver = text(attributes["agentops.approval.approver"])
  return text(
    [outcome, approver === undefined ? attributes["agentops.guardrail.category"] : `by ${approver}`]
      .filter((part) => part !== undefined).join(" ")
  )
}

const found = ({ attributes }: SpanData): string | undefined => {
  const count = attributes["agentops.retrieval.document.count"] ?? attributes["agentops.rerank.document.count"]
  return typeof count === "number" ? `${count} ${count === 1 ? "document" : "documents"}` : undefined
}

const details = (span: SpanData): ReadonlyArray<string> =>
  [
    text(span.attributes["gen_ai.response.model"] ?? span.attributes["gen_ai.request.model"]),
    tokens(span, "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
    dollars(span.attributes["agentops.usage.cost"]),
    decision(span),
    found(span),
    answer(span.attributes["gen_ai.output.messages"]),
    text(span.attributes["gen_ai.tool.call.arguments"] ?? span.attributes["action.params"])
  ].filter((part) => part !== undefined)

const spent = (span: SpanData): string | undefined => {
  const usage = tokens(span, "agentops.session.input_tokens", "agentops.session.output_tokens")
  return usage === "0 → 0 tokens" ? undefined : usage
}

const summary = (span: SpanData): ReadonlyArray<string> => {
  const state = text(span.attributes["agentops.session.end_state"])
  if (state === undefined) return []
  const reason = text(span.attributes["agentops.session.end_state_reason"])
  const count = (key: string, one: string, many: string) => {
    const n = Number(span.attributes[`agentops.session.${key}`] ?? 0)
    return n === 0 ? undefined : `${n} ${n === 1 ? one : many}`
  }
  return [
    reason === undefined || reason === "" ? state : `${state} (${reason})`,
    count("llm_calls", "LLM call", "LLM calls"),
    count("tool_calls", "tool call", "tool calls"),
    count("actions", "action", "actions"),
    count("errors", "error", "errors"),
    spent(span),
    dollars(span.attributes["agentops.session.cost"])
  ].filter((part) => part !== undefined)
}

const mark = (span: SpanData, paint: Paint): string =>
  span.status.code === "error"
    ? paint("red", "✗")
    : span.attributes["effect.fiber.interrupted"] === true
    ? paint("yellow", "◌")
    : paint("green", "✓")

/** The failure of a span. @internal */
export const problem = (span: SpanData): string | undefined => {
  // The reason for a session's end state is printed with the state.
  if (span.attributes["agentops.session.end_state"] !== undefined && span.attributes["error.type"] === undefined) {
    return undefined
  }
  if (span.attributes["effect.fiber.interrupted"] === true) return "interrupted"
  if (span.status.code !== "error") return undefined
  const type = text(span.attributes["error.type"])
  const message = span.status.message === undefined ? undefined : oneLine(span.status.message)
  return [type, message].filter((part) => part !== undefined && part !== "").join(": ") || "error"
}

/** A span as one line. @internal */
export const formatSpan = (span: SpanData, paint: Paint): string => {
  const failure = problem(span)
  return [
    `${mark(span, paint)} ${paint("bold", label(span))}`,
    paint("dim", duration(span)),
    ...details(span).map((part) => paint("cyan", part)),
    ...summary(span),
    ...failure === undefined ? [] : [paint(span.status.code === "error" ? "red" : "yellow", failure)]
  ].join("  ")
}

// Deeper spans show their depth as a number, because no terminal is wide enough and the text of a runaway recursion
// would grow with the square of its depth.
const maxIndents = 32

const byStart = (a: SpanData, b: SpanData): number => a.startTime < b.startTime ? -1 : a.startTime > b.startTime ? 1 : 0

/** The roots, which are spans without a parent here, and the children of each other span. @internal */
export const rootsOf = (spans: ReadonlyArray<SpanData>) => {
  const ids = new Set(spans.map((span) => span.spanId))
  const children = new Map<string, Array<SpanData>>()
  const roots: Array<SpanData> = []
  for (const span of spans) {
    const { parentSpanId } = span
    if (parentSpanId === undefined || !ids.has(parentSpanId) || parentSpanId === span.spanId) {
      roots.push(span)
    } else {
      const siblings = children.get(parentSpanId)
      if (siblings === undefined) children.set(parentSpanId, [span])
      else siblings.push(span)
    }
  }
  return { roots: roots.sort(byStart), children }
}

/** Whether a trace has failed. A failure inside that the program recovered from does not count. @internal */
export const hasFailed = (spans: ReadonlyArray<SpanData>): boolean =>
  rootsOf(spans).roots.some(({ attributes, status }) =>
    status.code === "error" || attributes["agentops.session.end_state"] === "Fail"
  )

/** Formats the spans of one trace as a tree. Spans whose parent is missing are roots. @internal */
export const formatTree = (spans: ReadonlyArray<SpanData>, colors: boolean): string => {
  const paint = painter(colors)
  const { children, roots } = rootsOf(spans)
  const lines: Array<string> = [paint("dim", `trace ${spans[0]!.traceId}`)]
  // An explicit stack, because a trace may be deeper than the call stack.
  const stack = roots.reverse().map((span) => ({ span, indent: "", branch: "", depth: 0 }))
  while (stack.length > 0) {
    const { branch, depth, indent, span } = stack.pop()!
    lines.push(`${paint("dim", branch)}${formatSpan(span, paint)}`)
    const below = (children.get(span.spanId) ?? []).sort(byStart)
    for (let i = below.length - 1; i >= 0; i--) {
      const last = i === below.length - 1
      stack.push({
        span: below[i]!,
        branch: depth < maxIndents ? `${indent}${last ? "└─ " : "├─ "}` : `${indent}(${depth + 1}) `,
        indent: depth < maxIndents ? `${indent}${last ? "   " : "│  "}` : indent,
        depth: depth + 1
      })
    }
  }
  return lines.join("\n")
}
