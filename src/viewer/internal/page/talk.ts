/** A session as a conversation: each message where it first occurred, and each tool call where it was made. */
import type { Message } from "../../../model/index.ts"
import type { SpanView } from "../../SpanView.ts"
import type { Node } from "../../Tree.ts"
import * as Tree from "../../Tree.ts"

type ChatMessage = Message.ChatMessage

export type Turn =
  | { readonly kind: "message"; readonly span: SpanView; readonly message: ChatMessage; readonly isAnswer: boolean }
  | { readonly kind: "tool"; readonly span: SpanView }
  | { readonly kind: "failure"; readonly span: SpanView }
  | { readonly kind: "silent"; readonly span: SpanView }

const inOrder = (value: unknown): unknown =>
  typeof value !== "object" || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))

// The key of a message. The history of the next call repeats an answer without its reasoning, and perhaps with its
// arguments in another order, so the key ignores both.
const same = ({ parts, role }: ChatMessage): string =>
  JSON.stringify([
    role,
    ...parts.filter(({ type }) => type !== "reasoning").map((part) => {
      const fields = part as Readonly<Record<string, unknown>>
      return part.type === "text"
        ? String(fields["content"]).trim()
        : part.type === "tool_call"
        ? [fields["name"], inOrder(fields["arguments"])]
        : inOrder(part)
    })
  ])

const isToolResult = (message: ChatMessage): boolean =>
  message.role === "tool" ||
  (message.parts.length > 0 && message.parts.every(({ type }) => type === "tool_call_response"))

const speakers: ReadonlySet<string> = new Set(["llm", "tool", "retrieval", "guardrail", "approval", "handoff"])

/** A model call around another is shown by the inner call. */
const hasInnerCall = (node: Node): boolean =>
  node.children.some(({ span }) => span.category === "llm" && span.outputMessages !== undefined)

export const turnsOf = (nodes: ReadonlyArray<Node>): ReadonlyArray<Turn> => {
  const turns: Array<Turn> = []
  // How often each message was shown, because a history repeats messages and a speaker may also repeat a message.
  const shown = new Map<string, number>()
  const show = (key: string) => shown.set(key, (shown.get(key) ?? 0) + 1)
  const steps = Tree.flatten(nodes).filter(({ node }) => speakers.has(node.span.category))
  const hasTools = steps.some(({ node }) => node.span.category === "tool")
  for (const { node } of steps.toSorted((a, b) => a.node.span.start - b.node.span.start)) {
    const { span } = node
    if (span.category !== "llm") {
      turns.push({ kind: "tool", span })
      continue
    }
    if (hasInnerCall(node)) continue
    const here = new Map<string, number>()
    for (const message of span.inputMessages ?? []) {
      const key = same(message)
      const times = (here.get(key) ?? 0) + 1
      here.set(key, times)
      if (times <= (shown.get(key) ?? 0) || (hasTools && isToolResult(message))) continue
      show(key)
      turns.push({ kind: "message", span, message, isAnswer: false })
    }
    for (const message of span.outputMessages ?? []) {
      show(same(message))
      turns.push({ kind: "message", span, message, isAnswer: true })
    }
    if (span.state === "failed") turns.push({ kind: "failure", span })
    else if (span.inputMessages === undefined && span.outputMessages === undefined) turns.push({ kind: "silent", span })
  }
  return turns
}
