/**
 * Reads a stream of chunks from any provider and in any form: an SDK's objects, decoded server-sent events, or the text
 * or bytes of the body.
 */
import * as Predicate from "effect/Predicate"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as anthropicMessages from "./anthropicMessagesStream.ts"
import { readers, responseApi } from "./apis.ts"
import * as cohere from "./cohereStream.ts"
import * as converse from "./converseStream.ts"
import * as generateContent from "./generateContent.ts"
import * as generateContentStream from "./generateContentStream.ts"
import * as interactions from "./interactionsStream.ts"
import { get, has, objects } from "./lookup.ts"
import * as mistral from "./mistralStream.ts"
import * as ollama from "./ollama.ts"
import * as ollamaStream from "./ollamaStream.ts"
import * as openAiChat from "./openAiChatStream.ts"
import * as openAiCompletions from "./openAiCompletionsStream.ts"
import * as openAiResponses from "./openAiResponsesStream.ts"
import { ServerSentEvents } from "./serverSentEvents.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { errorTypeOf, object } from "./streamed.ts"

const messageEvents = /^(?:message_(?:start|delta|stop)|content_block_(?:start|delta|stop))$/

const converseEvents = [
  "messageStart",
  "contentBlockStart",
  "contentBlockDelta",
  "contentBlockStop",
  "messageStop",
  "metadata"
]

/** Chooses the assembly by the first piece that identifies its API. */
const assemblyOf = (chunk: Payload): Assembly | undefined => {
  if (typeof chunk.type === "string") {
    if (chunk.type.startsWith("response.")) return openAiResponses.make()
    if (messageEvents.test(chunk.type)) return anthropicMessages.make()
    if (cohere.types.has(chunk.type)) return cohere.make()
  }
  if (typeof get(chunk, "event_type") === "string") return interactions.make()
  const choices = objects(chunk.choices)
  if (choices.some((choice) => "finishReason" in choice)) return mistral.make()
  if (
    chunk.object === "chat.completion.chunk" || choices.some((choice) => has(choice, "delta") || has(choice, "message"))
  ) {
    return openAiChat.make()
  }
  if (chunk.object === "text_completion" || choices.some((choice) => typeof choice.text === "string")) {
    return openAiCompletions.make()
  }
  if (generateContent.isResponse(chunk)) return generateContentStream.make()
  if (ollama.isResponse(chunk)) return ollamaStream.make()
  if (converseEvents.some((name) => object(chunk[name]) !== undefined)) return converse.make()
  // The server was asked for a stream and sent a complete response.
  const api = responseApi(chunk)
  return api === undefined ? undefined : new WholeAnswer(readers[api].readResponse)
}

class WholeAnswer implements Assembly {
  readonly errorType = undefined
  #answer: Payload | undefined = undefined
  readonly #read: (value: unknown) => LlmCall | undefined

  constructor(read: (value: unknown) => LlmCall | undefined) {
    this.#read = read
  }

  add(chunk: Payload): void {
    this.#answer = chunk
  }

  facts(): LlmCall | undefined {
    return this.#read(this.#answer)
  }
}

/** The chunk in the `data` of an SDK's event, else the value itself. */
const wrapped = (chunk: Payload): Payload => {
  const data = object(chunk.data)
  return data !== undefined && ("choices" in data || "type" in data) ? data : chunk
}

/** @internal */
export class Chunks {
  #assembly: Assembly | undefined = undefined
  #events: ServerSentEvents | undefined = undefined
  #errorType: string | undefined = undefined

  /** Adds the next chunk. It never throws, and skips a chunk that cannot be read. */
  readonly add = (chunk: unknown): void => {
    try {
      this.#take(chunk)
    } catch {
      // A getter of the chunk threw. The chunk is skipped and the stream continues.
    }
  }

  #take(chunk: unknown): void {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) {
      this.#events ??= new ServerSentEvents(this.#takeJson)
      this.#events.push(chunk)
    } else if (Predicate.isObject(chunk)) {
      this.#takeOne(chunk)
    }
  }

  #takeOne(chunk: Payload): void {
    const { data } = chunk
    const { bytes } = object(chunk.chunk) ?? {}
    if (typeof data === "string") this.#takeJson(data)
    // Bedrock's InvokeModel wraps the model's own events.
    else if (bytes instanceof Uint8Array) this.#takeJson(new TextDecoder().decode(bytes))
    else this.#takeObject(wrapped(chunk))
  }

  readonly #takeJson = (data: string): void => {
    if (data === "[DONE]") return
    const chunk = tryOrUndefined(() => JSON.parse(data) as unknown)
    // Google streams one JSON list if server-sent events were not requested.
    for (const one of Array.isArray(chunk) ? chunk : [chunk]) if (Predicate.isObject(one)) this.#takeObject(one)
  }

  #takeObject(chunk: Payload): void {
    this.#assembly ??= assemblyOf(chunk)
    if (this.#assembly !== undefined) this.#assembly.add(chunk)
    else if (Predicate.isObject(chunk.error)) this.#errorType = errorTypeOf(chunk.error)
  }

  /** The facts so far. */
  readonly facts = (): LlmCall | undefined => tryOrUndefined(() => this.#assembly?.facts())

  readonly errorType = (): string | undefined => this.#assembly?.errorType ?? this.#errorType
}
