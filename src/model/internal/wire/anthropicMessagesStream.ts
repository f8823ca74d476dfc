/**
 * The events of a streamed message.
 *
 * @see https://docs.anthropic.com/en/docs/build-with-claude/streaming
 */
import type { LlmCall } from "../../LlmCall.ts"
import { readResponse } from "./anthropicMessages.ts"
import { argumentsOf } from "./content.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, at, compact, errorTypeOf, indexOf, object, text } from "./streamed.ts"

interface Block {
  start: Payload | undefined
  text?: string | undefined
  thinking?: string | undefined
  content?: string | undefined
  /** JSON in the making. */
  input?: string | undefined
}

const whole = (block: Block): Payload => {
  const start = block.start ?? { type: block.thinking === undefined ? "text" : "thinking" }
  const out: Record<PropertyKey, unknown> = { ...start }
  if (block.text !== undefined) out["text"] = (text(start.text) ?? "") + block.text
  if (block.thinking !== undefined) out["thinking"] = (text(start.thinking) ?? "") + block.thinking
  if (block.content !== undefined) out["content"] = (text(start.content) ?? "") + block.content
  if (block.input !== undefined && block.input !== "") out["input"] = argumentsOf(block.input)
  return out
}

class MessageAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #blocks: Array<Block | undefined> = []
  #message: Payload | undefined = undefined
  #usage: Payload | undefined = undefined
  #stopReason: unknown = undefined

  add(event: Payload): void {
    switch (event.type) {
      case "message_start":
        this.#message = object(event.message)
        this.#usage = object(this.#message?.usage)
        break
      case "content_block_start":
        this.#block(event).start = object(event.content_block)
        break
      case "content_block_delta": {
        const delta = object(event.delta)
        if (delta === undefined) return
        const block = this.#block(event)
        if (delta.text !== undefined) block.text = append(block.text, delta.text)
        else if (delta.partial_json !== undefined) block.input = append(block.input, delta.partial_json)
        else if (delta.thinking !== undefined) block.thinking = append(block.thinking, delta.thinking)
        else if (delta.content !== undefined) block.content = append(block.content, delta.content)
        break
      }
      case "message_delta": {
        const stopReason = object(event.delta)?.stop_reason
        if (stopReason !== undefined) this.#stopReason = stopReason
        // Counts are totals so far, and those that cannot change are not told again.
        const usage = object(event.usage)
        if (usage !== undefined) this.#usage = { ...this.#usage, ...told(usage) }
        break
      }
      case "error":
        this.errorType = errorTypeOf(event.error)
        break
    }
  }

  #block(event: Payload): Block {
    return at(this.#blocks, indexOf(event.index), (): Block => ({ start: undefined }))
  }

  facts(): LlmCall | undefined {
    return readResponse({
      ...this.#message,
      content: compact(this.#blocks).map(whole),
      stop_reason: this.#stopReason ?? this.#message?.stop_reason,
      usage: this.#usage
    })
  }
}

const told = (usage: Payload): Payload =>
  Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== null && count !== undefined))

/** @internal */
export const make = (): Assembly => new MessageAssembly()
