/**
 * The events of a streamed Responses API response. The last one holds all of it;
 * what came before only matters where the stream breaks off.
 *
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */
import type { LlmCall } from "../../LlmCall.ts"
import { readResponse } from "./openAiResponses.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, at, compact, errorTypeOf, indexOf, object } from "./streamed.ts"

interface Piece {
  readonly type: string
  text?: string | undefined
}

interface Item {
  /** As it was announced, or as it was when it was done. */
  item: Payload | undefined
  done: boolean
  readonly content: Array<Piece | undefined>
  readonly summary: Array<Piece | undefined>
  arguments?: string | undefined
  input?: string | undefined
}

const whole = ({ arguments: args, content, done, input, item, summary }: Item): Payload => {
  if (done && item !== undefined) return item
  const out: Record<PropertyKey, unknown> = { ...(item ?? { type: "message", role: "assistant" }) }
  if (content.length > 0) out["content"] = compact(content).map(wholePiece)
  if (summary.length > 0) out["summary"] = compact(summary)
  if (args !== undefined) out["arguments"] = args
  if (input !== undefined) out["input"] = input
  return out
}

const wholePiece = ({ text, type }: Piece): Payload => type === "refusal" ? { type, refusal: text } : { type, text }

class ResponseAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #items: Array<Item | undefined> = []
  #response: Payload | undefined = undefined
  #settled = false

  add(event: Payload): void {
    switch (event.type) {
      case "response.output_text.delta":
        this.#append(this.#item(event).content, event.content_index, "output_text", event.delta)
        break
      case "response.refusal.delta":
        this.#append(this.#item(event).content, event.content_index, "refusal", event.delta)
        break
      case "response.reasoning_text.delta":
        this.#append(this.#item(event).content, event.content_index, "reasoning_text", event.delta)
        break
      case "response.reasoning_summary_text.delta":
        this.#append(this.#item(event).summary, event.summary_index, "summary_text", event.delta)
        break
      case "response.function_call_arguments.delta": {
        const item = this.#item(event)
        item.arguments = append(item.arguments, event.delta)
        break
      }
      case "response.custom_tool_call_input.delta": {
        const item = this.#item(event)
        item.input = append(item.input, event.delta)
        break
      }
      case "response.output_item.added":
        this.#item(event).item = object(event.item)
        break
      case "response.output_item.done": {
        const item = this.#item(event)
        item.item = object(event.item) ?? item.item
        item.done = true
        break
      }
      case "response.created":
      case "response.in_progress":
      case "response.queued":
        this.#response = object(event.response) ?? this.#response
        break
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        this.#response = object(event.response) ?? this.#response
        this.#settled = true
        if (event.type === "response.failed") this.errorType = errorTypeOf(this.#response?.error)
        break
      case "error":
        this.errorType = errorTypeOf(object(event.error) ?? { code: event.code })
        break
    }
  }

  #item(event: Payload): Item {
    return at(
      this.#items,
      indexOf(event.output_index),
      (): Item => ({ item: undefined, done: false, content: [], summary: [] })
    )
  }

  #append(pieces: Array<Piece | undefined>, index: unknown, type: string, delta: unknown): void {
    const piece = at(pieces, indexOf(index), (): Piece => ({ type }))
    piece.text = append(piece.text, delta)
  }

  facts(): LlmCall | undefined {
    const response = this.#response
    return this.#settled && Array.isArray(response?.output) && response.output.length > 0
      ? readResponse(response)
      : readResponse({ ...response, output: compact(this.#items).map(whole) })
  }
}

/** @internal */
export const make = (): Assembly => new ResponseAssembly()
