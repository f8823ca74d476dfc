/**
 * Renders a trace as text that is kept next to a test.
 *
 * The text leaves out facts that differ from run to run: ids, times, durations and source locations. So it stays the
 * same while the program does the same.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type { Node } from "../convention/SpanTree.ts"
import * as SpanTree from "../convention/SpanTree.ts"
import type { SpanData } from "../core/SpanData.ts"
import { textOf } from "./internal/answers.ts"
import { isVolatile } from "./internal/volatile.ts"

/**
 * What a snapshot contains.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Arguments, results, prompts and answers. Default `true`. */
  readonly content?: boolean | undefined
  /** Tokens and cost of model calls. Default `true`. */
  readonly usage?: boolean | undefined
  /** The attributes of the program's own spans that are shown. Default: all. */
  readonly attributes?: boolean | ((key: string) => boolean) | undefined
  /** Changes a line, for example to blank other facts that differ from run to run. Default: no change. */
  readonly normalize?: ((line: string) => string) | undefined
}

const ids =
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{32}\b|\b(?=[0-9a-f]*\d)[0-9a-f]{16}\b/gi
const times = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g
const places = /(?:file:\/\/|\b[A-Za-z]:[\\/]|\/)[^\s"'():]+\.(?:[cm]?[jt]sx?):\d+(?::\d+)?/g

const normalized = (text: string): string =>
  text.replace(times, "<time>").replace(ids, "<id>").replace(places, "<line>")

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!Predicate.isObject(value)) return value
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}

const json = (value: unknown): string => JSON.stringify(sorted(value)) ?? String(value)

const callsOf = ({ decoded }: Node): ReadonlyArray<string> =>
  (decoded.outputMessages ?? []).flatMap(({ parts }) => parts).flatMap((part) =>
    part.type === "tool_call" ? [`${part.name}(${part.arguments === undefined ? "" : json(part.arguments)})`] : []
  )

const lastQuestion = ({ decoded }: Node): string | undefined => {
  const last = decoded.inputMessages?.at(-1)
  const texts = last?.parts.flatMap((part) => part.type === "text" ? [json(part.content)] : [`<${part.type}>`])
  return last === undefined ? undefined : `${last.role} ${texts?.join(" ")}`
}

const failureOf = ({ decoded }: Node): string => {
  if (decoded.interrupted) return " ✗ interrupted"
  if (decoded.errorType === undefined) return ""
  return ` ✗ ${decoded.errorType}${decoded.errorMessage === undefined ? "" : `: ${decoded.errorMessage}`}`
}

const usageOf = ({ decoded: { cost, usage } }: Node): string =>
  [
    usage === undefined ? "" : ` in ${usage.inputTokens} out ${usage.outputTokens}`,
    cost === undefined ? "" : ` $${cost}`
  ].join("")

const attributesOf = ({ span }: Node, wanted: Options["attributes"]): string => {
  if (wanted === false) return ""
  const keep = typeof wanted === "function" ? wanted : () => true
  return Object.keys(span.attributes).sort()
    .filter((key) => !isVolatile(key) && key !== "session.id" && !key.startsWith("exception.") && keep(key))
    .map((key) => ` ${key}=${json(span.attributes[key])}`).join("")
}

const sessionOf = ({ decoded }: Node): string =>
  [
    decoded.endState === undefined ? "" : ` ${decoded.endState}`,
    decoded.endStateReason === undefined ? "" : ` (${decoded.endStateReason})`,
    decoded.tags === undefined || decoded.tags.length === 0 ? "" : ` #${decoded.tags.join(" #")}`,
    decoded.userId === undefined ? "" : ` user ${decoded.userId}`
  ].join("")

const exchanged = ({ decoded: { input, output } }: Node): string =>
  `${input === undefined ? "" : ` ${json(input)}`}${output === undefined ? "" : ` → ${json(output)}`}`

const head = (node: Node, { attributes, content = true, usage = true }: Options): string => {
  const { category } = node.decoded
  const attempts = node.attempts.length > 1 ? ` (${node.attempts.length} attempts)` : ""
  const details = category === "session"
    ? sessionOf(node)
    : category === "llm" || category === "embeddings"
    ? usage ? usageOf(node) : ""
    : category === "span" || category === "chain"
    ? attributesOf(node, attributes)
    : content
    ? exchanged(node)
    : ""
  return `${SpanTree.label(node)}${details}${failureOf(node)}${attempts}`
}

const exchangeLines = (node: Node, { content = true }: Options): ReadonlyArray<string> => {
  if (!content || node.decoded.category !== "llm") return []
  const question = lastQuestion(node)
  const text = textOf(node)
  const calls = callsOf(node)
  return [
    ...question === undefined ? [] : [`< ${question}`],
    ...text === undefined ? [] : [`> ${json(text)}`],
    ...calls.map((call) => `> ${call}`)
  ]
}

const overlap = (latest: bigint, { span }: Node): boolean => span.startTime < latest

// Concurrent spans have no reliable order, so their blocks are sorted by text.
const ordered = (nodes: ReadonlyArray<Node>, linesOf: (node: Node) => ReadonlyArray<string>): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (let i = 0; i < nodes.length;) {
    const together = [linesOf(nodes[i]!)]
    let latest = nodes[i]!.span.endTime
    for (i += 1; i < nodes.length && overlap(latest, nodes[i]!); i++) {
      together.push(linesOf(nodes[i]!))
      if (nodes[i]!.span.endTime > latest) latest = nodes[i]!.span.endTime
    }
    const texts = together.map((block) => block.join("\n")).sort()
    lines.push(...texts.flatMap((text) => text.split("\n")))
  }
  return lines
}

/**
 * Renders spans as text.
 *
 * **Details**
 *
 * Each span is one line, and children are indented. Below a model call are its last input (`<`) and its output (`>`).
 * Siblings are ordered by start. Siblings that ran at the same time are ordered by text, so that the winner of a race
 * does not matter. In texts, UUIDs and ids of spans and traces become `<id>`, ISO 8601 times `<time>`, and source
 * locations `<line>`.
 *
 * **Example** (a tool)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session, traceTool } from "effect-agentops"
 * import { Snapshot, TestTracing } from "effect-agentops/testing"
 *
 * const program = traceTool(Effect.succeed(["C-1"]), "search", { parameters: { query: "shoes" } })
 * const spans = await Effect.runPromise(TestTracing.spansOf(program.pipe(Session.withSession({ name: "shop" }))))
 *
 * Snapshot.render(spans)
 * // => 'session shop Success\n  tool search {"query":"shoes"} → ["C-1"]\n'
 * ```
 *
 * @category rendering
 * @since 0.1.0
 */
export const render = (spans: ReadonlyArray<SpanData>, options: Options = {}): string => {
  const change = options.normalize ?? ((line: string) => line)
  const line = (text: string): string => change(normalized(text).replaceAll("\n", "⏎"))
  const linesOf = (node: Node): ReadonlyArray<string> => [
    line(head(node, options)),
    ...exchangeLines(node, options).map((text) => `  ${line(text)}`),
    ...ordered(node.children, linesOf).map((below) => `  ${below}`)
  ]
  return ordered(SpanTree.make(spans), linesOf).map((text) => `${text}\n`).join("")
}
