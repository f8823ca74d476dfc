/**
 * Rebuilds the span that a convention encodes from a received span: the inverse of an encoder.
 *
 * @internal
 */
import type { Attributes, AttributeValue } from "../../core/Attribute.ts"
import type { SessionId } from "../../core/SessionId.ts"
import type { CodeLocation } from "../../core/SpanData.ts"
import type * as Message from "../../model/Message.ts"
import { fromDollars } from "../../model/Pricing.ts"
import * as Usage from "../../model/Usage.ts"
import { ActionEvent } from "../../trace/ActionEvent.ts"
import { AgentEvent } from "../../trace/AgentEvent.ts"
import { ErrorEvent } from "../../trace/ErrorEvent.ts"
import type * as Event from "../../trace/Event.ts"
import { LlmEvent } from "../../trace/LlmEvent.ts"
import type { Span, TracedEvent, TracedSession } from "../../trace/Span.ts"
import { ToolEvent } from "../../trace/ToolEvent.ts"
import type { SessionRow } from "../SessionRow.ts"
import type { SpanView } from "../SpanView.ts"

const defined = (record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))

// Prefixes of the names that vocabularies use. Any other attribute is the program's own.
const known =
  /^(gen_ai|llm|ai|openai|agentops|langfuse|openinference|traceloop|input|output|tool|tool_call|session|user|error|exception|tag|metadata|action|operation|agent|embedding|retrieval|reranker|trace|server|code|effect\.fiber|resource)\.|^(metadata|events|model)$/

const ownAttributes = (attributes: SpanView["attributes"]): ReadonlyMap<string, AttributeValue> =>
  new Map(Object.entries(attributes).filter(([key]) => !known.test(key)) as ReadonlyArray<[string, AttributeValue]>)

const llmFields = (span: SpanView): Readonly<Record<string, unknown>> => {
  const [system, rest] = [
    span.inputMessages?.filter(({ role }) => role === "system"),
    span.inputMessages?.filter(({ role }) => role !== "system")
  ]
  const instructions: ReadonlyArray<Message.Part> | undefined = system?.flatMap(({ parts }) => parts)
  const decoded: Readonly<Record<string, unknown>> = LlmEvent.fromAttributes(span.attributes as Attributes)
  return {
    ...decoded,
    ...defined({
      provider: span.provider,
      operation: decoded["operation"] ?? (span.category === "embeddings" ? "embeddings" : undefined),
      model: span.model,
      responseModel: span.responseModel,
      responseId: span.responseId,
      finishReasons: span.finishReasons,
      usage: span.usage,
      cost: span.cost,
      timeToFirstChunk: span.timeToFirstChunk,
      conversationId: span.conversationId,
      systemInstructions: instructions?.length === 0 ? undefined : instructions,
      inputMessages: rest?.length === 0 ? undefined : rest,
      outputMessages: span.outputMessages
    })
  }
}

const eventOf = (span: SpanView): readonly [kind: Event.Event["kind"], fields: Readonly<Record<string, unknown>>] => {
  const attributes = span.attributes as Attributes
  switch (span.category) {
    case "llm":
    case "embeddings":
      return [LlmEvent, llmFields(span)]
    case "tool":
      return [ToolEvent, {
        ...ToolEvent.fromAttributes(attributes),
        ...defined({ name: span.toolName, callId: span.toolCallId, parameters: span.input, result: span.output })
      }]
    case "agent":
      return [AgentEvent, {
        ...AgentEvent.fromAttributes(attributes),
        ...defined({ name: span.agentName, input: span.input, output: span.output })
      }]
    case "error":
      return [ErrorEvent, {
        ...ErrorEvent.fromAttributes(attributes),
        ...defined({ type: span.errorType, message: span.errorMessage })
      }]
    default:
      return [ActionEvent, {
        ...ActionEvent.fromAttributes(attributes),
        ...defined({ type: span.title, parameters: span.input, result: span.output })
      }]
  }
}

const callSiteOf = ({ attributes }: SpanView): CodeLocation | undefined => {
  const [filePath, line, functionName] = [
    attributes["code.file.path"],
    attributes["code.line.number"],
    attributes["code.function.name"]
  ]
  return typeof filePath !== "string" || typeof line !== "number" ? undefined : {
    filePath,
    line,
    functionName: typeof functionName === "string" ? functionName : undefined
  }
}

const tracedEvent = (span: SpanView): TracedEvent => {
  const [kind, fields] = eventOf(span)
  return {
    kind: kind as TracedEvent["kind"],
    fields,
    success: span.state !== "failed",
    usage: span.usage,
    costNanos: span.cost === undefined ? undefined : fromDollars(span.cost),
    callSite: callSiteOf(span)
  }
}

const attemptKinds: ReadonlyArray<readonly [RegExp, SpanView["category"]]> = [[/^llm\./, "llm"], [/^tool\./, "tool"]]

// The span of an attempt does not state the kind of its event, but its name reveals it.
const attemptedEvent = (span: SpanView): TracedEvent => {
  const category = attemptKinds.find(([pattern]) => pattern.test(span.name))?.[1] ?? "action"
  return tracedEvent({ ...span, category })
}

const nanos = (millis: number): bigint => BigInt(Math.round(millis * 1000)) * 1000n

const endStates = new Set(["Success", "Fail", "Indeterminate"])

const sessionOf = (row: SessionRow, span: SpanView): TracedSession => ({
  id: (row.sessionId ?? row.traceId) as SessionId,
  traceId: row.traceId,
  name: row.name,
  continued: false,
  startTime: nanos(row.start),
  endTime: row.state === "Running" ? undefined : nanos(row.start + row.duration),
  endState: endStates.has(row.state) ? row.state as TracedSession["endState"] : undefined,
  endStateReason: row.reason,
  timeToFirstChunk: undefined,
  tags: new Set(row.tags),
  metadata: {},
  input: span.category === "session" ? span.input : undefined,
  output: span.category === "session" ? span.output : undefined,
  userId: row.userId,
  agent: undefined,
  conversationId: undefined,
  waited: 0,
  llmCalls: row.llmCalls,
  toolCalls: row.toolCalls,
  actions: 0,
  errors: row.errors,
  usage: Usage.make({ inputTokens: row.inputTokens, outputTokens: row.outputTokens }),
  costNanos: fromDollars(row.cost) ?? 0,
  unpricedCalls: row.unpricedCalls,
  callSite: span.category === "session" ? callSiteOf(span) : undefined
})

// Categories that conventions do not encode as events.
const plain: ReadonlySet<SpanView["category"]> = new Set(["session", "span", "attempt"])

/** @internal */
export const spanOf = (span: SpanView, row: SessionRow): Span => {
  const startTime = nanos(span.start)
  const agent = span.category === "agent" || span.agentName === undefined
    ? undefined
    : tracedEvent({ ...span, category: "agent", input: undefined, output: undefined, attributes: {} })
  const readable: Partial<Span> = {
    name: span.name,
    kind: span.kind as Span["kind"],
    spanId: span.spanId,
    traceId: span.traceId,
    tracedEvent: plain.has(span.category) ? undefined : tracedEvent(span),
    attempt: span.category === "attempt"
      ? { event: attemptedEvent(span), number: span.attempt ?? 1, call: undefined }
      : undefined,
    session: sessionOf(row, span),
    isSession: span.category === "session",
    agent,
    startTime,
    endTime: startTime + BigInt(Math.round(span.duration * 1e6)),
    failure: span.state === "failed"
      ? { errorType: span.errorType ?? "error", message: span.errorMessage ?? "", exceptions: [] }
      : undefined,
    interrupted: span.state === "interrupted",
    attributes: ownAttributes(span.attributes),
    events: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0
  }
  // Conventions read only these properties.
  return readable as Span
}
