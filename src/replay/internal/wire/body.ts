/**
 * A model's answer as the body of an API.
 *
 * @internal
 */
import type { LlmCall } from "../../../model/LlmCall.ts"
import * as chatCompletion from "./chatCompletion.ts"
import * as messages from "./messages.ts"
import * as response from "./response.ts"

/** The APIs whose bodies can be written. @internal */
export type WireApi = "chat_completions" | "responses" | "messages"

/** The API of a URL. @internal */
export const apiOfUrl = (url: string): WireApi | undefined => {
  const path = url.split("?", 1)[0]!
  return path.endsWith("/chat/completions")
    ? "chat_completions"
    : path.endsWith("/responses")
    ? "responses"
    : path.endsWith("/messages")
    ? "messages"
    : undefined
}

/** The API of a recorded answer. @internal */
export const apiOfFacts = ({ apiType, provider }: LlmCall): WireApi | undefined => {
  if (apiType === "chat_completions") return "chat_completions"
  if (apiType === "responses") return "responses"
  return provider === "anthropic" ? "messages" : undefined
}

/** The whole answer. @internal */
export const whole = (api: WireApi, facts: LlmCall, created: number): object => {
  switch (api) {
    case "chat_completions":
      return chatCompletion.whole(facts, created)
    case "responses":
      return response.whole(facts, created)
    case "messages":
      return messages.whole(facts)
  }
}

/** The chunks of a streamed answer. @internal */
export const chunks = (
  api: WireApi,
  facts: LlmCall,
  created: number,
  pieces: (text: string) => ReadonlyArray<string>
): ReadonlyArray<object> => {
  switch (api) {
    case "chat_completions":
      return chatCompletion.chunks(facts, created, pieces)
    case "responses":
      return response.events(facts, created, pieces)
    case "messages":
      return messages.events(facts, pieces)
  }
}

/** Chunks as server-sent events, one text each. @internal */
export const serverSentEvents = (api: WireApi, chunks: ReadonlyArray<object>): ReadonlyArray<string> => {
  const texts = chunks.map((chunk) =>
    `${api === "chat_completions" ? "" : `event: ${(chunk as { readonly type: string }).type}\n`}data: ${
      JSON.stringify(chunk)
    }\n\n`
  )
  return api === "chat_completions" ? [...texts, "data: [DONE]\n\n"] : texts
}

/** Splits a text into pieces as models stream it: words with the whitespace before them. @internal */
export const words = (text: string): ReadonlyArray<string> => text.match(/\s*\S+\s*$|\s*\S+|\s+$/g) ?? [text]
