/**
 * Reads the facts of a model call from a span of Mastra.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { defined } from "../../../core/internal/defined.ts"
import { nonEmpty, tryOrUndefined } from "../../../core/internal/inspect.ts"
import * as LlmCall from "../../../model/LlmCall.ts"
import * as Message from "../../../model/Message.ts"
import * as Usage from "../../../model/Usage.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

/** @internal */
export const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

/** @internal */
export const timeOf = (value: unknown): bigint | undefined =>
  value instanceof Date && Number.isFinite(value.getTime()) ? BigInt(value.getTime()) * BigInt(1_000_000) : undefined

const number = (value: unknown): number | undefined => typeof value === "number" ? value : undefined

const usageOf = (raw: unknown): Usage.Usage | undefined => {
  const usage = object(raw)
  const inputTokens = number(usage["inputTokens"])
  const outputTokens = number(usage["outputTokens"])
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  const input = object(usage["inputDetails"])
  return Usage.make({
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: number(input["cacheRead"]),
    cacheWriteTokens: number(input["cacheWrite"]),
    reasoningTokens: number(object(usage["outputDetails"])["reasoning"])
  })
}

const partsOf = (content: unknown): ReadonlyArray<Message.Part> =>
  typeof content === "string"
    ? [Message.text(content)]
    : (Array.isArray(content) ? content : []).map((raw) => {
      const part = object(raw)
      switch (part["type"]) {
        case "text":
          return Message.text(nonEmpty(part["text"]) ?? "")
        case "reasoning":
          return Message.reasoning(nonEmpty(part["text"]) ?? "")
        case "tool-call":
          return Message.toolCall({
            id: nonEmpty(part["toolCallId"]),
            name: nonEmpty(part["toolName"]) ?? "unknown",
            arguments: part["input"] ?? part["args"]
          })
        case "tool-result": {
          const output = object(part["output"])
          return Message.toolResult({
            id: nonEmpty(part["toolCallId"]),
            response: output["value"] ?? part["output"] ?? part["result"] ?? null
          })
        }
      }
      return Message.generic(nonEmpty(part["type"]) ?? "unknown", part)
    })

const inputMessagesOf = (input: unknown): ReadonlyArray<Message.ChatMessage> | undefined => {
  const messages = Array.isArray(input) ? input : object(input)["messages"]
  if (typeof input === "string") return [Message.user(input)]
  if (!Array.isArray(messages)) return undefined
  return messages.map((raw) => {
    const message = object(raw)
    return { role: nonEmpty(message["role"]) ?? "user", parts: partsOf(message["content"] ?? message["parts"]) }
  })
}

const outputPartsOf = (output: unknown): ReadonlyArray<Message.Part> => {
  if (typeof output === "string") return [Message.text(output)]
  const value = object(output)
  const calls = Array.isArray(value["toolCalls"]) ? value["toolCalls"] : []
  return [
    ...(nonEmpty(value["text"]) === undefined ? [] : [Message.text(nonEmpty(value["text"])!)]),
    ...calls.map((raw) => {
      const call = object(object(raw)["payload"] ?? raw)
      return Message.toolCall({
        id: nonEmpty(call["toolCallId"]),
        name: nonEmpty(call["toolName"]) ?? "unknown",
        arguments: call["args"] ?? call["input"]
      })
    })
  ]
}

/** The facts of a generation. Each of its steps is a call of this model. */
const generationOf = (span: unknown): LlmCall.LlmCall => {
  const { attributes, input } = object(span)
  const known = object(attributes)
  const parameters = object(known["parameters"])
  const stops = parameters["stopSequences"]
  const { tools } = known
  return defined({
    // The AI SDK adds the API to the provider's name, as in `openai.chat`.
    provider: nonEmpty(known["provider"])?.split(".", 1)[0],
    operation: "chat" as const,
    requestModel: nonEmpty(known["model"]),
    inputMessages: inputMessagesOf(input),
    toolDefinitions: Array.isArray(tools) && tools.length > 0 ? tools.map(toTool) : undefined,
    temperature: number(parameters["temperature"]),
    topP: number(parameters["topP"]),
    topK: number(parameters["topK"]),
    maxTokens: number(parameters["maxOutputTokens"]),
    presencePenalty: number(parameters["presencePenalty"]),
    frequencyPenalty: number(parameters["frequencyPenalty"]),
    seed: number(parameters["seed"]),
    stopSequences: Array.isArray(stops) ? stops.filter(Predicate.isString) : undefined
  })
}

const toTool = (raw: unknown): Message.ToolDefinition => {
  const tool = object(raw)
  return defined({
    type: "function" as const,
    name: nonEmpty(tool["name"]) ?? "unknown",
    description: nonEmpty(tool["description"]),
    parameters: tool["parameters"]
  })
}

/** The request of a step, if Mastra reports its body. */
const sent = (step: unknown): LlmCall.LlmCall | undefined => {
  const body = nonEmpty(object(object(step)["input"])["body"])
  return body === undefined ? undefined : LlmCall.readRequest(JSON.parse(body))
}

/**
 * The facts of a request: those of a step within its generation. `messages` is the input that follows from the earlier
 * steps. It is used if Mastra does not report the body of the request, because its own input is only a summary.
 *
 * @internal
 */
export const requestOf = (
  generation: unknown,
  step?: unknown,
  messages?: ReadonlyArray<Message.ChatMessage>
): LlmCall.LlmCall | undefined =>
  tryOrUndefined(() => {
    const { inputMessages: all, ...known } = generationOf(generation)
    const body = tryOrUndefined(() => sent(step))
    const inputMessages = body?.inputMessages ?? messages ?? all ?? inputMessagesOf(object(step)["input"])
    return { ...known, ...defined({ inputMessages, toolDefinitions: known.toolDefinitions ?? body?.toolDefinitions }) }
  })

/** The facts of a step's response. @internal */
export const answerOf = (step: unknown): LlmCall.LlmCall | undefined =>
  tryOrUndefined(() => {
    const { attributes, metadata, output } = object(step)
    const known = object(attributes)
    const body = object(object(metadata)["body"])
    const finishReason = nonEmpty(known["finishReason"])?.replaceAll("-", "_")
    const parts = outputPartsOf(output)
    return defined({
      responseModel: nonEmpty(known["responseModel"]) ?? nonEmpty(body["model"]) ??
        nonEmpty(object(metadata)["modelId"]),
      responseId: nonEmpty(known["responseId"]) ?? nonEmpty(body["id"]) ?? nonEmpty(object(metadata)["id"]),
      finishReasons: finishReason === undefined ? undefined : [finishReason],
      outputMessages: parts.length === 0 ? undefined : [Message.output(parts, { finishReason })],
      usage: usageOf(known["usage"])
    })
  })

/** The error of a span, with Mastra's details. @internal */
export const errorOf = (raw: unknown): Error | undefined => {
  if (!Predicate.isObject(raw)) return undefined
  const { details, id, message, name }: Payload = raw
  const error = new Error(nonEmpty(message) ?? "")
  error.name = nonEmpty(name) ?? "MastraError"
  return Object.assign(error, defined({ code: nonEmpty(id), data: Predicate.isObject(details) ? details : undefined }))
}
