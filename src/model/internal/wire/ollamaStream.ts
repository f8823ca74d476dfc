/**
 * The lines of a streamed response of Ollama. Each has the form of a complete one, and the last has the counts.
 *
 * @see https://docs.ollama.com/api/streaming
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import { list } from "./lookup.ts"
import { readResponse } from "./ollama.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, errorTypeOf, object } from "./streamed.ts"

class OllamaAssembly implements Assembly {
  errorType: string | undefined = undefined
  #last: Payload | undefined = undefined
  #chat = false
  #role: unknown = undefined
  #content: string | undefined = undefined
  #thinking: string | undefined = undefined
  readonly #calls: Array<unknown> = []
  readonly #images: Array<unknown> = []

  add(chunk: Payload): void {
    if (chunk.error !== undefined) {
      this.errorType = errorTypeOf(chunk.error)
      return
    }
    this.#last = { ...this.#last, ...chunk }
    const message = object(chunk.message)
    if (message !== undefined) this.#chat = true
    this.#role ??= message?.role
    this.#content = append(this.#content, message?.content ?? chunk.response)
    this.#thinking = append(this.#thinking, message?.thinking ?? chunk.thinking)
    this.#calls.push(...list(message?.tool_calls))
    this.#images.push(...list(message?.images))
  }

  facts(): LlmCall | undefined {
    const rest = this.#chat
      ? {
        message: {
          role: this.#role,
          content: this.#content,
          thinking: this.#thinking,
          tool_calls: this.#calls,
          images: this.#images
        }
      }
      : { response: this.#content ?? "", thinking: this.#thinking }
    return readResponse({ ...this.#last, ...rest })
  }
}

/** @internal */
export const make = (): Assembly => new OllamaAssembly()
