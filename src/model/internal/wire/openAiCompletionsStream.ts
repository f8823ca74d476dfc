/**
 * The chunks of a streamed legacy completion: each has the form of a whole one.
 *
 * @see https://platform.openai.com/docs/api-reference/completions
 */
import type { LlmCall } from "../../LlmCall.ts"
import { readResponse } from "./openAiCompletions.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, at, compact, errorTypeOf, indexOf, object } from "./streamed.ts"

interface Choice {
  text?: string | undefined
  finish_reason?: string | undefined
}

class CompletionAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #choices: Array<Choice | undefined> = []
  #first: Payload | undefined = undefined
  #usage: unknown = undefined

  add(chunk: Payload): void {
    if (chunk.error !== undefined && chunk.error !== null) this.errorType = errorTypeOf(chunk.error)
    if (chunk.id !== undefined) this.#first ??= chunk
    if (chunk.usage !== undefined && chunk.usage !== null) this.#usage = chunk.usage
    if (!Array.isArray(chunk.choices)) return
    for (const raw of chunk.choices) {
      const wire = object(raw)
      if (wire === undefined) continue
      const choice = at(this.#choices, indexOf(wire.index), (): Choice => ({}))
      choice.text = append(choice.text, wire.text)
      if (typeof wire.finish_reason === "string") choice.finish_reason = wire.finish_reason
    }
  }

  facts(): LlmCall | undefined {
    return readResponse({
      id: this.#first?.id,
      model: this.#first?.model,
      service_tier: this.#first?.service_tier,
      system_fingerprint: this.#first?.system_fingerprint,
      usage: this.#usage,
      choices: this.#choices.length === 0 ? undefined : compact(this.#choices)
    })
  }
}

/** @internal */
export const make = (): Assembly => new CompletionAssembly()
