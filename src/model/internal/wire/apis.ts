/**
 * Detects the API of a value by its form, and selects the reader.
 */
import type { Api, LlmCall } from "../../LlmCallFacts.ts"
import * as anthropicMessages from "./anthropicMessages.ts"
import * as cohere from "./cohere.ts"
import * as converse from "./converse.ts"
import * as embeddings from "./embeddings.ts"
import * as generateContent from "./generateContent.ts"
import * as interactions from "./interactions.ts"
import type { Payload } from "./lookup.ts"
import { has, object, objects } from "./lookup.ts"
import * as mistral from "./mistral.ts"
import * as ollama from "./ollama.ts"
import * as openAiChat from "./openAiChat.ts"
import * as openAiCompletions from "./openAiCompletions.ts"
import * as openAiResponses from "./openAiResponses.ts"

export const readers = {
  chat_completions: openAiChat,
  responses: openAiResponses,
  completions: openAiCompletions,
  messages: anthropicMessages,
  embeddings,
  generate_content: generateContent,
  interactions,
  converse,
  mistral,
  cohere,
  ollama
} satisfies Record<Api, {
  readonly readRequest: (body: unknown) => LlmCall | undefined
  readonly readResponse: (value: unknown) => LlmCall | undefined
}>

/** Servers with nearly OpenAI's API often omit `object`. */
const nearlyOpenAi = (value: Payload): Api | undefined => {
  const choices = objects(value.choices)
  if (choices.some((choice) => has(choice, "message"))) return "chat_completions"
  if (choices.some((choice) => typeof choice.text === "string")) return "completions"
  if (choices.length === 0 && Array.isArray(value.choices) && has(value.usage, "prompt_tokens")) {
    return "chat_completions"
  }
  return openAiResponses.isResponse(value) ? "responses" : undefined
}

/** The API of a complete response. */
export const responseApi = (value: Payload): Api | undefined => {
  if (Array.isArray(value.choices) && mistral.isResponse(value)) return "mistral"
  switch (value.object) {
    case "chat.completion":
      return "chat_completions"
    case "response":
      return "responses"
    case "text_completion":
      return "completions"
    case "interaction":
      return "interactions"
  }
  if (anthropicMessages.isResponse(value)) return "messages"
  if (generateContent.isResponse(value)) return "generate_content"
  if (ollama.isResponse(value)) return "ollama"
  if (converse.isResponse(value)) return "converse"
  if (cohere.isResponse(value)) return "cohere"
  if (interactions.isResponse(value)) return "interactions"
  return nearlyOpenAi(value) ?? (embeddings.isResponse(value) ? "embeddings" : undefined)
}

/** The response in a result line of a batch, which is charged at the batch price. */
export const batched = (value: Payload): Payload | undefined => {
  if (!("custom_id" in value || "customId" in value || "key" in value)) return undefined
  return object(object(value.response)?.body) ?? object(object(value.result)?.message) ?? object(value.response)
}

const chatApi = (body: Payload, provider: string | undefined): Api => {
  switch (provider) {
    case "anthropic":
      return "messages"
    case "openai":
      return "chat_completions"
    case "aws.bedrock":
      return converse.isRequest(body) ? "converse" : anthropicMessages.isRequest(body) ? "messages" : "chat_completions"
    case "mistral_ai":
      return "mistral"
    case "cohere":
      return "cohere"
    case "ollama":
      return ollama.isRequest(body) ? "ollama" : "chat_completions"
  }
  if (converse.isRequest(body)) return "converse"
  if (anthropicMessages.isRequest(body)) return "messages"
  if (ollama.isRequest(body)) return "ollama"
  if (cohere.isRequest(body)) return "cohere"
  return mistral.isRequest(body) ? "mistral" : "chat_completions"
}

/** The API of a request body. */
export const requestApi = (body: Payload, provider: string | undefined): Api | undefined => {
  if (Array.isArray(body.messages)) return chatApi(body, provider)
  if (generateContent.isRequest(body)) return "generate_content"
  if (interactions.isRequest(body)) return "interactions"
  if (openAiResponses.isRequest(body)) return "responses"
  if (ollama.isRequest(body)) return "ollama"
  if (openAiCompletions.isRequest(body)) return "completions"
  return embeddings.isRequest(body) ? "embeddings" : undefined
}
