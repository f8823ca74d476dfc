/**
 * Ollama's own API: `/api/chat` and `/api/generate`.
 *
 * @see https://docs.ollama.com/api/chat
 */
import { defined } from "../../../core/internal/defined.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as Message from "../../Message.ts"
import { argumentsOf, blob, functionTools, unknownPart } from "./content.ts"
import type { Payload } from "./lookup.ts"
import { bool, get, has, list, named, number, object, objects, text, texts } from "./lookup.ts"
import { fromOllama } from "./usage.ts"

const toParts = (message: Payload): Array<Message.Part> => {
  if (message.role === "tool") {
    return [
      Message.toolResult({
        id: named(get(message, "tool_call_id")) ?? named(get(message, "tool_name")),
        response: message.content ?? null
      })
    ]
  }
  const parts: Array<Message.Part> = []
  const thinking = named(message.thinking)
  if (thinking !== undefined) parts.push(Message.reasoning(thinking))
  const content = named(message.content)
  if (content !== undefined) parts.push(Message.text(content))
  for (const image of list(message.images)) {
    parts.push(typeof image === "string" ? blob(image, "image", undefined) : unknownPart(image))
  }
  for (const call of objects(get(message, "tool_calls"))) {
    parts.push(Message.toolCall({
      id: text(call.id),
      name: text(get(call.function, "name")) ?? "unknown",
      arguments: argumentsOf(get(call.function, "arguments"))
    }))
  }
  return parts
}

export const isResponse = (value: Payload): boolean =>
  typeof value.done === "boolean" && (object(value.message) !== undefined || typeof value.response === "string")

export const readResponse = (value: unknown): LlmCall | undefined => {
  const answer = object(value)
  if (answer === undefined) return undefined
  const generated = text(answer.response)
  const message = object(answer.message) ??
    (generated === undefined ? undefined : { role: "assistant", content: generated, thinking: answer.thinking })
  const finishReason = named(get(answer, "done_reason")) ?? (answer.done === true ? "stop" : undefined)
  return defined({
    provider: "ollama",
    operation: object(answer.message) === undefined ? "text_completion" : "chat",
    responseModel: named(answer.model),
    finishReasons: finishReason === undefined ? undefined : [finishReason],
    outputMessages: message === undefined
      ? undefined
      : [Message.output(toParts(message), { role: text(message.role), finishReason })],
    usage: fromOllama(answer)
  })
}

const ollamaFields = ["options", "keep_alive", "format", "think"]

const promptFields = ["options", "keep_alive", "raw", "template", "context"]

/** Whether a body has fields that only Ollama's requests have. */
export const isRequest = (body: Payload): boolean =>
  Array.isArray(body.messages)
    ? ollamaFields.some((name) => name in body) || objects(body.messages).some((message) => has(message, "tool_name"))
    : typeof body.prompt === "string" && promptFields.some((name) => name in body)

export const readRequest = (body: unknown): LlmCall | undefined => {
  const request = object(body)
  if (request === undefined) return undefined
  const { options } = request
  const prompt = text(request.prompt)
  const chat = Array.isArray(request.messages)
  const system = named(request.system)
  return defined({
    provider: "ollama",
    operation: chat ? "chat" : "text_completion",
    requestModel: named(request.model),
    systemInstructions: system === undefined ? undefined : [Message.text(system)],
    inputMessages: chat
      ? objects(request.messages).map((message) => ({ role: text(message.role) ?? "user", parts: toParts(message) }))
      : prompt === undefined
      ? undefined
      : [Message.user(prompt)],
    toolDefinitions: functionTools(request.tools),
    temperature: number(get(options, "temperature")),
    topP: number(get(options, "top_p")),
    topK: number(get(options, "top_k")),
    maxTokens: number(get(options, "num_predict")),
    frequencyPenalty: number(get(options, "frequency_penalty")),
    presencePenalty: number(get(options, "presence_penalty")),
    stopSequences: texts(get(options, "stop")),
    seed: number(get(options, "seed")),
    stream: bool(request.stream),
    outputType: request.format === undefined || request.format === "" ? undefined : "json",
    reasoningLevel: text(request.think)
  })
}
