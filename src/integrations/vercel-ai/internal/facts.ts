/**
 * Reads the facts of a call of Vercel's AI SDK from its telemetry events.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { defined } from "../../../core/internal/defined.ts"
import type { LlmCall } from "../../../model/LlmCall.ts"
import * as Message from "../../../model/Message.ts"
import { fromName } from "../../../model/Provider.ts"
import * as Usage from "../../../model/Usage.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

const text = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

const number = (value: unknown): number | undefined => typeof value === "number" ? value : undefined

/** OpenTelemetry's name of a provider. The SDK adds the API to the name, as in `openai.chat`. */
const providerOf = (value: unknown): string | undefined => typeof value === "string" ? fromName(value) : undefined

const toPart = (raw: unknown): Message.Part => {
  const part = object(raw)
  switch (part.type) {
    case "text":
      return Message.text(text(part.text) ?? "")
    case "reasoning":
      return Message.reasoning(text(part.text) ?? "")
    case "tool-call":
      return Message.toolCall({
        id: text(part.toolCallId),
        name: text(part.toolName) ?? "unknown",
        arguments: part.input
      })
    case "tool-result": {
      const output = object(part.output)
      return Message.toolResult({ id: text(part.toolCallId), response: output.value ?? part.output ?? null })
    }
    case "file": {
      const file = object(part.file)
      const base64 = text(file.base64)
      if (base64 !== undefined) {
        const mediaType = text(file.mediaType)
        return defined({
          type: "blob" as const,
          modality: mediaType?.split("/", 1)[0] ?? "document",
          mime_type: mediaType,
          content: base64
        })
      }
    }
  }
  return Message.generic(text(part.type) ?? "unknown", part)
}

const partsOf = (content: unknown): ReadonlyArray<Message.Part> =>
  typeof content === "string" ? [Message.text(content)] : Array.isArray(content) ? content.map(toPart) : []

const toMessage = (raw: unknown): Message.ChatMessage => {
  const message = object(raw)
  return { role: text(message.role) ?? "user", parts: partsOf(message.content) }
}

const instructionsOf = (instructions: unknown): LlmCall["systemInstructions"] =>
  typeof instructions === "string"
    ? [Message.text(instructions)]
    : Predicate.hasProperty(instructions, "content") && typeof instructions.content === "string"
    ? [Message.text(instructions.content)]
    : undefined

const toTool = (raw: unknown): Message.ToolDefinition => {
  const tool = object(raw)
  const name = text(tool.name) ?? "unknown"
  return tool.type === "function"
    ? defined({ type: "function" as const, name, description: text(tool.description), parameters: tool.inputSchema })
    : { type: text(tool.type) ?? "unknown", name }
}

/** Reads the request. @internal */
export const requestOf = (event: Payload): LlmCall =>
  defined({
    provider: providerOf(event.provider),
    operation: "chat",
    requestModel: text(event.modelId),
    systemInstructions: instructionsOf(event.instructions),
    inputMessages: Array.isArray(event.messages) ? event.messages.map(toMessage) : undefined,
    toolDefinitions: Array.isArray(event.tools) && event.tools.length > 0 ? event.tools.map(toTool) : undefined,
    temperature: number(event.temperature),
    topP: number(event.topP),
    topK: number(event.topK),
    maxTokens: number(event.maxOutputTokens),
    frequencyPenalty: number(event.frequencyPenalty),
    presencePenalty: number(event.presencePenalty),
    seed: number(event.seed),
    stopSequences: Array.isArray(event.stopSequences) ? event.stopSequences.filter(Predicate.isString) : undefined
  })

const usageOf = (raw: unknown): Usage.Usage | undefined => {
  const usage = object(raw)
  const inputTokens = number(usage.inputTokens)
  const outputTokens = number(usage.outputTokens)
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  const input = object(usage.inputTokenDetails)
  return Usage.make({
    inputTokens,
    outputTokens,
    cacheReadTokens: number(input.cacheReadTokens),
    cacheWriteTokens: number(input.cacheWriteTokens),
    reasoningTokens: number(object(usage.outputTokenDetails).reasoningTokens)
  })
}

/** Reads the response. @internal */
export const answerOf = (event: Payload): LlmCall & { readonly timeToFirstChunk?: number | undefined } => {
  const finishReason = text(event.finishReason)?.replace("-", "_")
  const first = number(object(event.performance).timeToFirstOutputMs)
  return defined({
    responseModel: text(event.modelId),
    responseId: text(event.responseId),
    finishReasons: finishReason === undefined ? undefined : [finishReason],
    outputMessages: [Message.output(partsOf(event.content), { finishReason })],
    usage: usageOf(event.usage),
    timeToFirstChunk: first === undefined ? undefined : first / 1000
  })
}

/** Reads the facts of an embedding. @internal */
export const embeddingOf = (event: Payload) => {
  const tokens = number(object(event.usage).tokens)
  const first: unknown = Array.isArray(event.embeddings) ? event.embeddings[0] : undefined
  return defined({
    provider: providerOf(event.provider),
    operation: "embeddings",
    requestModel: text(event.modelId),
    dimensionCount: Array.isArray(first) ? first.length : undefined,
    usage: tokens === undefined || Number.isNaN(tokens) ? undefined : { inputTokens: tokens, outputTokens: 0 }
  })
}
