/**
 * Cohere's chat API, version 2, in the forms of HTTP and of its SDK.
 *
 * @see https://docs.cohere.com/reference/chat
 */
import { defined } from "../../../core/internal/defined.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as Message from "../../Message.ts"
import { argumentsOf, functionTools, outputTypeOf, partOfUrl, partsOf, unknownPart } from "./content.ts"
import type { Payload } from "./lookup.ts"
import { bool, get, has, named, number, object, objects, text, texts } from "./lookup.ts"
import { fromCohere } from "./usage.ts"

const toPart = (raw: unknown): Message.Part => {
  switch (get(raw, "type")) {
    case "text": {
      const content = text(get(raw, "text"))
      if (content !== undefined) return Message.text(content)
      break
    }
    case "thinking": {
      const thought = text(get(raw, "thinking"))
      if (thought !== undefined) return Message.reasoning(thought)
      break
    }
    case "image_url": {
      const url = text(get(get(raw, "image_url"), "url"))
      if (url !== undefined) return partOfUrl(url, "image")
      break
    }
  }
  return unknownPart(raw)
}

const toParts = (message: Payload): Array<Message.Part> => {
  if (message.role === "tool") {
    return [Message.toolResult({ id: text(get(message, "tool_call_id")), response: message.content ?? null })]
  }
  const plan = named(get(message, "tool_plan"))
  return [
    ...(plan === undefined ? [] : [Message.reasoning(plan)]),
    ...partsOf(message.content, toPart),
    ...objects(get(message, "tool_calls")).map((call) =>
      Message.toolCall({
        id: text(call.id),
        name: text(get(call.function, "name")) ?? "unknown",
        arguments: argumentsOf(get(call.function, "arguments"))
      })
    )
  ]
}

export const isResponse = (value: Payload): boolean =>
  object(value.message) !== undefined && (
    has(value.usage, "tokens") || has(value.usage, "billed_units") ||
    /^[A-Z_]+$/.test(text(get(value, "finish_reason")) ?? "") && !has(value, "done")
  )

export const readResponse = (value: unknown): LlmCall | undefined => {
  if (object(value) === undefined) return undefined
  const message = object(get(value, "message"))
  const finishReason = named(get(value, "finish_reason"))
  return defined({
    provider: "cohere",
    operation: "chat",
    responseModel: named(get(value, "model")),
    responseId: named(get(value, "id")),
    finishReasons: finishReason === undefined ? undefined : [finishReason],
    outputMessages: message === undefined
      ? undefined
      : [Message.output(toParts(message), { role: text(message.role), finishReason })],
    usage: fromCohere(get(value, "usage"))
  })
}

const cohereFields = ["documents", "citation_options", "safety_mode", "strict_tools", "p", "k", "connectors"]

/** Whether a body with `messages` is Cohere's: decided by fields that only Cohere has, else by the model's name. */
export const isRequest = (body: Payload): boolean =>
  cohereFields.some((name) => has(body, name)) || /^(?:command|c4ai)/.test(text(body.model) ?? "")

export const readRequest = (body: unknown): LlmCall | undefined => {
  if (object(body) === undefined) return undefined
  const messages = objects(get(body, "messages")).map((message) => ({
    role: text(message.role) ?? "user",
    parts: toParts(message)
  }))
  return defined({
    provider: "cohere",
    operation: "chat",
    requestModel: named(get(body, "model")),
    inputMessages: messages.length === 0 ? undefined : messages,
    toolDefinitions: functionTools(get(body, "tools")),
    temperature: number(get(body, "temperature")),
    topP: number(get(body, "p")),
    topK: number(get(body, "k")),
    maxTokens: number(get(body, "max_tokens")),
    frequencyPenalty: number(get(body, "frequency_penalty")),
    presencePenalty: number(get(body, "presence_penalty")),
    stopSequences: texts(get(body, "stop_sequences")),
    seed: number(get(body, "seed")),
    stream: bool(get(body, "stream")),
    outputType: outputTypeOf(text(get(get(body, "response_format"), "type")))
  })
}
