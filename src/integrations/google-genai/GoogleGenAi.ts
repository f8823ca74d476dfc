/**
 * The client of the `@google/genai` package, with its calls as effects and as LLM events.
 *
 * {@link wrap} returns a client whose `models`, `chats` and `interactions` return effects and streams.
 * {@link GoogleGenAiClient.use} provides a client of promises whose calls are traced.
 *
 * It needs the `@google/genai` package, version 1 or later.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { TypeId } from "../../core/ErrorType.ts"
import * as sdk from "../internal/sdk.ts"
import type { Call, Failure, Promising, StreamCall } from "../Sdk.ts"
import { chatTable, tableOf } from "./internal/methods.ts"

/**
 * A failed call of Google's API.
 *
 * **Details**
 *
 * `code` is the API's own, such as `RESOURCE_EXHAUSTED` or `INVALID_ARGUMENT`, else the HTTP status. Without a response
 * it is `timeout`, the system's code such as `ECONNREFUSED`, or the name of the SDK's error. It becomes the span's
 * `error.type`. `cause` is the SDK's error.
 *
 * @category errors
 * @since 0.1.0
 */
export class GoogleGenAiError extends Data.TaggedError("GoogleGenAiError")<Failure> {
  /** The span's `error.type`. */
  get [TypeId](): string {
    return this.code
  }
}

/**
 * The options of {@link wrap}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The value of `provider`. Default `gcp.gemini`, or `gcp.vertex_ai` for a client of Vertex AI. */
  readonly provider?: string | undefined
}

interface Chat {
  sendMessage: Promising
  sendMessageStream: Promising
}

/**
 * The part of a client that is used.
 *
 * @category models
 * @since 0.1.0
 */
export interface Client {
  readonly models: { generateContent: Promising; generateContentStream: Promising; embedContent: Promising }
  readonly chats: { create(params: never): Chat }
}

/**
 * A chat of the SDK as effects. `chat` is the SDK's own object.
 *
 * @category models
 * @since 0.1.0
 */
export interface GoogleGenAiChat<C extends Chat> {
  readonly chat: C
  readonly sendMessage: Call<C["sendMessage"], GoogleGenAiError>
  readonly sendMessageStream: StreamCall<C["sendMessageStream"], GoogleGenAiError>
}

type ItemOf<R> = R extends AsyncIterable<infer A> ? A : never

type WithoutStream<P> = P extends unknown ? Omit<P, "stream"> : never

/** Derived from the last signature, which covers the ones before it. */
type Create<F> = F extends (params: infer P, options?: infer O) => PromiseLike<infer R> ? {
    readonly create: (
      params: P & { readonly stream?: false | undefined },
      options?: O
    ) => Effect.Effect<Exclude<R, AsyncIterable<unknown>>, GoogleGenAiError>
    readonly createStream: (params: WithoutStream<P>, options?: O) => Stream.Stream<ItemOf<R>, GoogleGenAiError>
  }
  : never

/**
 * Google's client as effects.
 *
 * **Details**
 *
 * Interrupting an effect aborts its request. `interactions` exists if the SDK has it. `createStream` is `create` with
 * `stream: true`.
 *
 * @category models
 * @since 0.1.0
 */
export interface GoogleGenAiClient<C extends Client> {
  /** The wrapped client, unchanged. */
  readonly client: C
  readonly models: {
    readonly generateContent: Call<C["models"]["generateContent"], GoogleGenAiError>
    readonly generateContentStream: StreamCall<C["models"]["generateContentStream"], GoogleGenAiError>
    readonly embedContent: Call<C["models"]["embedContent"], GoogleGenAiError>
  }
  readonly chats: {
    readonly create: (
      ...params: Parameters<C["chats"]["create"]>
    ) => GoogleGenAiChat<ReturnType<C["chats"]["create"]>>
  }
  readonly interactions: C extends { readonly interactions: { create: infer F } } ? Create<F> : undefined
  /** Runs code that uses the SDK itself. The calls of the passed client and of its chats are traced. */
  readonly use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => Effect.Effect<A, GoogleGenAiError>
}

const google = sdk.failing(GoogleGenAiError)

type Args = ReadonlyArray<unknown>

/**
 * Wraps a client so that its calls are effects and LLM events. The given client is not changed.
 *
 * **Details**
 *
 * Each call is one LLM event with the facts of the request and the response, and each HTTP request of the SDK is one
 * `llm.api.call`. A call fails with a {@link GoogleGenAiError}. A message of a chat is a call with the conversation so
 * far.
 *
 * **Gotchas**
 *
 * The requests of a retry are separate only if the SDK accepts a `fetch`, which versions 1 and 2 do not. If the SDK
 * calls functions by itself, its requests are attempts of one event.
 *
 * **Example** (an answer and a stream)
 *
 * ```ts no-run
 * import { GoogleGenAI } from "@google/genai"
 * import { Effect, Stream } from "effect"
 * import * as GoogleGenAi from "effect-agentops/google-genai"
 *
 * const google = GoogleGenAi.wrap(new GoogleGenAI({ apiKey: "…" }))
 * const request = { model: "gemini-2.5-flash", contents: "Why is the sky blue?" }
 *
 * const ask = google.models.generateContent(request).pipe(
 *   Effect.map((answer) => answer.text),
 *   Effect.catchTag("GoogleGenAiError", (error) => Effect.succeed(`no answer: ${error.code}`))
 * )
 * const tell = google.models.generateContentStream(request).pipe(
 *   Stream.runForEach((chunk) => Effect.log(chunk.text))
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const wrap = <C extends Client>(client: C, options?: Options): GoogleGenAiClient<C> => {
  const table = tableOf(client, options?.provider)
  const models = {
    generateContent: (...args: Args) =>
      sdk.call(google, table.models.generateContent, client.models, args, models.generateContent),
    generateContentStream: (...args: Args) =>
      sdk.stream(google, table.models.generateContentStream, client.models, args, models.generateContentStream),
    embedContent: (...args: Args) =>
      sdk.call(google, table.models.embedContent, client.models, args, models.embedContent)
  }
  const wrapChat = (chat: Chat) => {
    const { sendMessage, sendMessageStream } = chatTable(client, options?.provider)
    const own = {
      chat,
      sendMessage: (...args: Args) => sdk.call(google, sendMessage, chat, args, own.sendMessage),
      sendMessageStream: (...args: Args) => sdk.stream(google, sendMessageStream, chat, args, own.sendMessageStream)
    }
    return own
  }
  const interactionsOf = () => (client as unknown as { readonly interactions: object }).interactions
  const interactions = {
    create: (...args: Args) => sdk.call(google, table.interactions.create, interactionsOf(), args, interactions.create),
    createStream: (params: object, options?: unknown) =>
      sdk.stream(
        google,
        table.interactions.create,
        interactionsOf(),
        [{ ...params, stream: true }, options],
        interactions.createStream
      )
  }
  return {
    client,
    models,
    chats: { create: (params: never) => wrapChat(client.chats.create(params)) },
    interactions: "interactions" in client ? interactions : undefined,
    use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => sdk.use(google, client, table, f)
  } as unknown as GoogleGenAiClient<C>
}
