/**
 * The vocabulary that AgentOps's collector, API and dashboard read.
 *
 * AgentOps's reading of attributes determines the rules. The kind shown for a span is the end of its name, and any
 * `gen_ai.` key makes it an LLM call. A span without a status counts as indeterminate, so success is set. Flat keys
 * become nested objects, so no key may be a dotted prefix of another, and a segment `agent` makes the span an agent's.
 * Lists must begin with index 0, and the first key of a completion is its label.
 *
 * @internal
 */

import * as Attribute from "../../core/Attribute.ts"
import { writeLocation } from "../../core/internal/callSite.ts"
import { version } from "../../core/internal/version.ts"
import type { Status } from "../../core/SpanData.ts"
import type { Fields, Values } from "../../model/Field.ts"
import { fromDollars, toDollars } from "../../model/Pricing.ts"
import * as ActionEvent from "../../trace/ActionEvent.ts"
import * as AgentEvent from "../../trace/AgentEvent.ts"
import * as ErrorEvent from "../../trace/ErrorEvent.ts"
import * as Event from "../../trace/Event.ts"
import type { Category } from "../../trace/EventKind.ts"
import * as LlmEvent from "../../trace/LlmEvent.ts"
import type { Span, TracedEvent, TracedSession } from "../../trace/Span.ts"
import * as ToolEvent from "../../trace/ToolEvent.ts"
import type { Encoding, Options, Part, Table } from "../Encoding.ts"
import { writeEntity } from "./agentOpsEntity.ts"
import { renameAttributes } from "./agentOpsNesting.ts"
import { writeStep } from "./agentOpsStep.ts"
import { flattenInput, flattenOutput, toText } from "./flatMessages.ts"
import type { Target } from "./spanFacts.ts"
import {
  agentName,
  attributesOf,
  encodeTable,
  endStateReason,
  includesErrorMessage,
  statusOf,
  writeAgentTotals,
  writeOwn
} from "./spanFacts.ts"
import { stepFields } from "./step.ts"

const put = (target: Target, key: string, value: Attribute.AttributeValue | undefined): void => {
  if (value !== undefined) target[key] = value
}

// AgentOps reads whole numbers only, and ignores `12.0`.
const integer = (value: number | undefined): number | undefined =>
  value === undefined || !Number.isFinite(value) ? undefined : Math.round(value)

const requestTypes: Readonly<Record<string, string>> = {
  chat: "chat",
  generate_content: "chat",
  text_completion: "completion",
  embeddings: "embedding"
}

const writeMessages = (target: Target, fields: Values<typeof LlmEvent.fields>): void => {
  const put_ = (prefix: string, part: string, value: string | undefined) => put(target, `${prefix}.${part}`, value)
  for (const [i, message] of flattenInput(fields.systemInstructions, fields.inputMessages).entries()) {
    const prefix = `gen_ai.prompt.${i}`
    put_(prefix, "content", message.content)
    put_(prefix, "role", message.role)
    put_(prefix, "tool_call_id", message.toolCallId)
    for (const [j, call] of message.toolCalls.entries()) {
      put_(`${prefix}.tool_calls.${j}`, "id", call.id)
      put_(`${prefix}.tool_calls.${j}`, "name", call.name)
      put_(`${prefix}.tool_calls.${j}`, "arguments", call.arguments)
    }
  }
  for (const [i, message] of flattenOutput(fields.outputMessages).entries()) {
    const prefix = `gen_ai.completion.${i}`
    // The label of a call is the first key of its answer, or else of the prompt. So the called tools come first.
    if (message.content === "" && message.toolCalls.length > 0) {
      const called = message.toolCalls.map(({ arguments: arguments_, name }) => `${name}(${arguments_ ?? ""})`)
      put_(prefix, "call.content", called.join(", "))
    }
    put_(prefix, "content", message.content)
    put_(prefix, "finish_reason", message.finishReason ?? fields.finishReasons?.[i])
    put_(prefix, "reasoning", message.reasoning)
    put_(prefix, "role", message.role)
    for (const [j, call] of message.toolCalls.entries()) {
      put_(`${prefix}.tool_calls.${j}`, "id", call.id)
      put_(`${prefix}.tool_calls.${j}`, "name", call.name)
      put_(`${prefix}.tool_calls.${j}`, "arguments", call.arguments)
    }
  }
  for (const [i, tool] of (fields.toolDefinitions ?? []).entries()) {
    const { description, name, parameters, type } = tool as Readonly<Record<string, unknown>>
    const prefix = `gen_ai.request.tools.${i}`
    put_(prefix, "name", toText(name))
    put_(prefix, "type", toText(type))
    if (description != null) put_(prefix, "description", toText(description))
    if (parameters !== undefined) put_(prefix, "arguments", toText(parameters))
  }
}

/**
 * The overview of a project adds the costs of prompts and completions and ignores the total. A priced call has one sum,
 * so the sum is divided by tokens, in whole nano-dollars. Both parts together are exactly the sum.
 */
const writeCost = (
  target: Target,
  cost: number | undefined,
  input: number | undefined,
  output: number | undefined
): void => {
  if (cost === undefined) return
  target["gen_ai.usage.total_cost"] = cost
  const nanos = fromDollars(cost)
  if (nanos === undefined) return
  const tokens = (input ?? 0) + (output ?? 0)
  const prompt = tokens === 0 ? 0 : Math.round(nanos * ((input ?? 0) / tokens))
  target["gen_ai.usage.prompt_cost"] = toDollars(prompt)
  target["gen_ai.usage.completion_cost"] = toDollars(nanos - prompt)
}

const writeLlm = (target: Target, event: TracedEvent, options: Options): string => {
  const fields = Event.as(event, LlmEvent.LlmEvent)
  const operation = fields.operation ?? "chat"
  put(target, "gen_ai.system", fields.provider)
  put(target, "gen_ai.request.type", requestTypes[operation] ?? operation)
  put(target, "gen_ai.request.model", fields.model)
  put(target, "gen_ai.request.max_tokens", fields.maxTokens)
  put(target, "gen_ai.request.temperature", fields.temperature)
  put(target, "gen_ai.request.top_p", fields.topP)
  put(target, "gen_ai.request.top_k", fields.topK)
  put(target, "gen_ai.request.seed", fields.seed)
  put(target, "gen_ai.request.frequency_penalty", fields.frequencyPenalty)
  put(target, "gen_ai.request.presence_penalty", fields.presencePenalty)
  put(target, "gen_ai.request.stop_sequences", fields.stopSequences)
  put(target, "gen_ai.request.streaming", fields.stream)
  put(target, "gen_ai.response.model", fields.responseModel)
  put(target, "gen_ai.response.id", fields.responseId)
  put(target, "gen_ai.response.finish_reason", fields.finishReasons?.[0])
  const { usage } = fields
  const input = integer(usage?.inputTokens)
  const output = integer(usage?.outputTokens)
  put(target, "gen_ai.usage.prompt_tokens", input)
  put(target, "gen_ai.usage.completion_tokens", output)
  // Without a total, AgentOps would add cached and reasoning tokens again, which the other counts include.
  if (input !== undefined || output !== undefined) target["gen_ai.usage.total_tokens"] = (input ?? 0) + (output ?? 0)
  put(target, "gen_ai.usage.cache_read_input_tokens", integer(usage?.cacheReadTokens))
  put(target, "gen_ai.usage.cache_creation_input_tokens", integer(usage?.cacheWriteTokens))
  put(target, "gen_ai.usage.reasoning_tokens", integer(usage?.reasoningTokens))
  writeCost(target, fields.cost, input, output)
  put(target, "gen_ai.conversation_id", fields.conversationId)
  put(target, "server.address", fields.serverAddress)
  put(target, "server.port", fields.serverPort)
  if (options.content) writeMessages(target, fields)
  const model = fields.responseModel ?? fields.model
  return model === undefined ? operation : `${operation} ${model}`
}

const writeTool = (target: Target, event: TracedEvent, options: Options, span: Span): string => {
  const fields = Event.as(event, ToolEvent.ToolEvent)
  const name = fields.name ?? "tool"
  target["operation.name"] = name
  target["tool.name"] = name
  put(target, "tool.id", fields.callId)
  put(target, "tool.type", fields.type)
  put(target, "tool.description", fields.description)
  target["tool.status"] = span.failure !== undefined || !event.success
    ? "failed"
    : span.interrupted
    ? "interrupted"
    : "succeeded"
  if (!options.content) return name
  if (fields.parameters !== undefined) target["tool.parameters"] = toText(fields.parameters)
  if (fields.result !== undefined) target["tool.result"] = toText(fields.result)
  if (fields.logs !== undefined) target["tool.logs"] = toText(fields.logs)
  writeEntity(target, fields.parameters, fields.result)
  return name
}

const writeAction = (target: Target, event: TracedEvent, options: Options): string => {
  const fields = Event.as(event, ActionEvent.ActionEvent)
  const type = fields.type ?? "action"
  target["operation.name"] = type
  target["action.type"] = type
  if (!options.content) return type
  if (fields.parameters !== undefined) target["action.params"] = toText(fields.parameters)
  if (fields.result !== undefined) target["action.result"] = toText(fields.result)
  if (fields.logs !== undefined) target["action.logs"] = toText(fields.logs)
  put(target, "action.screenshot", fields.screenshot)
  writeEntity(target, fields.parameters, fields.result)
  return type
}

const writeAgent = (target: Target, event: TracedEvent, options: Options): string => {
  const fields = Event.as(event, AgentEvent.AgentEvent)
  const name = fields.name ?? "agent"
  target["operation.name"] = name
  put(target, "agent.id", fields.id)
  target["agent.name"] = name
  put(target, "agent.role", fields.role)
  put(target, "agent.version", fields.version)
  put(target, "agent.models", fields.models)
  put(target, "agent.tools", fields.tools)
  // With `agent.description`, an agent that has no id would be missing from the list of agents.
  put(target, "agentops.agent.description", fields.description)
  writeAgentTotals(target, fields)
  if (!options.content) return name
  if (fields.input !== undefined) target["agent.input"] = toText(fields.input)
  if (fields.output !== undefined) target["agent.output"] = toText(fields.output)
  writeEntity(target, fields.input, fields.output)
  return name
}

const writeError = (target: Target, event: TracedEvent, options: Options): string => {
  const fields = Event.as(event, ErrorEvent.ErrorEvent)
  const type = fields.type ?? "_OTHER"
  target["error.type"] = type
  put(target, "error.code", fields.code)
  put(target, "trigger_event.id", fields.triggerId)
  put(target, "trigger_event.type", fields.triggerKind)
  if (!options.content) return type
  put(target, "error.message", fields.message)
  put(target, "error.stacktrace", fields.stacktrace)
  if (fields.details !== undefined) target["error.details"] = toText(fields.details)
  return type
}

// A trace has one session. Its part in another process is a workflow.
const sessionKind = (session: TracedSession): "session" | "workflow" => session.continued ? "workflow" : "session"

const writeSession = (target: Target, span: Span, session: TracedSession, options: Options): void => {
  target["agentops.span.kind"] = sessionKind(session)
  target["operation.name"] = session.name
  target["instrumentation.version"] = version
  put(target, "user.id", session.userId)
  put(target, "agentops.agent_name", session.agent)
  put(target, "agentops.session.end_state", session.endState)
  put(target, "agentops.session.end_state_reason", endStateReason(span, options))
  target["agentops.session.llm_calls"] = session.llmCalls
  target["agentops.session.tool_calls"] = session.toolCalls
  target["agentops.session.actions"] = session.actions
  target["agentops.session.errors"] = session.errors
  target["agentops.session.cost"] = toDollars(session.costNanos)
  if (options.content) writeEntity(target, session.input, session.output)
  for (const key in session.metadata) {
    put(target, `trace.metadata.${key}`, Attribute.normalize(session.metadata[key]))
  }
  writeLocation(target, session.callSite)
}

type Writer = (target: Target, event: TracedEvent, options: Options, span: Span) => string

const writeOther: Writer = (target, event, options, span) => {
  target["operation.name"] = span.name
  Object.assign(target, attributesOf(event, options))
  return span.name
}

const writeStepEvent: Writer = (target, event, options, span) => {
  const step = writeStep(target, event, options, span)
  const name = step?.name ?? span.name
  target["operation.name"] = name
  if (options.content) writeEntity(target, step?.input, step?.output)
  return name
}

interface Row {
  /** The last segment of the span's name. */
  readonly suffix: string
  readonly kind: string | undefined
  readonly write: Writer
  /** The fields that `write` encodes. */
  readonly fields: Fields | undefined
}

const operation = { suffix: "operation", kind: "operation" } as const

const rows: Readonly<Record<Category | "other", Row>> = {
  modelCall: { suffix: "llm", kind: "llm", write: writeLlm, fields: LlmEvent.fields },
  tool: { suffix: "tool", kind: "tool", write: writeTool, fields: ToolEvent.fields },
  action: { ...operation, write: writeAction, fields: ActionEvent.fields },
  agent: { suffix: "agent", kind: "agent", write: writeAgent, fields: AgentEvent.fields },
  error: { suffix: "error", kind: undefined, write: writeError, fields: ErrorEvent.fields },
  approval: { ...operation, write: writeStepEvent, fields: stepFields.approval },
  handoff: { ...operation, write: writeStepEvent, fields: stepFields.handoff },
  guardrail: { suffix: "guardrail", kind: "guardrail", write: writeStepEvent, fields: stepFields.guardrail },
  retrieval: { ...operation, write: writeStepEvent, fields: stepFields.retrieval },
  rerank: { ...operation, write: writeStepEvent, fields: stepFields.rerank },
  memory: { ...operation, write: writeStepEvent, fields: stepFields.memory },
  other: { ...operation, write: writeOther, fields: undefined }
}

const eventPart = (event: TracedEvent, span: Span, options: Options): Part => {
  const target: Target = {}
  writeLocation(target, event.callSite)
  if (span.agent !== undefined && event.kind.category !== "agent") {
    const { id } = Event.as(span.agent, AgentEvent.AgentEvent)
    put(target, "agentops.agent_id", typeof id === "string" ? id : undefined)
    put(target, "agentops.agent_name", agentName(span.agent))
  }
  const { fields, kind, suffix, write } = rows[event.kind.category ?? "other"]
  put(target, "agentops.span.kind", kind)
  const name = write(target, event, options, span)
  if (fields !== undefined) writeOwn(target, event, fields, options)
  if (span.failure !== undefined && includesErrorMessage(span, options)) {
    put(target, "error.message", span.failure.message)
  }
  return { name: `${name}.${suffix}`, attributes: target }
}

// The library's own fields already have names that follow AgentOps's rules.
const ours = new Set<Fields>(Object.values(rows).flatMap(({ fields }) => fields === undefined ? [] : [fields]))

const needsSettling = ({ attributes, isSession, tracedEvent }: Span): boolean =>
  attributes.size > 0 || isSession || (tracedEvent !== undefined && !ours.has(tracedEvent.kind.fields))

const ok: Status = { code: "ok" }

const explicitStatus = (span: Span, options: Options): Status => {
  const status = statusOf(span, options)
  if (status.code !== "unset") return status
  if (span.isSession) return span.session?.endState === "Success" ? ok : status
  // The outcome of an interrupted span is unknown.
  return span.interrupted ? status : ok
}

const table: Table = {
  every: (span, options) => ({
    attributes: {
      "session.id": span.session?.id,
      // Any key that begins with `gen_ai.` would make the span a model call.
      "agentops.conversation.id": span.session?.conversationId,
      // The list of traces reads the tags of one span, and the page of a trace those of any span.
      "agentops.tags": span.session !== undefined && span.session.tags.size > 0
        ? Array.from(span.session.tags)
        : undefined,
      "error.message": span.failure !== undefined && includesErrorMessage(span, options)
        ? span.failure.message
        : undefined
    }
  }),
  session: (session, span, options) => {
    const target: Target = {}
    writeSession(target, span, session, options)
    return { name: `${session.name}.${sessionKind(session)}`, attributes: target }
  },
  events: { other: eventPart },
  attempt: (number) => ({ attributes: { "agentops.attempt": number } }),
  status: explicitStatus
}

/** @internal */
export const encodeAgentOps = (span: Span, options: Options): Encoding => {
  const encoding = encodeTable(span, table, options)
  if (!needsSettling(span)) return encoding
  return { ...encoding, attributes: renameAttributes(encoding.attributes, span.tracedEvent?.kind.category === "agent") }
}
