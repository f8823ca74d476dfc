/**
 * Sessions as text: a list, one session as a tree, and a comparison of two.
 *
 * **Details**
 *
 * Spans may contain control characters, which a terminal would execute. The text contains none.
 *
 * @since 0.1.0
 */
import * as Diff from "./Diff.ts"
import type { SessionRow } from "./SessionRow.ts"
import type { SpanView } from "./SpanView.ts"
import { failureOf, oneLine } from "./SpanView.ts"
import type { SessionView } from "./TraceStore.ts"
import type { Node, Step } from "./Tree.ts"
import * as Tree from "./Tree.ts"

// Control characters, line separators, and characters that are invisible or change the writing direction.
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * A text on one line without characters that a terminal would execute.
 *
 * @category conversions
 * @since 0.1.0
 */
export const safe = (text: string, length = 200): string => oneLine(text.replace(unsafe, " "), length)

/**
 * Escapes every character in JSON that a terminal would execute or not show.
 *
 * @category conversions
 * @since 0.1.0
 */
export const escaped = (json: string): string =>
  json.replace(unsafe, (char) =>
    char === "\n" ? char : Array.from(
      { length: char.length },
      (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`
    ).join(""))

/**
 * A value as JSON without characters that a terminal would execute.
 *
 * @category conversions
 * @since 0.1.0
 */
export const json = (value: unknown): string => escaped(JSON.stringify(value, null, 2) ?? "")

/**
 * A duration for people.
 *
 * @category conversions
 * @since 0.1.0
 */
export const duration = (millis: number): string => {
  if (millis < 1) return `${Math.round(millis * 1000)}µs`
  if (millis < 1000) return `${millis.toFixed(millis < 10 ? 1 : 0)}ms`
  if (millis < 60_000) return `${(millis / 1000).toFixed(2)}s`
  return `${Math.floor(millis / 60_000)}m ${Math.round(millis % 60_000 / 1000)}s`
}

/**
 * US dollars with two decimals, and below ten cents with two significant digits.
 *
 * @category conversions
 * @since 0.1.0
 */
export const money = (dollars: number): string => {
  const size = Math.abs(dollars)
  if (size === 0) return "$0"
  return `$${dollars.toFixed(size >= 0.1 ? 2 : Math.min(9, 1 - Math.floor(Math.log10(size))))}`
}

const marks: Readonly<Record<SessionRow["state"], string>> = {
  Running: "…",
  Success: "✓",
  Fail: "✗",
  Indeterminate: "◌"
}

const costOf = (row: SessionRow): string =>
  row.cost === 0 && row.unpricedCalls > 0 ? "cost unknown" : `${row.unpricedCalls > 0 ? "≥ " : ""}${money(row.cost)}`

/**
 * A session on one line.
 *
 * @category formatting
 * @since 0.1.0
 */
export const row = (row: SessionRow): string =>
  [
    marks[row.state],
    new Date(row.start).toISOString().replace("T", " ").slice(0, 19),
    safe(row.name, 40),
    duration(row.duration),
    `${row.llmCalls} LLM`,
    `${row.toolCalls} tools`,
    row.errors > 0 ? `${row.errors} errors` : "",
    `${row.inputTokens} → ${row.outputTokens} tokens`,
    costOf(row),
    safe(row.state === "Fail" && row.error !== "" ? row.error : row.output, 60),
    row.traceId
  ].filter((part) => part !== "").join("  ")

const stateMark = (span: SpanView): string => span.state === "failed" ? "✗" : span.state === "interrupted" ? "◌" : "✓"

/**
 * A step on one line.
 *
 * @category formatting
 * @since 0.1.0
 */
export const step = (node: Node): string => {
  const { attempts, span } = node
  return [
    `${stateMark(span)} ${span.category} ${safe(Tree.labelOf(node), 80)}`,
    duration(span.duration),
    span.usage === undefined ? "" : `${span.usage.inputTokens} → ${span.usage.outputTokens} tokens`,
    span.cost === undefined ? "" : `${span.costIsEstimated ? "~" : ""}${money(span.cost)}`,
    attempts.length > 1 ? `${attempts.length} attempts` : "",
    span.category === "tool" ? safe(oneLine(span.input), 60) : "",
    safe(failureOf(span), 120)
  ].filter((part) => part !== "").join("  ")
}

const lastAt = (steps: ReadonlyArray<Step>, at: number): boolean => {
  for (let i = at + 1; i < steps.length; i++) {
    if (steps[i]!.depth < steps[at]!.depth) return true
    if (steps[i]!.depth === steps[at]!.depth) return false
  }
  return true
}

const maxIndent = 32

/**
 * A session as a tree.
 *
 * @category formatting
 * @since 0.1.0
 */
export const session = (view: SessionView): string => {
  const steps = Tree.flatten(Tree.make(view.spans))
  const lasts: Array<boolean> = []
  const lines = steps.map(({ depth, node }, i) => {
    lasts[depth] = lastAt(steps, i)
    if (depth === 0) return step(node)
    if (depth > maxIndent) return `(${depth}) ${step(node)}`
    const before = lasts.slice(1, depth).map((last) => last ? "   " : "│  ").join("")
    return `${before}${lasts[depth] ? "└─ " : "├─ "}${step(node)}`
  })
  return [`${row(view.row)}`, ...lines].join("\n")
}

const signs: Readonly<Record<Diff.Line["change"], string>> = { same: " ", changed: "~", added: "+", removed: "-" }

/**
 * The comparison of two sessions: the first difference, the totals, and a line for each step.
 *
 * @category formatting
 * @since 0.1.0
 */
export const diff = (left: SessionView, right: SessionView): string => {
  const found = Diff.make(Tree.make(left.spans), Tree.make(right.spans))
  const by = Diff.totals(left.row, right.row)
  const sign = (n: number, format: (n: number) => string) =>
    n === 0 ? "±0" : `${n > 0 ? "+" : "-"}${format(Math.abs(n))}`
  const lines = found.lines.flatMap((line) => {
    const indent = "  ".repeat(Math.min(maxIndent, (line.left ?? line.right)!.depth))
    if (line.change !== "changed") return [`${signs[line.change]} ${indent}${step((line.right ?? line.left)!.node)}`]
    return [`- ${indent}${step(line.left!.node)}`, `+ ${indent}${step(line.right!.node)}`]
  })
  return [
    found.first === -1 ? "The two sessions did the same." : `First difference, ${safe(found.summary, 300)}.`,
    [
      `cost ${sign(by.cost, money)}`,
      `tokens ${sign(by.tokens, String)}`,
      `time ${sign(by.duration, duration)}`,
      by.sameState ? `both ${left.row.state}` : `${left.row.state}, then ${right.row.state}`
    ].join(", "),
    "",
    ...lines
  ].join("\n")
}
