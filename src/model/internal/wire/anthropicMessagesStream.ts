/**
 * The events of a streamed message.
 *
 * @see https://docs.anthropic.com/en/docs/build-with-claude/streaming
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import { readResponse } from "./anthropicMessages.ts"
import { argumentsOf } from "./content.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, errorTypeOf, indexOf, object, text } from "./streamed.ts"

interface Block {
  readonly index: number
  start: Payload | undefined
  text?: string | undefined
  thinking?: string | undefined
  content?: string | undefined
  /** Incomplete JSON. */
  input?: string | undefined
}

const whole = (block: Block): Payload => {
  const start = block.start ??
    { type: block.input !== undefined ? "tool_use" : block.thinking === undefined ? "text" : "thinking" }
  const out: Record<PropertyKey, unknown> = { ...start }
  if (block.text !== undefined) out["text"] = (text(start.text) ?? "") + block.text
  if (block.thinking !== undefined) out["thinking"] = (text(start.thinking) ?? "") + block.thinking
  if (block.content !== undefined) out["content"] = (text(start.content) ?? "") + block.content
  if (block.input !== undefined && block.input !== "") out["input"] = argumentsOf(block.input)
  return out
}

type Piece = "text" | "thinking" | "input" | "content"

const pieces: ReadonlyArray<readonly [field: Piece, name: string]> = [
  ["text", "text"],
  ["input", "partial_json"],
  ["thinking", "thinking"],
  ["content", "content"]
]

/** Whether a piece of this kind fits the type of the block. */
const takes = (block: Block, piece: Piece): boolean => {
  const type = text(block.start?.type)
  switch (type) {
    case undefined:
      return block[piece] !== undefined || pieces.every(([field]) => block[field] === undefined)
    case "text":
    case "thinking":
      return piece === type
    default:
      return piece === "content"
        ? type === "compaction" || type.endsWith("_result")
        : piece === "input" || !type.endsWith("tool_use")
  }
}

class MessageAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #blocks: Array<Block> = []
  #message: Payload | undefined = undefined
  #usage: Payload | undefined = undefined
  #stopReason: unknown = undefined

  add(event: Payload): void {
    switch (event.type) {
      case "message_start":
        this.#message ??= object(event.message)
        this.#addUsage(object(event.message)?.usage)
        break
      case "content_block_start": {
        const index = indexOf(event.index)
        const there = this.#blocks.findLast((block) => block.index === index)
        // A block that starts where another one has started is a new block.
        if (there !== undefined && there.start === undefined) there.start = object(event.content_block)
        else this.#blocks.push({ index, start: object(event.content_block) })
        break
      }
      case "content_block_delta":
        this.#addDelta(indexOf(event.index), object(event.delta))
        break
      case "message_delta": {
        const stopReason = object(event.delta)?.stop_reason
        if (stopReason !== undefined) this.#stopReason = stopReason
        this.#addUsage(event.usage)
        break
      }
      case "error":
        this.errorType = errorTypeOf(event.error)
        break
    }
  }

  #addDelta(index: number, delta: Payload | undefined): void {
    if (delta === undefined) return
    for (const [piece, name] of pieces) {
      if (delta[name] === undefined) continue
      let block = this.#blocks.findLast((block) => block.index === index)
      if (block === undefined || !takes(block, piece)) {
        block = { index, start: undefined }
        this.#blocks.push(block)
      }
      block[piece] = append(block[piece], delta[name])
      return
    }
  }

  /** Counts are totals so far. Counts that do not change are omitted or sent as zero. */
  #addUsage(value: unknown): void {
    const usage = object(value)
    if (usage === undefined) return
    const sum: Record<PropertyKey, unknown> = { ...this.#usage }
    for (const [name, count] of Object.entries(usage)) {
      const before = sum[name]
      if (count === null || count === undefined) continue
      sum[name] = typeof count === "number" && typeof before === "number" ? Math.max(count, before) : count
    }
    this.#usage = sum
  }

  facts(): LlmCall | undefined {
    return readResponse({
      ...this.#message,
      content: this.#blocks.map(whole),
      stop_reason: this.#stopReason ?? this.#message?.stop_reason,
      usage: this.#usage
    })
  }
}

/** @internal */
export const make = (): Assembly => new MessageAssembly()
