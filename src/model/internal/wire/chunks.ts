/**
 * Reads a stream of chunks, whoever sent them and however they are packed: the
 * SDKs' objects, decoded server-sent events, or the body's own text or bytes.
 */
import * as Predicate from "effect/Predicate"
import { attempt } from "../../../core/internal/look.ts"
import type { LlmCall } from "../../LlmCall.ts"
import * as anthropicMessages from "./anthropicMessagesStream.ts"
import * as openAiChat from "./openAiChatStream.ts"
import * as openAiCompletions from "./openAiCompletionsStream.ts"
import * as openAiResponses from "./openAiResponsesStream.ts"
import { ServerSentEvents } from "./serverSentEvents.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { errorTypeOf } from "./streamed.ts"

const messageEvents = /^(?:message_(?:start|delta|stop)|content_block_(?:start|delta|stop))$/

const assemblyOf = (chunk: Payload): Assembly | undefined => {
  switch (chunk.object) {
    case "chat.completion.chunk":
      return openAiChat.make()
    case "text_completion":
      return openAiCompletions.make()
  }
  if (typeof chunk.type === "string") {
    if (chunk.type.startsWith("response.")) return openAiResponses.make()
    if (messageEvents.test(chunk.type)) return anthropicMessages.make()
    return undefined
  }
  // Some servers that speak OpenAI's API leave `object` out.
  return Array.isArray(chunk.choices) && chunk.choices.some((choice) => Predicate.hasProperty(choice, "delta"))
    ? openAiChat.make()
    : undefined
}

/** @internal */
export class Chunks {
  #assembly: Assembly | undefined = undefined
  #events: ServerSentEvents | undefined = undefined
  #errorType: string | undefined = undefined

  /** Takes the next chunk in. Never throws; what cannot be read is passed over. */
  readonly add = (chunk: unknown): void => {
    try {
      this.#take(chunk)
    } catch {
      // A getter of the caller's that throws: the chunk goes unread, the stream goes on.
    }
  }

  #take(chunk: unknown): void {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) {
      this.#events ??= new ServerSentEvents(this.#takeJson)
      this.#events.push(chunk)
    } else if (Predicate.isObject(chunk)) {
      const data = (chunk as Payload).data
      if (typeof data === "string") this.#takeJson(data)
      else this.#takeObject(chunk)
    }
  }

  readonly #takeJson = (data: string): void => {
    if (data === "[DONE]") return
    const chunk = attempt(() => JSON.parse(data) as unknown)
    if (Predicate.isObject(chunk)) this.#takeObject(chunk)
  }

  #takeObject(chunk: Payload): void {
    this.#assembly ??= assemblyOf(chunk)
    if (this.#assembly !== undefined) this.#assembly.add(chunk)
    else if (Predicate.isObject(chunk.error)) this.#errorType = errorTypeOf(chunk.error)
  }

  /** What is known so far. */
  readonly facts = (): LlmCall | undefined => attempt(() => this.#assembly?.facts())

  readonly errorType = (): string | undefined => this.#assembly?.errorType ?? this.#errorType
}
