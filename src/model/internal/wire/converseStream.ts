/**
 * The events of a streamed Converse response. Each is an object with one property, whose name is its kind.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import { readResponse } from "./converse.ts"
import { get, text } from "./lookup.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, at, compact, indexOf, object } from "./streamed.ts"

interface Block {
  start: Payload | undefined
  text?: string | undefined
  input?: string | undefined
  thought?: string | undefined
  redacted?: boolean
}

const whole = (block: Block): Payload => {
  const use = object(get(block.start, "toolUse"))
  if (use !== undefined || block.input !== undefined) {
    return { toolUse: { ...use, input: block.input === undefined || block.input === "" ? {} : block.input } }
  }
  if (block.thought !== undefined) return { reasoningContent: { reasoningText: { text: block.thought } } }
  if (block.redacted === true) return { reasoningContent: {} }
  return block.text === undefined && block.start !== undefined ? block.start : { text: block.text ?? "" }
}

class ConverseAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #blocks: Array<Block | undefined> = []
  #role: unknown = undefined
  #stopReason: unknown = undefined
  #metadata: Payload | undefined = undefined

  add(event: Payload): void {
    for (const kind of Object.keys(event)) {
      const body = object(event[kind])
      if (body !== undefined) this.#take(kind, body)
    }
  }

  #take(kind: string, body: Payload): void {
    switch (kind) {
      case "messageStart":
        this.#role = body.role
        break
      case "contentBlockStart":
        this.#block(body).start = object(body.start)
        break
      case "contentBlockDelta": {
        const delta = object(body.delta)
        if (delta === undefined) return
        const block = this.#block(body)
        block.text = append(block.text, delta.text)
        block.input = append(block.input, get(delta.toolUse, "input"))
        const thinking = object(delta.reasoningContent)
        if (thinking !== undefined) {
          block.thought = append(block.thought, thinking.text)
          if (thinking.redactedContent !== undefined) block.redacted = true
        }
        break
      }
      case "messageStop":
        this.#stopReason = body.stopReason
        break
      case "metadata":
        this.#metadata = body
        break
      default:
        // A failure in the stream is an event with the name of the exception, such as `throttlingException`.
        if (kind.endsWith("Exception")) this.errorType = text(body.name) ?? kind[0]!.toUpperCase() + kind.slice(1)
    }
  }

  #block(body: Payload): Block {
    return at(this.#blocks, indexOf(body.contentBlockIndex), (): Block => ({ start: undefined }))
  }

  facts(): LlmCall | undefined {
    return readResponse({
      ...this.#metadata,
      stopReason: this.#stopReason,
      output: { message: { role: this.#role ?? "assistant", content: compact(this.#blocks).map(whole) } }
    })
  }
}

/** @internal */
export const make = (): Assembly => new ConverseAssembly()
