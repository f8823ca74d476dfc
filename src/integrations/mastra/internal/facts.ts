/**
 * What a span of Mastra's says of a model call.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { defined } from "../../../core/internal/defined.ts"
import { attempt } from "../../../core/internal/look.ts"
import type * as LlmCall from "../../../model/LlmCall.ts"
import * as Message from "../../../model/Message.ts"
import * as Usage from "../../../model/Usage.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

/** @internal */
export const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

/** @internal */
export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined

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
          return Message.text(text(part["text"]) ?? "")
        case "reasoning":
          return Message.reasoning(text(part["text"]) ?? "")
        case "tool-call":
          return Message.toolCall({
            id: text(part["toolCallId"]),
            name: text(part["toolName"]) ?? "unknown",
            arguments: part["input"] ?? part["args"]
          })
        case "tool-result": {
          const output = object(part["output"])
          return Message.toolResult({
            id: text(part["toolCallId"]),
            response: output["value"] ?? part["output"] ?? part["result"] ?? null
          })
        }
      }
      return Message.generic(text(part["type"]) ?? "unknown", part)
    })

const asked = (input: unknown): ReadonlyArray<Message.ChatMessage> | undefined => {
  const messages = Array.isArray(input) ? input : object(input)["messages"]
  if (typeof input === "string") return [Message.user(input)]
  if (!Array.isArray(messages)) return undefined
  return messages.map((raw) => {
    const message = object(raw)
    return { role: text(message["role"]) ?? "user", parts: partsOf(message["content"] ?? message["parts"]) }
  })
}

const answered = (output: unknown): ReadonlyArray<Message.Part> => {
  if (typeof output === "string") return [Message.text(output)]
  const said = object(output)
  const calls = Array.isArray(said["toolCalls"]) ? said["toolCalls"] : []
  return [
    ...(text(said["text"]) === undefined ? [] : [Message.text(text(said["text"])!)]),
    ...calls.map((raw) => {
      const call = object(object(raw)["payload"] ?? raw)
      return Message.toolCall({
        id: text(call["toolCallId"]),
        name: text(call["toolName"]) ?? "unknown",
        arguments: call["args"] ?? call["input"]
      })
    })
  ]
}

/** The facts of a model call: those of the request when it starts, all when it has ended. @internal */
export const callOf = (span: unknown): LlmCall.LlmCall | undefined =>
  attempt(() => {
    const { attributes, input, output } = object(span)
    const known = object(attributes)
    const parameters = object(known["parameters"])
    const finishReason = text(known["finishReason"])?.replaceAll("-", "_")
    const parts = answered(output)
    const stops = parameters["stopSequences"]
    return defined({
      // The AI SDK names an API of a provider, such as `openai.chat`.
      provider: text(known["provider"])?.split(".", 1)[0],
      operation: "chat" as const,
      requestModel: text(known["model"]),
      responseModel: text(known["responseModel"]),
      responseId: text(known["responseId"]),
      finishReasons: finishReason === undefined ? undefined : [finishReason],
      inputMessages: asked(input),
      outputMessages: parts.length === 0 ? undefined : [Message.output(parts, { finishReason })],
      usage: usageOf(known["usage"]),
      temperature: number(parameters["temperature"]),
      topP: number(parameters["topP"]),
      topK: number(parameters["topK"]),
      maxTokens: number(parameters["maxOutputTokens"]),
      presencePenalty: number(parameters["presencePenalty"]),
      frequencyPenalty: number(parameters["frequencyPenalty"]),
      seed: number(parameters["seed"]),
      stopSequences: Array.isArray(stops) ? stops.filter(Predicate.isString) : undefined,
      stream: known["streaming"] === true ? true : undefined
    })
  })

/** The error of a span, with what Mastra tells of it. @internal */
export const errorOf = (raw: unknown): Error | undefined => {
  if (!Predicate.isObject(raw)) return undefined
  const { details, id, message, name }: Payload = raw
  const error = new Error(text(message) ?? "")
  error.name = text(name) ?? "MastraError"
  return Object.assign(error, defined({ code: text(id), data: Predicate.isObject(details) ? details : undefined }))
}
