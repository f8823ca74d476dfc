/**
 * The events of a streamed response of Cohere.
 *
 * @see https://docs.cohere.com/reference/chat-stream
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import { readResponse } from "./cohere.ts"
import { get, named, text } from "./lookup.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, at, compact, indexOf, object } from "./streamed.ts"

interface Piece {
  type?: string | undefined
  text?: string | undefined
  thinking?: string | undefined
}

interface ToolCall {
  id?: string | undefined
  name?: string | undefined
  arguments?: string | undefined
}

export const types: ReadonlySet<unknown> = new Set([
  "message-start",
  "content-start",
  "content-delta",
  "content-end",
  "tool-plan-delta",
  "tool-call-start",
  "tool-call-delta",
  "tool-call-end",
  "citation-start",
  "citation-end",
  "message-end"
])

class CohereAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #content: Array<Piece | undefined> = []
  readonly #calls: Array<ToolCall | undefined> = []
  #id: unknown = undefined
  #role: unknown = undefined
  #plan: string | undefined = undefined
  #finishReason: unknown = undefined
  #usage: unknown = undefined

  add(event: Payload): void {
    const delta = object(event.delta)
    const message = object(delta?.message)
    switch (event.type) {
      case "message-start":
        this.#id = event.id
        this.#role = message?.role
        break
      case "content-start":
      case "content-delta": {
        const content = object(message?.content)
        if (content === undefined) break
        const piece = at(this.#content, indexOf(event.index), (): Piece => ({}))
        piece.type ??= named(content.type)
        piece.text = append(piece.text, content.text)
        piece.thinking = append(piece.thinking, content.thinking)
        break
      }
      case "tool-plan-delta":
        this.#plan = append(this.#plan, get(message, "tool_plan"))
        break
      case "tool-call-start":
      case "tool-call-delta": {
        const raw = get(message, "tool_calls")
        const call = at(this.#calls, indexOf(event.index), (): ToolCall => ({}))
        call.id ??= named(get(raw, "id"))
        call.name ??= named(get(get(raw, "function"), "name"))
        call.arguments = append(call.arguments, get(get(raw, "function"), "arguments"))
        break
      }
      case "message-end":
        this.#finishReason = get(delta, "finish_reason")
        this.#usage = delta?.usage
        if (named(delta?.error) !== undefined) this.errorType = text(this.#finishReason) ?? "_OTHER"
        break
    }
  }

  facts(): LlmCall | undefined {
    return readResponse({
      id: this.#id,
      finish_reason: this.#finishReason,
      usage: this.#usage,
      message: {
        role: this.#role,
        tool_plan: this.#plan,
        content: compact(this.#content).map((piece) =>
          piece.thinking === undefined
            ? { type: "text", text: piece.text ?? "" }
            : { type: "thinking", thinking: piece.thinking }
        ),
        tool_calls: compact(this.#calls).map((call) => ({
          id: call.id,
          function: { name: call.name, arguments: call.arguments === "" ? "{}" : call.arguments }
        }))
      }
    })
  }
}

/** @internal */
export const make = (): Assembly => new CohereAssembly()
