/** A session as a conversation: each message where it was first said, each tool call where it was made. */
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

const same = (message: ChatMessage): string => JSON.stringify([message.role, message.parts])

const isToolResult = (message: ChatMessage): boolean =>
  message.role === "tool" ||
  (message.parts.length > 0 && message.parts.every(({ type }) => type === "tool_call_response"))

const speakers: ReadonlySet<string> = new Set(["llm", "tool", "retrieval", "guardrail", "approval", "handoff"])

/** A model call around another is told by the inner one. */
const hasInnerCall = (node: Node): boolean =>
  node.children.some(({ span }) => span.category === "llm" && span.outputMessages !== undefined)

export const turnsOf = (nodes: ReadonlyArray<Node>): ReadonlyArray<Turn> => {
  const turns: Array<Turn> = []
  const said = new Set<string>()
  const steps = Tree.flatten(nodes).filter(({ node }) => speakers.has(node.span.category))
  const hasTools = steps.some(({ node }) => node.span.category === "tool")
  for (const { node } of steps.toSorted((a, b) => a.node.span.start - b.node.span.start)) {
    const { span } = node
    if (span.category !== "llm") {
      turns.push({ kind: "tool", span })
      continue
    }
    if (hasInnerCall(node)) continue
    for (const message of span.inputMessages ?? []) {
      const key = same(message)
      if (said.has(key) || (hasTools && isToolResult(message))) continue
      said.add(key)
      turns.push({ kind: "message", span, message, isAnswer: false })
    }
    for (const message of span.outputMessages ?? []) {
      said.add(same({ role: message.role, parts: message.parts }))
      turns.push({ kind: "message", span, message, isAnswer: true })
    }
    if (span.state === "failed") turns.push({ kind: "failure", span })
    else if (span.inputMessages === undefined && span.outputMessages === undefined) turns.push({ kind: "silent", span })
  }
  return turns
}
