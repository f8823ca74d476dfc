/**
 * Builds trees from the spans of a trace, with each span decoded, for expectations, replays and evaluations.
 *
 * It is exported from `effect-agentops/testing`.
 *
 * @since 0.1.0
 */
import type { SpanData } from "../core/SpanData.ts"
import type { DecodedSpan } from "./Decoder.ts"
import * as Decoder from "./Decoder.ts"

/**
 * A span in a tree.
 *
 * **Details**
 *
 * `attempts` are the attempts at the event, by start. The children of an attempt become children of the event, because
 * an expectation is about what an agent did and seldom about how often it was tried.
 *
 * @category models
 * @since 0.1.0
 */
export interface Node {
  readonly span: SpanData
  readonly decoded: DecodedSpan
  readonly attempts: ReadonlyArray<SpanData>
  readonly children: ReadonlyArray<Node>
}

interface Draft {
  readonly span: SpanData
  readonly decoded: DecodedSpan
  readonly attempts: Array<SpanData>
  readonly children: Array<Draft>
}

// Ids of a test tracer are counted up, so they give the order of starts while the clock stands still.
const inTurn = /^0{8}/

/**
 * Orders spans by their start.
 *
 * @category ordering
 * @since 0.1.0
 */
export const byStart = (a: SpanData, b: SpanData): number => {
  if (a.startTime !== b.startTime) return a.startTime < b.startTime ? -1 : 1
  if (!inTurn.test(a.spanId) || !inTurn.test(b.spanId)) return 0
  return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0
}

const foldAttempts = (top: Draft): void => {
  const order: Array<Draft> = [top]
  for (let i = 0; i < order.length; i++) order.push(...order[i]!.children)
  for (const draft of order.reverse()) {
    if (draft.decoded.category === "attempt") continue
    const attempts = draft.children.filter(({ decoded }) => decoded.category === "attempt")
    if (attempts.length === 0) continue
    draft.attempts.push(...attempts.map(({ span }) => span))
    const kept = draft.children.filter(({ decoded }) => decoded.category !== "attempt")
    const below = [...kept, ...attempts.flatMap(({ children }) => children)]
    draft.children.splice(0, draft.children.length, ...below.sort((a, b) => byStart(a.span, b.span)))
  }
}

/**
 * Builds trees from spans, with a root for each span whose parent is missing.
 *
 * **Details**
 *
 * Siblings are ordered by start. Spans with the same start are ordered by id if their ids are counted up, as those of
 * `TestTracing.layer` are, and otherwise keep their given order. A duplicate span is used once, and a span that is its
 * own ancestor becomes a root.
 *
 * **Example** (a session and its tool)
 *
 * ```ts
 * import { SpanData } from "effect-agentops"
 * import { SpanTree } from "effect-agentops/testing"
 *
 * const trees = SpanTree.make([
 *   SpanData.make({ name: "lookup", spanId: "2", parentSpanId: "1" }),
 *   SpanData.make({ name: "request", spanId: "1" })
 * ])
 * trees.map(({ span, children }) => [span.name, children.length]) // => [["request", 1]]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (spans: ReadonlyArray<SpanData>): ReadonlyArray<Node> => {
  const drafts = new Map<string, Draft>()
  // An id names one span of one trace. Spans without an id are distinct.
  spans.forEach((span, index) =>
    drafts.set(
      span.spanId === "" ? `#${index}` : `${span.traceId} ${span.spanId}`,
      { span, decoded: Decoder.decode(span), attempts: [], children: [] }
    )
  )
  const parentOf = ({ span }: Draft) =>
    span.parentSpanId === undefined ? undefined : drafts.get(`${span.traceId} ${span.parentSpanId}`)
  const checked = new Set<Draft>()
  const isInCircle = (draft: Draft): boolean => {
    const seen = new Set<Draft>()
    for (let at: Draft | undefined = draft; at !== undefined && !checked.has(at); at = parentOf(at)) {
      if (seen.has(at)) return at === draft
      seen.add(at)
    }
    for (const one of seen) checked.add(one)
    return false
  }
  const tops: Array<Draft> = []
  for (const draft of [...drafts.values()].sort((a, b) => byStart(a.span, b.span))) {
    const parent = parentOf(draft)
    if (parent === undefined || isInCircle(draft)) tops.push(draft)
    else parent.children.push(draft)
  }
  for (const top of tops) foldAttempts(top)
  return tops
}

/**
 * The name of a span in messages: its category and title, such as `tool search`, or the span's name.
 *
 * @category walking
 * @since 0.1.0
 */
export const label = ({ decoded, span }: Node): string =>
  decoded.category === "span" || decoded.category === "attempt" || decoded.category === "chain"
    ? span.name
    : `${decoded.category} ${decoded.title}`

/**
 * The nodes and all their descendants, each before its children.
 *
 * @category walking
 * @since 0.1.0
 */
export const flatten = (nodes: ReadonlyArray<Node>): ReadonlyArray<Node> => {
  const all: Array<Node> = []
  const stack = [...nodes].reverse()
  while (stack.length > 0) {
    const node = stack.pop()!
    all.push(node)
    for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!)
  }
  return all
}

/**
 * The trees as nested names, for a test of the shape alone.
 *
 * **Example** (a tool in a session)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session, traceTool } from "effect-agentops"
 * import { SpanTree, TestTracing } from "effect-agentops/testing"
 *
 * const program = Effect.void.pipe(traceTool("search"), Session.withSession({ name: "shop" }))
 * const { spans } = await Effect.runPromise(TestTracing.run(program))
 *
 * SpanTree.names(SpanTree.make(spans)) // => [["session shop", "tool search"]]
 * ```
 *
 * @category walking
 * @since 0.1.0
 */
export const names = (nodes: ReadonlyArray<Node>): ReadonlyArray<unknown> =>
  nodes.map((node) => node.children.length === 0 ? label(node) : [label(node), ...names(node.children)])
