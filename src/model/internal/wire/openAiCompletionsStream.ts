/**
 * The chunks of a streamed legacy completion. Each has the form of a complete one.
 *
 * @see https://platform.openai.com/docs/api-reference/completions
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import { named } from "./lookup.ts"
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
  readonly #fields: Record<string, unknown> = {}
  #usage: unknown = undefined

  add(chunk: Payload): void {
    if (chunk.error !== undefined && chunk.error !== null) this.errorType = errorTypeOf(chunk.error)
    for (const name of ["id", "model", "service_tier", "system_fingerprint"]) {
      if (chunk[name] !== "" && chunk[name] !== null) this.#fields[name] ??= chunk[name]
    }
    if (chunk.usage !== undefined && chunk.usage !== null) this.#usage = chunk.usage
    if (!Array.isArray(chunk.choices)) return
    for (const raw of chunk.choices) {
      const wire = object(raw)
      if (wire === undefined) continue
      const choice = at(this.#choices, indexOf(wire.index), (): Choice => ({}))
      choice.text = append(choice.text, wire.text)
      choice.finish_reason = named(wire.finish_reason) ?? choice.finish_reason
    }
  }

  facts(): LlmCall | undefined {
    return readResponse({
      ...this.#fields,
      usage: this.#usage,
      choices: this.#choices.length === 0 ? undefined : compact(this.#choices)
    })
  }
}

/** @internal */
export const make = (): Assembly => new CompletionAssembly()
