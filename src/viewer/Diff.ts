/**
 * Compares two sessions: which steps are the same, and which were added, removed or changed.
 *
 * @since 0.1.0
 */
import type { SessionRow } from "./SessionRow.ts"
import type { SpanView } from "./SpanView.ts"
import type { Node, Step } from "./Tree.ts"
import * as Tree from "./Tree.ts"

/**
 * One line of a comparison.
 *
 * **Details**
 *
 * `same` is a step with the same result. `changed` is a step of the same kind with another result. `removed` is a step
 * of the first session only, and `added` of the second only.
 *
 * @category models
 * @since 0.1.0
 */
export interface Line {
  readonly change: "same" | "changed" | "removed" | "added"
  readonly left: Step | undefined
  readonly right: Step | undefined
}

/**
 * A comparison of two sessions.
 *
 * @category models
 * @since 0.1.0
 */
export interface Diff {
  readonly lines: ReadonlyArray<Line>
  /** The index of the first line that is not `same`, or -1. */
  readonly first: number
  /** The first difference in words. Empty if there is none. */
  readonly summary: string
}

const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, inner]) => [key, inOrder(inner)])
  )
}

// Ids differ from run to run.
const withoutIds = (span: SpanView): unknown =>
  span.outputMessages?.map(({ parts, role }) => ({
    role,
    parts: parts.map((part) => part.type === "tool_call" ? { ...part, id: undefined } : part)
  }))

const outcomeOf = (span: SpanView): string => {
  const content = span.category === "llm" ? withoutIds(span) : [span.input, span.output]
  return JSON.stringify([span.state, span.errorType, inOrder(content)]) ?? ""
}

const key = ({ span }: Node): string => `${span.category} ${span.title}`

interface Item {
  readonly step: Step
  readonly key: string
  readonly outcome: string
  readonly category: string
}

const items = (nodes: ReadonlyArray<Node>): ReadonlyArray<Item> =>
  Tree.flatten(nodes).map((step) => ({
    step,
    key: key(step.node),
    outcome: outcomeOf(step.node.span),
    category: step.node.span.category
  }))

const isSame = (a: Item, b: Item): boolean => a.key === b.key && a.outcome === b.outcome

// Two steps with the same category and title are paired in one line rather than removed and added.
const cost = (a: Item, b: Item): number =>
  isSame(a, b) ? 0 : a.key === b.key ? 0.6 : a.category === b.category ? 1.4 : 3

const line = (left: Item | undefined, right: Item | undefined): Line => ({
  change: left === undefined ? "added" : right === undefined ? "removed" : isSame(left, right) ? "same" : "changed",
  left: left?.step,
  right: right?.step
})

// The table grows with the product of the lengths. Longer sessions are compared position by position.
const maxCells = 4_000_000

const align = (left: ReadonlyArray<Item>, right: ReadonlyArray<Item>): Array<Line> => {
  if (left.length * right.length > maxCells) {
    return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => line(left[i], right[i]))
  }
  const width = right.length + 1
  const costs = new Float64Array((left.length + 1) * width)
  for (let i = 0; i <= left.length; i++) costs[i * width] = i
  for (let j = 0; j <= right.length; j++) costs[j] = j
  for (let i = 1; i <= left.length; i++) {
    for (let j = 1; j <= right.length; j++) {
      costs[i * width + j] = Math.min(
        costs[(i - 1) * width + j - 1]! + cost(left[i - 1]!, right[j - 1]!),
        costs[(i - 1) * width + j]! + 1,
        costs[i * width + j - 1]! + 1
      )
    }
  }
  const lines: Array<Line> = []
  let i = left.length
  let j = right.length
  while (i > 0 || j > 0) {
    const here = costs[i * width + j]!
    if (i > 0 && j > 0 && here === costs[(i - 1) * width + j - 1]! + cost(left[i - 1]!, right[j - 1]!)) {
      lines.push(line(left[--i], right[--j]))
    } else if (i > 0 && here === costs[(i - 1) * width + j]! + 1) {
      lines.push(line(left[--i], undefined))
    } else {
      lines.push(line(undefined, right[--j]))
    }
  }
  return lines.reverse()
}

const ends = (left: ReadonlyArray<Item>, right: ReadonlyArray<Item>) => {
  const shorter = Math.min(left.length, right.length)
  let start = 0
  while (start < shorter && isSame(left[start]!, right[start]!)) start++
  let end = 0
  while (end < shorter - start && isSame(left[left.length - 1 - end]!, right[right.length - 1 - end]!)) end++
  return { start, end }
}

const nameOf = (step: Step): string => Tree.labelOf(step.node)

const inWords = (first: Line | undefined, at: number): string => {
  if (first === undefined) return ""
  const place = `step ${at + 1}`
  switch (first.change) {
    case "added":
      return `${place}: the second run also does ${nameOf(first.right!)}`
    case "removed":
      return `${place}: the second run leaves out ${nameOf(first.left!)}`
    default: {
      const left = nameOf(first.left!)
      const right = nameOf(first.right!)
      return left === right
        ? `${place}: ${left} comes out differently`
        : `${place}: ${left} in the first run, ${right} in the second`
    }
  }
}

/**
 * Compares two trees.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (left: ReadonlyArray<Node>, right: ReadonlyArray<Node>): Diff => {
  const a = items(left)
  const b = items(right)
  const { end, start } = ends(a, b)
  const lines = [
    ...a.slice(0, start).map((item, i) => line(item, b[i])),
    ...align(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map((item, i) => line(item, b[b.length - end + i]))
  ]
  const first = lines.findIndex(({ change }) => change !== "same")
  return { lines, first, summary: inWords(lines[first], first) }
}

/**
 * The differences of the totals, second session minus first.
 *
 * @category comparing
 * @since 0.1.0
 */
export const totals = (left: SessionRow, right: SessionRow) => ({
  cost: right.cost - left.cost,
  tokens: right.inputTokens + right.outputTokens - left.inputTokens - left.outputTokens,
  duration: right.duration - left.duration,
  llmCalls: right.llmCalls - left.llmCalls,
  toolCalls: right.toolCalls - left.toolCalls,
  errors: right.errors - left.errors,
  sameState: left.state === right.state
})
