/**
 * The chunks of a streamed chat completion in the form of Mistral's SDK.
 *
 * @see https://docs.mistral.ai/api
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import { readResponse } from "./mistral.ts"
import * as openAiChat from "./openAiChatStream.ts"
import type { Assembly, Payload } from "./streamed.ts"

class MistralAssembly implements Assembly {
  readonly #chat = openAiChat.make()
  #usage: unknown = undefined

  add(chunk: Payload): void {
    this.#chat.add(chunk)
    this.#usage = chunk.usage ?? this.#usage
  }

  get errorType(): string | undefined {
    return this.#chat.errorType
  }

  facts(): LlmCall | undefined {
    const { apiType: _, ...call } = this.#chat.facts() ?? {}
    const usage = readResponse({ usage: this.#usage })
    return { ...call, provider: "mistral_ai", ...(usage?.usage === undefined ? undefined : { usage: usage.usage }) }
  }
}

/** @internal */
export const make = (): Assembly => new MistralAssembly()
