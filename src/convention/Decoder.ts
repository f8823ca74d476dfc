/**
 * Decodes attributes into a typed description of a span: the inverse of a `Convention`, for programs that read
 * telemetry.
 *
 * It decodes the spans of this library in each of its conventions, and the spans of other instrumentations:
 * OpenTelemetry's GenAI names in several editions, OpenInference, AgentOps, OpenLLMetry, Vercel's AI SDK and Langfuse.
 *
 * @since 0.1.0
 */
import type { Attributes } from "../core/Attribute.ts"
import type { LogData } from "../core/LogData.ts"
import type { SpanData } from "../core/SpanData.ts"
import type * as Message from "../model/Message.ts"
import type * as Usage from "../model/Usage.ts"
import { first, number, text } from "./internal/decode/aliases.ts"
import { categoryOf } from "./internal/decode/category.ts"
import { type MessageEvent, messagesOfEvents } from "./internal/decode/events.ts"
import { asText, asTexts, isRecord, parsed } from "./internal/decode/json.ts"
import { flatMessagesOf, flatRecordsOf, messagesOf } from "./internal/decode/messages.ts"
import { names } from "./internal/decode/names.ts"
import { costOf, usageOf } from "./internal/decode/usage.ts"
import type { Category, Vocabulary } from "./Vocabulary.ts"

export type { Category, Vocabulary } from "./Vocabulary.ts"

/**
 * The facts of a span, independent of the vocabulary that it was written in.
 *
 * **Details**
 *
 * An unknown fact is `undefined`. `cost` is in US dollars and `timeToFirstChunk` in seconds. Content (`messages`,
 * `input` and `output`) is a JSON value if the attribute was JSON, and text otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export interface DecodedSpan {
  readonly vocabulary: Vocabulary | undefined
  readonly category: Category
  /** A display name: the model, the tool, the agent, the session, or the span's own name. */
  readonly title: string
  readonly provider?: string | undefined
  readonly operation?: string | undefined
  readonly model?: string | undefined
  readonly responseModel?: string | undefined
  readonly responseId?: string | undefined
  readonly finishReasons?: ReadonlyArray<string> | undefined
  readonly usage?: Usage.Usage | undefined
  readonly cost?: number | undefined
  readonly timeToFirstChunk?: number | undefined
  readonly inputMessages?: ReadonlyArray<Message.ChatMessage> | undefined
  readonly outputMessages?: ReadonlyArray<Message.OutputMessage> | undefined
  readonly toolName?: string | undefined
  readonly toolCallId?: string | undefined
  readonly agentName?: string | undefined
  /** The input of a tool, an action, an agent or a session. */
  readonly input?: unknown
  readonly output?: unknown
  readonly sessionId?: string | undefined
  readonly sessionName?: string | undefined
  readonly conversationId?: string | undefined
  readonly userId?: string | undefined
  readonly tags?: ReadonlyArray<string> | undefined
  readonly endState?: string | undefined
  readonly endStateReason?: string | undefined
  readonly errorType?: string | undefined
  readonly errorMessage?: string | undefined
  readonly interrupted: boolean
  /** The number of an attempt, from 1. */
  readonly attempt?: number | undefined
}

const toolCallsOf = (attributes: Attributes): unknown => {
  const calls = parsed(first(attributes, names.answeredCalls))
  return Array.isArray(calls) ? calls : undefined
}

// Vercel's AI SDK has an attribute for each part of the answer.
const answerOf = (attributes: Attributes): ReadonlyArray<Message.OutputMessage> => {
  const answer = first(attributes, names.answeredText)
  const calls = toolCallsOf(attributes)
  const reasoning = asText(first(attributes, names.answeredReasoning))
  if (answer === undefined && calls === undefined && reasoning === undefined) return []
  return messagesOf([{
    role: "assistant",
    content: [
      ...reasoning === undefined ? [] : [{ type: "reasoning", content: reasoning }],
      ...answer === undefined ? [] : [{ type: "text", text: answer }]
    ],
    toolCalls: calls
  }], "assistant")
}

const inputMessagesOf = (
  attributes: Attributes,
  events: ReadonlyArray<MessageEvent>
): ReadonlyArray<Message.ChatMessage> => {
  for (const prefix of ["gen_ai.prompt.", "llm.input_messages.", "llm.prompts."]) {
    const flat = flatMessagesOf(attributes, prefix, "user")
    if (flat.length > 0) return flat
  }
  const instructions = first(attributes, names.systemInstructions)
  const system = instructions === undefined ? [] : [{ role: "system", content: parsed(instructions) }]
  const messages = messagesOf(first(attributes, names.inputMessages), "user")
  if (messages.length > 0) return [...messagesOf(system, "system"), ...messages]
  const { input } = messagesOfEvents(events)
  if (input.length > 0) return input
  return [...messagesOf(system, "system"), ...messagesOf(first(attributes, names.input), "user")]
}

const outputMessagesOf = (
  attributes: Attributes,
  events: ReadonlyArray<MessageEvent>
): ReadonlyArray<Message.OutputMessage> => {
  for (const prefix of ["gen_ai.completion.", "llm.output_messages.", "llm.completions."]) {
    const flat = flatMessagesOf(attributes, prefix, "assistant")
    if (flat.length > 0) return flat
  }
  const messages = messagesOf(first(attributes, names.outputMessages), "assistant")
  if (messages.length > 0) return messages
  const answer = answerOf(attributes)
  if (answer.length > 0) return answer
  const { output } = messagesOfEvents(events)
  if (output.length > 0) return output
  return messagesOf(first(attributes, names.output), "assistant")
}

const firstChunkOf = (span: SpanData): number | undefined => {
  const seconds = number(span.attributes, names.timeToFirstChunk)
  if (seconds !== undefined) return seconds
  const millis = number(span.attributes, names.millisToFirstChunk)
  if (millis !== undefined) return millis / 1000
  // Langfuse has the time of the first token, as JSON text of an ISO date.
  const moment = Date.parse(asText(parsed(span.attributes["langfuse.observation.completion_start_time"])) ?? "")
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - Number(span.startTime / 1_000_000n)) / 1000
}

const isLangfuseError = (attributes: Attributes): boolean => attributes["langfuse.observation.level"] === "ERROR"

const exceptionOf = (span: SpanData): Attributes =>
  span.events.findLast(({ name }) => name === "exception")?.attributes ?? {}

const failureOf = (span: SpanData) => {
  const failed = span.status.code === "error" || span.attributes["error.type"] !== undefined ||
    isLangfuseError(span.attributes)
  if (!failed) return {}
  const exception = exceptionOf(span)
  return {
    errorType: text(span.attributes, names.errorType) ?? asText(exception["exception.type"]) ?? "error",
    errorMessage: span.status.message ?? text(span.attributes, names.errorMessage) ??
      asText(exception["exception.message"])
  }
}

const modelCalls: ReadonlySet<Category> = new Set(["llm", "embeddings"])

const titleOf = (span: SpanData, category: Category, decoded: Partial<DecodedSpan>): string => {
  switch (category) {
    case "llm":
    case "embeddings":
      return decoded.responseModel ?? decoded.model ?? span.name
    case "tool":
      return decoded.toolName ?? span.name
    case "agent":
      return decoded.agentName ?? span.name
    case "session":
      return decoded.sessionName ?? span.name.replace(/\.session$/, "")
    case "action":
      return text(span.attributes, names.actionName) ?? span.name
    default:
      return span.name
  }
}

const defined = (record: Record<string, unknown>): Partial<DecodedSpan> => {
  for (const key of Object.keys(record)) if (record[key] === undefined) delete record[key]
  return record as Partial<DecodedSpan>
}

// OpenInference writes an attribute for each field of a document.
const documentsOf = (attributes: Attributes): unknown => {
  const documents = flatRecordsOf(attributes, "retrieval.documents.").map((entry) => entry["document"] ?? entry)
  return documents.length === 0 ? undefined : documents
}

// Removes the wrapping of a vocabulary: one message of text, or the one argument of a function.
const unwrapped = (value: unknown): unknown => {
  const given = parsed(value)
  if (isRecord(given) && Array.isArray(given["args"]) && isRecord(given["kwargs"])) {
    return given["args"].length === 1 && Object.keys(given["kwargs"]).length === 0 ? given["args"][0] : given
  }
  if (!Array.isArray(given) || given.length !== 1 || !isRecord(given[0]) || !Array.isArray(given[0]["parts"])) {
    return given
  }
  const [part, ...more] = given[0]["parts"] as ReadonlyArray<unknown>
  return more.length === 0 && isRecord(part) && part["type"] === "text" ? part["content"] : given
}

const inputKeys = (category: Category): ReadonlyArray<string> =>
  category === "tool" ? names.toolArguments : category === "embeddings" ? names.embedded : names.input

/**
 * Decodes a span.
 *
 * **Details**
 *
 * It never throws. A span in an unknown vocabulary is a `span` under its own name. Messages are read from the
 * attributes, otherwise from the events of the span, otherwise from `logs`, the log records that belong to the span.
 *
 * **Example** (a call of Vercel's AI SDK)
 *
 * ```ts
 * import { Decoder, SpanData } from "effect-agentops"
 *
 * const call = Decoder.decode(SpanData.make({
 *   name: "ai.generateText.doGenerate",
 *   attributes: {
 *     "ai.operationId": "ai.generateText.doGenerate",
 *     "ai.model.id": "gpt-4o-mini",
 *     "ai.usage.inputTokens": 12,
 *     "ai.usage.outputTokens": 3,
 *     "ai.response.text": "Yes."
 *   }
 * }))
 *
 * call.category // => "llm"
 * call.usage // => { inputTokens: 12, outputTokens: 3 }
 * call.outputMessages // => [{ role: "assistant", parts: [{ type: "text", content: "Yes." }] }]
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const decode = (span: SpanData, logs: ReadonlyArray<LogData> = []): DecodedSpan => {
  const { attributes } = span
  const { category, vocabulary } = categoryOf(attributes)
  const isModelCall = modelCalls.has(category)
  const isTool = category === "tool"
  const events: ReadonlyArray<MessageEvent> = isModelCall && (span.events.length > 0 || logs.length > 0)
    ? [...span.events, ...logs.map((log) => ({ ...log, name: log.eventName ?? "" }))]
    : []
  const inputMessages = category === "llm" ? inputMessagesOf(attributes, events) : []
  const outputMessages = category === "llm" ? outputMessagesOf(attributes, events) : []
  const takesInput = category !== "llm" && category !== "span" && category !== "attempt"
  const decoded = defined({
    provider: isModelCall ? text(attributes, names.provider) : undefined,
    operation: text(attributes, names.operation),
    model: isModelCall ? text(attributes, names.model) : undefined,
    responseModel: isModelCall ? text(attributes, names.responseModel) : undefined,
    responseId: isModelCall ? text(attributes, names.responseId) : undefined,
    finishReasons: isModelCall ? asTexts(first(attributes, names.finishReasons)) : undefined,
    usage: isModelCall ? usageOf(attributes) : undefined,
    cost: isModelCall || isTool
      ? costOf(attributes)
      : undefined,
    timeToFirstChunk: isModelCall ? firstChunkOf(span) : undefined,
    inputMessages: inputMessages.length > 0 ? inputMessages : undefined,
    outputMessages: outputMessages.length > 0 ? outputMessages : undefined,
    toolName: isTool ? text(attributes, names.toolName) : undefined,
    toolCallId: isTool ? text(attributes, names.toolCallId) : undefined,
    agentName: text(attributes, names.agentName),
    input: takesInput ? unwrapped(first(attributes, inputKeys(category))) : undefined,
    output: takesInput && category !== "embeddings"
      ? unwrapped(first(attributes, isTool ? names.toolResult : names.output)) ?? documentsOf(attributes)
      : undefined,
    sessionId: text(attributes, names.sessionId),
    sessionName: text(attributes, names.sessionName),
    conversationId: text(attributes, names.conversationId),
    userId: text(attributes, names.userId),
    tags: asTexts(parsed(first(attributes, names.tags))),
    endState: text(attributes, names.endState),
    endStateReason: text(attributes, names.endStateReason),
    attempt: number(attributes, names.attempt),
    ...failureOf(span)
  })
  return {
    ...decoded,
    vocabulary,
    category,
    title: titleOf(span, category, decoded),
    interrupted: attributes["effect.fiber.interrupted"] === true
  }
}
