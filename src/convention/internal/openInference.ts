/**
 * OpenInference, the vocabulary that Phoenix and Arize read.
 *
 * @see https://arize-ai.github.io/openinference/spec/semantic_conventions.html
 * @internal
 */
import * as Attribute from "../../core/Attribute.ts"
import { writeLocation } from "../../core/internal/callSite.ts"
import type { Fields, Values } from "../../model/Field.ts"
import * as ActionEvent from "../../trace/ActionEvent.ts"
import * as AgentEvent from "../../trace/AgentEvent.ts"
import * as Event from "../../trace/Event.ts"
import type { Category } from "../../trace/EventKind.ts"
import * as LlmEvent from "../../trace/LlmEvent.ts"
import type { Span, TracedEvent } from "../../trace/Span.ts"
import * as ToolEvent from "../../trace/ToolEvent.ts"
import type { Options, Part, Table } from "../Encoding.ts"
import type { FlatMessage } from "./flatMessages.ts"
import { flattenInput, flattenOutput, toText } from "./flatMessages.ts"
import { writeStep } from "./openInferenceStep.ts"
import type { Target } from "./spanFacts.ts"
import { attributesOf, statusOf, writeAgentTotals, writeOwn } from "./spanFacts.ts"

/** The names of the vocabulary that this file writes. @internal */
export const names = {
  kind: "openinference.span.kind",
  sessionId: "session.id",
  userId: "user.id",
  metadata: "metadata",
  tags: "tag.tags",
  input: "input.value",
  inputType: "input.mime_type",
  output: "output.value",
  outputType: "output.mime_type",
  model: "llm.model_name",
  requestModel: "llm.request.model_name",
  responseModel: "llm.response.model_name",
  provider: "llm.provider",
  parameters: "llm.invocation_parameters",
  finishReason: "llm.finish_reason",
  inputMessages: "llm.input_messages",
  outputMessages: "llm.output_messages",
  tools: "llm.tools",
  toolSchema: "tool.json_schema",
  promptTokens: "llm.token_count.prompt",
  completionTokens: "llm.token_count.completion",
  totalTokens: "llm.token_count.total",
  cacheReadTokens: "llm.token_count.prompt_details.cache_read",
  cacheWriteTokens: "llm.token_count.prompt_details.cache_write",
  reasoningTokens: "llm.token_count.completion_details.reasoning",
  cost: "llm.cost.total",
  role: "message.role",
  content: "message.content",
  toolCalls: "message.tool_calls",
  toolCallId: "message.tool_call_id",
  callId: "tool_call.id",
  callName: "tool_call.function.name",
  callArguments: "tool_call.function.arguments",
  toolName: "tool.name",
  toolDescription: "tool.description",
  toolParameters: "tool.parameters",
  toolId: "tool.id",
  embeddingModel: "embedding.model_name",
  embeddings: "embedding.embeddings",
  embeddingText: "embedding.text",
  agentName: "agent.name"
} as const

const json = "application/json"

const put = (target: Target, key: string, value: Attribute.AttributeValue | undefined): void => {
  if (value !== undefined) target[key] = value
}

const writeValue = (target: Target, side: "input" | "output", value: unknown): void => {
  if (value == null) return
  target[names[side]] = toText(value)
  target[names[`${side}Type`]] = typeof value === "string" ? "text/plain" : json
}

const writeMessages = (target: Target, key: string, messages: ReadonlyArray<FlatMessage>): void => {
  for (const [i, message] of messages.entries()) {
    const prefix = `${key}.${i}`
    target[`${prefix}.${names.role}`] = message.role
    target[`${prefix}.${names.content}`] = message.content
    put(target, `${prefix}.${names.toolCallId}`, message.toolCallId)
    for (const [j, call] of message.toolCalls.entries()) {
      const at = `${prefix}.${names.toolCalls}.${j}`
      put(target, `${at}.${names.callId}`, call.id)
      target[`${at}.${names.callName}`] = call.name
      put(target, `${at}.${names.callArguments}`, call.arguments)
    }
  }
}

/** A message in the shape of a provider's API, which Arize's own instrumentation uses too. */
const asMessage = ({ content, role, toolCallId, toolCalls }: FlatMessage) => ({
  role,
  content,
  ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
  ...(toolCalls.length === 0 ? {} : {
    tool_calls: toolCalls.map(({ arguments: arguments_ = "{}", id, name }) => ({
      id,
      type: "function",
      function: { name, arguments: arguments_ }
    }))
  })
})

/** Writes the whole request and answer, for lists of spans and for backends that do not read messages. */
const writeExchange = (
  target: Target,
  input: ReadonlyArray<FlatMessage>,
  output: ReadonlyArray<FlatMessage>,
  finishReasons: ReadonlyArray<string> | undefined
): void => {
  if (input.length > 0) writeValue(target, "input", { messages: input.map(asMessage) })
  if (output.length === 0) return
  const choices = output.map((message, index) => ({
    index,
    message: asMessage(message),
    finish_reason: message.finishReason ?? finishReasons?.[index]
  }))
  writeValue(target, "output", { choices })
}

const writeEmbedded = (target: Target, texts: ReadonlyArray<FlatMessage>): void => {
  for (const [i, { content }] of texts.entries()) target[`${names.embeddings}.${i}.${names.embeddingText}`] = content
  writeValue(target, "input", texts.length === 1 ? texts[0]!.content : texts.map(({ content }) => content))
}

// The parameters of a request other than the model and the messages, in the names of providers.
const invocation = (fields: Values<typeof LlmEvent.fields>): string | undefined => {
  const parameters = {
    temperature: fields.temperature,
    top_p: fields.topP,
    top_k: fields.topK,
    max_tokens: fields.maxTokens,
    frequency_penalty: fields.frequencyPenalty,
    presence_penalty: fields.presencePenalty,
    stop: fields.stopSequences,
    seed: fields.seed,
    n: fields.choiceCount,
    stream: fields.stream,
    reasoning_effort: fields.reasoningLevel
  }
  const text = Attribute.toJson(parameters)
  return text === "{}" ? undefined : text
}

const writeLlm = (target: Target, event: TracedEvent, options: Options): string => {
  const fields = Event.as(event, LlmEvent.LlmEvent)
  const model = fields.responseModel ?? fields.model
  const embedding = fields.operation === "embeddings"
  target[names.kind] = embedding ? "EMBEDDING" : "LLM"
  put(target, embedding ? names.embeddingModel : names.model, model)
  put(target, names.requestModel, fields.model)
  put(target, names.responseModel, fields.responseModel)
  put(target, names.provider, fields.provider)
  put(target, names.parameters, invocation(fields))
  put(target, names.finishReason, fields.finishReasons?.[0])
  const { usage } = fields
  put(target, names.promptTokens, usage?.inputTokens)
  put(target, names.completionTokens, usage?.outputTokens)
  if (usage?.inputTokens !== undefined || usage?.outputTokens !== undefined) {
    target[names.totalTokens] = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)
  }
  put(target, names.cacheReadTokens, usage?.cacheReadTokens)
  put(target, names.cacheWriteTokens, usage?.cacheWriteTokens)
  put(target, names.reasoningTokens, usage?.reasoningTokens)
  put(target, names.cost, fields.cost)
  if (options.content) {
    const input = flattenInput(fields.systemInstructions, fields.inputMessages)
    const output = flattenOutput(fields.outputMessages)
    if (embedding) writeEmbedded(target, input)
    else {
      writeMessages(target, names.inputMessages, input)
      writeMessages(target, names.outputMessages, output)
      writeExchange(target, input, output, fields.finishReasons)
    }
    for (const [i, tool] of (fields.toolDefinitions ?? []).entries()) {
      target[`${names.tools}.${i}.${names.toolSchema}`] = Attribute.toJson(tool)
    }
  }
  const operation = fields.operation ?? "chat"
  return model === undefined ? operation : `${operation} ${model}`
}

const writeTool = (target: Target, event: TracedEvent, options: Options): string => {
  const fields = Event.as(event, ToolEvent.ToolEvent)
  const name = fields.name ?? "tool"
  target[names.kind] = "TOOL"
  target[names.toolName] = name
  put(target, names.toolId, fields.callId)
  put(target, names.toolDescription, fields.description)
  if (!options.content) return name
  if (fields.parameters !== undefined) target[names.toolParameters] = toText(fields.parameters)
  writeValue(target, "input", fields.parameters)
  writeValue(target, "output", fields.result)
  return name
}

const writeAction = (target: Target, event: TracedEvent, options: Options): string => {
  const fields = Event.as(event, ActionEvent.ActionEvent)
  target[names.kind] = "CHAIN"
  if (options.content) {
    writeValue(target, "input", fields.parameters)
    writeValue(target, "output", fields.result)
  }
  return fields.type ?? "action"
}

const writeAgent = (target: Target, event: TracedEvent, options: Options): string => {
  const fields = Event.as(event, AgentEvent.AgentEvent)
  target[names.kind] = "AGENT"
  const name = fields.name ?? "agent"
  target[names.agentName] = name
  writeAgentTotals(target, fields)
  if (options.content) {
    writeValue(target, "input", fields.input)
    writeValue(target, "output", fields.output)
  }
  return name
}

type Writer = (target: Target, event: TracedEvent, options: Options, span: Span) => string

const writeOther: Writer = (target, event, options, span) => {
  target[names.kind] = "CHAIN"
  Object.assign(target, attributesOf(event, options))
  return span.name
}

const writeStepEvent: Writer = (target, event, options, span) => {
  const step = writeStep(target, event, options, span)
  target[names.kind] = step?.kind ?? "CHAIN"
  if (options.content) {
    writeValue(target, "input", step?.input)
    writeValue(target, "output", step?.output)
  }
  return step?.name ?? span.name
}

/** The writer for each category, and the fields that it encodes. */
const rows: Readonly<Record<Category | "other", readonly [Writer, Fields?]>> = {
  modelCall: [writeLlm, LlmEvent.fields],
  tool: [writeTool, ToolEvent.fields],
  action: [writeAction, ActionEvent.fields],
  agent: [writeAgent, AgentEvent.fields],
  error: [writeOther],
  approval: [writeStepEvent],
  handoff: [writeStepEvent],
  guardrail: [writeStepEvent],
  retrieval: [writeStepEvent],
  rerank: [writeStepEvent],
  memory: [writeStepEvent],
  other: [writeOther]
}

const eventPart = (event: TracedEvent, span: Span, options: Options): Part => {
  const attributes: Target = {}
  writeLocation(attributes, event.callSite)
  const [write, fields] = rows[event.kind.category ?? "other"]
  const name = write(attributes, event, options, span)
  if (fields !== undefined) writeOwn(attributes, event, fields, options)
  return { name, attributes }
}

/** @internal */
export const openInference: Table = {
  // A session in Phoenix contains many traces, so it is our conversation if there is one.
  every: ({ session }) => ({
    attributes: {
      [names.sessionId]: session?.conversationId ?? session?.id,
      "gen_ai.conversation.id": session?.conversationId,
      [names.userId]: session?.userId
    }
  }),
  session: ({ callSite, endState, input, metadata, output, tags }, _, options) => {
    const attributes: Target = { [names.kind]: "CHAIN" }
    if (tags.size > 0) attributes[names.tags] = Array.from(tags)
    if (Object.keys(metadata).length > 0) attributes[names.metadata] = Attribute.toJson(metadata)
    put(attributes, "agentops.session.end_state", endState)
    if (options.content) {
      writeValue(attributes, "input", input)
      writeValue(attributes, "output", output)
    }
    writeLocation(attributes, callSite)
    return { attributes }
  },
  events: { other: eventPart },
  attempt: (number) => ({ attributes: { [names.kind]: "CHAIN", "agentops.attempt": number } }),
  status: (span, options) => {
    const status = statusOf(span, options)
    const isOurs = span.isSession || span.tracedEvent !== undefined || span.attempt !== undefined
    // Phoenix shows a span with an unset status as unknown.
    return status.code === "unset" && !span.interrupted && isOurs ? { code: "ok" } : status
  }
}
