/**
 * Builds a tree from the spans of a session, even if spans are damaged, missing or late.
 *
 * **Details**
 *
 * A span whose parent is missing becomes a root. A duplicate span is shown once. In a cycle of parents, the link that
 * closes the cycle is removed. The attempts at an event are folded into it, and the children of the attempts become
 * children of the event.
 *
 * @since 0.1.0
 */
import type { SpanView } from "./SpanView.ts"
import { outputText } from "./SpanView.ts"

/**
 * A span in the tree.
 *
 * @category models
 * @since 0.1.0
 */
export interface Node {
  readonly span: SpanView
  readonly children: ReadonlyArray<Node>
  /** The attempts at the event, ordered by start. */
  readonly attempts: ReadonlyArray<SpanView>
  /** Whether the span has a parent id without a span for it. */
  readonly isOrphan: boolean
}

interface Draft {
  readonly span: SpanView
  readonly children: Array<Draft>
  readonly attempts: Array<SpanView>
  isOrphan: boolean
}

const byStart = (a: { readonly span: SpanView }, b: { readonly span: SpanView }): number => a.span.start - b.span.start

/** Whether `draft` is `of` or one of its ancestors in the tree built so far. */
const isAbove = (
  drafts: ReadonlyMap<string, Draft>,
  linked: ReadonlySet<Draft>,
  draft: Draft,
  of: Draft
): boolean => {
  let at: Draft | undefined = of
  while (at !== draft) {
    if (at === undefined || !linked.has(at)) return false
    at = drafts.get(at.span.parentSpanId!)
  }
  return true
}

/**
 * Makes the tree and returns its roots.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (spans: ReadonlyArray<SpanView>): ReadonlyArray<Node> => {
  const drafts = new Map<string, Draft>()
  for (const span of spans) drafts.set(span.spanId, { span, children: [], attempts: [], isOrphan: false })
  const tops: Array<Draft> = []
  const linked = new Set<Draft>()
  for (const draft of [...drafts.values()].sort(byStart)) {
    const { parentSpanId } = draft.span
    const parent = parentSpanId === undefined ? undefined : drafts.get(parentSpanId)
    if (parent === undefined) {
      draft.isOrphan = parentSpanId !== undefined
      tops.push(draft)
    } else if (parent === draft || (draft.children.length > 0 && isAbove(drafts, linked, draft, parent))) {
      draft.isOrphan = true
      tops.push(draft)
    } else {
      linked.add(draft)
      parent.children.push(draft)
    }
  }
  // Moves the children of attempts to their event, bottom up, so that attempts within attempts are folded too.
  const order: Array<Draft> = []
  const stack = [...tops]
  while (stack.length > 0) {
    const draft = stack.pop()!
    order.push(draft)
    stack.push(...draft.children)
  }
  for (const draft of order.reverse()) {
    const attempts = draft.children.filter(({ span }) => span.category === "attempt")
    if (attempts.length === 0 || draft.span.category === "attempt") continue
    const kept = draft.children.filter(({ span }) => span.category !== "attempt")
    draft.attempts.push(...attempts.map(({ span }) => span))
    draft.children.length = 0
    draft.children.push(...kept, ...attempts.flatMap(({ children }) => children))
    draft.children.sort(byStart)
  }
  return tops.sort(byStart)
}

/**
 * A node of a flat tree, with its depth.
 *
 * @category models
 * @since 0.1.0
 */
export interface Step {
  readonly node: Node
  readonly depth: number
}

/**
 * The tree from top to bottom, without the descendants of closed nodes.
 *
 * @category walking
 * @since 0.1.0
 */
export const flatten = (nodes: ReadonlyArray<Node>, closed?: ReadonlySet<string>): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  const stack = nodes.map((node): Step => ({ node, depth: 0 })).reverse()
  while (stack.length > 0) {
    const step = stack.pop()!
    steps.push(step)
    if (closed?.has(step.node.span.spanId)) continue
    for (let i = step.node.children.length - 1; i >= 0; i--) {
      stack.push({ node: step.node.children[i]!, depth: step.depth + 1 })
    }
  }
  return steps
}

/**
 * The label of a step: a model call with its answer or the tools that it calls, any other step by its title.
 *
 * @category walking
 * @since 0.1.0
 */
export const labelOf = ({ span }: Node): string => {
  if (span.category !== "llm") return span.title
  const answer = outputText(span)
  return answer === "" ? span.title : answer.startsWith("→ ") ? `${span.title} ${answer}` : `${span.title}: ${answer}`
}
