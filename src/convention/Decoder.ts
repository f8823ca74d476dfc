/**
 * From attributes back to what happened: the inverse of a `Convention`, for whoever reads telemetry.
 *
 * A span that this library sent is understood, in each of its conventions, and so is one that another
 * instrumentation sent: OpenTelemetry's GenAI names in several editions, OpenInference, AgentOps,
 * OpenLLMetry, Vercel's AI SDK and Langfuse.
 *
 * @since 0.1.0
 */
import type { Attributes } from "../core/Attribute.ts"
import type { SpanData } from "../core/SpanData.ts"
import type * as Message from "../model/Message.ts"
import * as Usage from "../model/Usage.ts"
import { categoryOf } from "./internal/decode/category.ts"
import { asNumber, asText, asTexts, isRecord, parsed } from "./internal/decode/json.ts"
import { flatMessagesOf, messagesOf } from "./internal/decode/messages.ts"
import { names } from "./internal/decode/names.ts"

/**
 * The instrumentations whose names are known.
 *
 * @category models
 * @since 0.1.0
 */
export type Vocabulary =
  | "standard"
  | "genAi"
  | "agentOps"
  | "openInference"
  | "vercelAi"
  | "langfuse"
  | "openLlmetry"

/**
 * What a span is.
 *
 * **Details**
 *
 * An `attempt` is one try at the event around it. A `chain` is a step around others that no vocabulary says more of.
 * A `span` is any other span, such as a request to a database.
 *
 * @category models
 * @since 0.1.0
 */
export type Category =
  | "session"
  | "agent"
  | "llm"
  | "embeddings"
  | "tool"
  | "action"
  | "attempt"
  | "retrieval"
  | "rerank"
  | "guardrail"
  | "memory"
  | "approval"
  | "handoff"
  | "evaluation"
  | "chain"
  | "error"
  | "span"

/**
 * What a span tells, whatever words it was told in.
 *
 * **Details**
 *
 * What nobody said is `undefined`. `cost` is in US dollars and `timeToFirstChunk` in seconds. Content (`messages`,
 * `input` and `output`) is JSON values where the attribute was JSON, and text otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export interface DecodedSpan {
  readonly vocabulary: Vocabulary | undefined
  readonly category: Category
  /** What to call it: the model, the tool, the agent, the session, or the span's own name. */
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
  /** What went into a tool, an action, an agent or a session. */
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

const first = (attributes: Attributes, keys: ReadonlyArray<string>): unknown => {
  for (const key of keys) {
    const value = attributes[key]
    if (value !== undefined && value !== "") return value
  }
  return undefined
}

const text = (attributes: Attributes, keys: ReadonlyArray<string>) => asText(first(attributes, keys))

const number = (attributes: Attributes, keys: ReadonlyArray<string>) => asNumber(first(attributes, keys))

// Langfuse has one JSON object for all counts, and one for all costs.
const details = (attributes: Attributes, name: string): Readonly<Record<string, unknown>> => {
  const value = parsed(attributes[`langfuse.observation.${name}`])
  return isRecord(value) ? value : {}
}

const usageOf = (attributes: Attributes): Usage.Usage | undefined => {
  const counted = details(attributes, "usage_details")
  const inputTokens = number(attributes, names.inputTokens) ?? asNumber(counted["input"] ?? counted["prompt_tokens"])
  const outputTokens = number(attributes, names.outputTokens) ??
    asNumber(counted["output"] ?? counted["completion_tokens"])
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  return Usage.make({
    inputTokens,
    outputTokens,
    cacheReadTokens: number(attributes, names.cacheReadTokens) ??
      asNumber(counted["input_cached_tokens"] ?? counted["cache_read_input_tokens"]),
    cacheWriteTokens: number(attributes, names.cacheWriteTokens) ?? asNumber(counted["cache_creation_input_tokens"]),
    reasoningTokens: number(attributes, names.reasoningTokens) ?? asNumber(counted["output_reasoning_tokens"])
  })
}

const toolCallsOf = (attributes: Attributes): unknown => {
  const calls = parsed(attributes["ai.response.toolCalls"])
  return Array.isArray(calls) ? calls : undefined
}

const inputMessagesOf = (attributes: Attributes): ReadonlyArray<Message.ChatMessage> => {
  for (const prefix of ["gen_ai.prompt.", "llm.input_messages.", "llm.prompts."]) {
    const flat = flatMessagesOf(attributes, prefix, "user")
    if (flat.length > 0) return flat
  }
  const instructions = first(attributes, names.systemInstructions)
  const system = instructions === undefined ? [] : [{ role: "system", content: parsed(instructions) }]
  return [...messagesOf(system, "system"), ...messagesOf(first(attributes, names.inputMessages), "user")]
}

const outputMessagesOf = (attributes: Attributes): ReadonlyArray<Message.OutputMessage> => {
  for (const prefix of ["gen_ai.completion.", "llm.output_messages.", "llm.completions."]) {
    const flat = flatMessagesOf(attributes, prefix, "assistant")
    if (flat.length > 0) return flat
  }
  const said = attributes["ai.response.text"] ?? attributes["ai.response.object"]
  const calls = toolCallsOf(attributes)
  if (said !== undefined || calls !== undefined) {
    return messagesOf([{ role: "assistant", content: said, toolCalls: calls }], "assistant")
  }
  return messagesOf(first(attributes, names.outputMessages), "assistant")
}

const firstChunkOf = (span: SpanData): number | undefined => {
  const seconds = number(span.attributes, names.timeToFirstChunk)
  if (seconds !== undefined) return seconds
  const millis = asNumber(span.attributes["ai.response.msToFirstChunk"] ?? span.attributes["ai.stream.msToFirstChunk"])
  return millis === undefined ? undefined : millis / 1000
}

const exceptionOf = (span: SpanData): Attributes =>
  span.events.findLast(({ name }) => name === "exception")?.attributes ?? {}

const failureOf = (span: SpanData) => {
  const failed = span.status.code === "error" || span.attributes["error.type"] !== undefined
  if (!failed) return {}
  const exception = exceptionOf(span)
  return {
    errorType: text(span.attributes, names.errorType) ?? asText(exception["exception.type"]) ?? "error",
    errorMessage: span.status.message ?? asText(span.attributes["error.message"]) ??
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

/**
 * Reads what a span tells.
 *
 * **Details**
 *
 * It never throws, and a span that is in no vocabulary that it knows is a `span` under its own name.
 *
 * **Example** (A call as Vercel's AI SDK told it)
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
export const decode = (span: SpanData): DecodedSpan => {
  const { attributes } = span
  const { category, vocabulary } = categoryOf(attributes)
  const isModelCall = modelCalls.has(category)
  const isTool = category === "tool"
  const inputMessages = isModelCall ? inputMessagesOf(attributes) : []
  const outputMessages = isModelCall ? outputMessagesOf(attributes) : []
  const takesInput = !isModelCall && category !== "span" && category !== "attempt"
  const decoded = defined({
    provider: isModelCall ? text(attributes, names.provider) : undefined,
    operation: text(attributes, names.operation),
    model: isModelCall ? text(attributes, names.model) : undefined,
    responseModel: isModelCall ? text(attributes, names.responseModel) : undefined,
    responseId: isModelCall ? text(attributes, names.responseId) : undefined,
    finishReasons: isModelCall ? asTexts(first(attributes, names.finishReasons)) : undefined,
    usage: isModelCall ? usageOf(attributes) : undefined,
    cost: isModelCall || isTool
      ? number(attributes, names.cost) ?? asNumber(details(attributes, "cost_details")["total"])
      : undefined,
    timeToFirstChunk: isModelCall ? firstChunkOf(span) : undefined,
    inputMessages: inputMessages.length > 0 ? inputMessages : undefined,
    outputMessages: outputMessages.length > 0 ? outputMessages : undefined,
    toolName: isTool ? text(attributes, names.toolName) : undefined,
    toolCallId: isTool ? text(attributes, names.toolCallId) : undefined,
    agentName: text(attributes, names.agentName),
    input: takesInput ? parsed(first(attributes, isTool ? names.toolArguments : names.input)) : undefined,
    output: takesInput ? parsed(first(attributes, isTool ? names.toolResult : names.output)) : undefined,
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
