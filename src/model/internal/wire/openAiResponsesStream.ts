/**
 * The events of a streamed Responses API response. The last event holds the whole response, so the earlier ones matter
 * only if the stream breaks off.
 *
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import { named } from "./lookup.ts"
import { readResponse } from "./openAiResponses.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, at, compact, errorTypeOf, indexOf, object, text } from "./streamed.ts"

interface Piece {
  readonly type: string
  text?: string | undefined
}

interface Item {
  readonly index: number | undefined
  id: string | undefined
  /** The item as announced, or as completed. */
  item: Payload | undefined
  done: boolean
  readonly content: Array<Piece | undefined>
  readonly summary: Array<Piece | undefined>
  readonly annotations: Array<unknown>
  /** Fields that came in pieces: `arguments`, `input`, `code`, … */
  readonly fields: Record<string, string | undefined>
}

const wholePiece = ({ text, type }: Piece): Payload => type === "refusal" ? { type, refusal: text } : { type, text }

const whole = ({ annotations, content, done, fields, item, summary }: Item): Payload => {
  if (done && item !== undefined) return item
  const type = fields["arguments"] !== undefined
    ? "function_call"
    : fields["input"] !== undefined
    ? "custom_tool_call"
    : summary.length > 0
    ? "reasoning"
    : "message"
  const out: Record<PropertyKey, unknown> = { ...(item ?? { type, role: "assistant" }) }
  if (content.length > 0) out["content"] = [...compact(content).map(wholePiece), ...annotations]
  if (summary.length > 0) out["summary"] = compact(summary)
  for (const name of Object.keys(fields)) out[name] = fields[name]
  return out
}

/** The part type of each kind of text delta, and whether it belongs to the summary. */
const texts: Readonly<Record<string, readonly [type: string, summary: boolean]>> = {
  output_text: ["output_text", false],
  refusal: ["refusal", false],
  reasoning_text: ["reasoning_text", false],
  reasoning_summary_text: ["summary_text", true],
  audio_transcript: ["output_text", false],
  output_audio_transcript: ["output_text", false]
}

/** The field of a delta: `response.mcp_call_arguments.delta` is a piece of the `arguments`. */
const fieldOf = (kind: string): string | undefined => /_call_([a-z_]+)$/.exec(kind)?.[1]

class ResponseAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #items: Array<Item> = []
  #response: Payload | undefined = undefined
  #isComplete = false

  add(event: Payload): void {
    const type = text(event.type) ?? ""
    if (type.endsWith(".delta")) return this.#addDelta(type.slice("response.".length, -".delta".length), event)
    switch (type) {
      case "response.output_text.annotation.added":
        this.#item(event).annotations.push(event.annotation)
        break
      case "response.image_generation_call.partial_image":
        this.#item(event).fields["result"] = text(event.partial_image_b64)
        break
      case "response.output_item.added": {
        const item = this.#item(event, true)
        item.item = object(event.item)
        break
      }
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
      case "response.cancelled":
      case "response.done":
        this.#response = object(event.response) ?? this.#response
        this.#isComplete = true
        if (type === "response.failed") this.errorType = errorTypeOf(this.#response?.error)
        break
      case "error":
        this.errorType = errorTypeOf(object(event.error) ?? { code: event.code })
        break
    }
  }

  #addDelta(kind: string, event: Payload): void {
    const known = texts[kind]
    if (known !== undefined) {
      const [type, summary] = known
      const item = this.#item(event)
      const piece = summary
        ? at(item.summary, indexOf(event.summary_index), (): Piece => ({ type }))
        : at(item.content, indexOf(event.content_index), (): Piece => ({ type }))
      piece.text = append(piece.text, event.delta)
      return
    }
    const field = fieldOf(kind)
    if (field === undefined) return
    const { fields } = this.#item(event)
    fields[field] = append(fields[field], event.delta)
  }

  /** Finds the item by its id, else by its index, unless another item has started there. */
  #item(event: Payload, begins = false): Item {
    const id = named(event.item_id) ?? named(object(event.item)?.id)
    const index = typeof event.output_index === "number" ? event.output_index : undefined
    const known = id === undefined ? undefined : this.#items.findLast((item) => item.id === id)
    const there = known ?? this.#items.findLast((item) => index === undefined || item.index === index)
    if (there !== undefined && (there === known || !(begins && there.item !== undefined))) {
      there.id ??= id
      return there
    }
    const item: Item = {
      index,
      id,
      item: undefined,
      done: false,
      content: [],
      summary: [],
      annotations: [],
      fields: {}
    }
    this.#items.push(item)
    return item
  }

  /** The items by index if the indices are distinct, else in the order of arrival. */
  #inOrder(): ReadonlyArray<Item> {
    const distinct = new Set(this.#items.map((item) => item.index)).size === this.#items.length
    return distinct ? this.#items.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)) : this.#items
  }

  facts(): LlmCall | undefined {
    const response = this.#response
    return this.#isComplete && Array.isArray(response?.output) && response.output.length > 0
      ? readResponse(response)
      : readResponse({ ...response, output: this.#inOrder().map(whole) })
  }
}

/** @internal */
export const make = (): Assembly => new ResponseAssembly()
