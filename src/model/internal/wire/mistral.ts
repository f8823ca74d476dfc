/**
 * Mistral's chat completions. Over HTTP they have OpenAI's form, and the SDK spells the names differently.
 *
 * @see https://docs.mistral.ai/api
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import type { Payload } from "./lookup.ts"
import { get, object, objects } from "./lookup.ts"
import * as openAiChat from "./openAiChat.ts"

const respelled = (value: unknown, names: ReadonlyArray<string>): Payload | undefined => {
  const self = object(value)
  if (self === undefined) return undefined
  const out: Record<PropertyKey, unknown> = { ...self }
  for (const name of names) {
    const found = get(self, name)
    if (found !== undefined) out[name] = found
  }
  return out
}

const respelledPart = (part: unknown): unknown => respelled(part, ["image_url", "input_audio"]) ?? part

const respelledMessage = (message: unknown): Payload | undefined => {
  const self = respelled(message, ["tool_calls", "tool_call_id", "reasoning_content"])
  return self === undefined || !Array.isArray(self.content)
    ? self
    : { ...self, content: self.content.map(respelledPart) }
}

const respelledUsage = (usage: unknown): Payload | undefined =>
  respelled(usage, ["prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details"])

/** Mistral's own SDK returns names in camel case. */
export const isResponse = (value: Payload): boolean =>
  objects(value.choices).some((choice) => "finishReason" in choice) || object(value.usage)?.promptTokens !== undefined

const asMistral = (call: LlmCall | undefined): LlmCall | undefined => {
  if (call === undefined) return undefined
  const { apiType: _, ...rest } = call
  return { ...rest, provider: "mistral_ai" }
}

export const readResponse = (value: unknown): LlmCall | undefined => {
  const self = object(value)
  if (self === undefined) return undefined
  const choices = Array.isArray(self.choices)
    ? objects(self.choices).map((choice) => ({
      finish_reason: get(choice, "finish_reason"),
      message: respelledMessage(choice.message) ?? respelledMessage(objects(choice.messages).at(-1))
    }))
    : undefined
  const usage = respelledUsage(self.usage)
  return asMistral(
    openAiChat.readResponse({ ...self, choices, usage, service_tier: get(usage, "service_tier") ?? self.service_tier })
  )
}

const settings = [
  "max_tokens",
  "top_p",
  "random_seed",
  "response_format",
  "frequency_penalty",
  "presence_penalty",
  "tool_choice",
  "reasoning_effort"
]

/** Whether a body has fields that only Mistral's requests have. */
export const isRequest = (body: Payload): boolean =>
  ["random_seed", "randomSeed", "safe_prompt", "safePrompt", "responseFormat", "maxTokens", "topP"].some((name) =>
    name in body
  )

export const readRequest = (body: unknown): LlmCall | undefined => {
  const self = respelled(body, settings)
  if (self === undefined) return undefined
  return asMistral(openAiChat.readRequest({
    ...self,
    seed: self.random_seed,
    messages: Array.isArray(self.messages) ? objects(self.messages).map(respelledMessage) : undefined
  }))
}
