/** The conversation of a session, with tool calls at their place. */
import type { Message } from "../../../model/index.ts"
import { failureOf, type SpanView } from "../../SpanView.ts"
import type { Node } from "../../Tree.ts"
import { clock, count, duration, money, pretty } from "./format.ts"
import { Empty, Json } from "./parts.tsx"
import { type Turn, turnsOf } from "./talk.ts"

type Part = Message.Part

const PartView = ({ part }: { readonly part: Part }) => {
  const fields = part as Readonly<Record<string, unknown>>
  switch (part.type) {
    case "text":
      return <div class="text">{pretty(fields["content"])}</div>
    case "reasoning":
      return (
        <details class="reasoning">
          <summary>reasoning</summary>
          <div class="text">{pretty(fields["content"])}</div>
        </details>
      )
    case "tool_call":
      return (
        <div>
          calls <b>{pretty(fields["name"])}</b>
          {fields["arguments"] === undefined ? null : <Json value={fields["arguments"]} />}
        </div>
      )
    case "tool_call_response":
      return <Json value={fields["response"] ?? fields["result"]} />
    default:
      return (
        <div>
          <span class="sub">{part.type}</span>
          <Json value={part} />
        </div>
      )
  }
}

const usage = (span: SpanView): string => {
  if (span.usage === undefined) return ""
  const { cacheReadTokens, inputTokens, outputTokens, reasoningTokens } = span.usage
  return [
    `${count(inputTokens)} → ${count(outputTokens)} tokens`,
    cacheReadTokens ? `${count(cacheReadTokens)} cached` : "",
    reasoningTokens ? `${count(reasoningTokens)} reasoning` : "",
    span.timeToFirstChunk === undefined ? "" : `first chunk ${duration(span.timeToFirstChunk * 1000)}`,
    span.cost === undefined ? "" : `${span.costIsEstimated ? "~" : ""}${money(span.cost)}`
  ].filter((part) => part !== "").join(" · ")
}

const Who = ({ left, onSelect, right, span }: {
  readonly left: string
  readonly right: string
  readonly span: SpanView
  readonly onSelect: (spanId: string) => void
}) => (
  <div class="who">
    <button type="button" class="link" onClick={() => onSelect(span.spanId)}>{left}</button>
    <span>{right}</span>
  </div>
)

const TurnView = ({ onSelect, turn }: { readonly turn: Turn; readonly onSelect: (spanId: string) => void }) => {
  const { span } = turn
  switch (turn.kind) {
    case "message": {
      const { message } = turn
      const left = turn.isAnswer
        ? `${span.agentName ?? "model"} · ${span.responseModel ?? span.model ?? "model"}`
        : message.role
      if (message.role === "system") {
        return (
          <details class="msg sys">
            <summary>system prompt</summary>
            {message.parts.map((part, i) => <PartView key={i} part={part} />)}
          </details>
        )
      }
      return (
        <article class={turn.isAnswer ? "msg a" : "msg u"}>
          <Who left={left} right={turn.isAnswer ? usage(span) : clock(span.start)} span={span} onSelect={onSelect} />
          {message.parts.map((part, i) => <PartView key={i} part={part} />)}
        </article>
      )
    }
    case "tool":
      return (
        <article class={span.state === "failed" ? "msg er" : "msg tl"}>
          <Who
            left={`${span.title}${span.state === "failed" ? " ✗" : ""}`}
            right={duration(span.duration)}
            span={span}
            onSelect={onSelect}
          />
          {span.input === undefined ? null : <Json value={span.input} />}
          {span.state === "failed" ? <div class="bad">{failureOf(span)}</div> : null}
          {span.output === undefined ? null : <Json value={span.output} />}
        </article>
      )
    case "failure":
      return (
        <article class="msg er">
          <Who
            left={`${span.responseModel ?? span.model ?? "model"} ✗`}
            right={duration(span.duration)}
            span={span}
            onSelect={onSelect}
          />
          <div class="bad">{failureOf(span)}</div>
        </article>
      )
    case "silent":
      return (
        <article class="msg a">
          <Who left={span.responseModel ?? span.model ?? "model"} right={usage(span)} span={span} onSelect={onSelect} />
          <div class="sub">What was said was not sent.</div>
        </article>
      )
  }
}

export const Conversation = ({ nodes, onSelect }: {
  readonly nodes: ReadonlyArray<Node>
  readonly onSelect: (spanId: string) => void
}) => {
  const turns = turnsOf(nodes)
  if (turns.length === 0) {
    return (
      <Empty title="Nobody spoke">
        <p>No model call and no tool call has arrived in this session.</p>
      </Empty>
    )
  }
  const isSilent = turns.every(({ kind }) => kind !== "message")
  return (
    <div>
      {isSilent
        ? (
          <p class="hint">
            Prompts and answers were left out by the exporter. <code>content: true</code> sends them.
          </p>
        )
        : null}
      {turns.map((turn, i) => <TurnView key={i} turn={turn} onSelect={onSelect} />)}
    </div>
  )
}
