/**
 * The client of the `ollama` package, with its calls as effects and as LLM events.
 *
 * {@link wrap} returns a client whose `chat`, `generate` and `embed` return effects and streams.
 * {@link OllamaClient.use} provides a client of promises whose calls are traced.
 *
 * It needs the `ollama` package, version 0.5 or later.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import { TypeId } from "../../core/ErrorType.ts"
import type { Fetch } from "../internal/requests.ts"
import type { Table, Wiring } from "../internal/sdk.ts"
import * as sdk from "../internal/sdk.ts"
import type { Call, Failure, Pair, Promising, StreamCall } from "../Sdk.ts"

/**
 * A failed call of Ollama.
 *
 * **Details**
 *
 * `code` is the HTTP status, because Ollama has no codes of its own. Without a response it is `timeout`, the system's
 * code such as `ECONNREFUSED`, or the name of the error. It becomes the span's `error.type`. `cause` is the SDK's
 * error.
 *
 * @category errors
 * @since 0.1.0
 */
export class OllamaError extends Data.TaggedError("OllamaError")<Failure> {
  /** The span's `error.type`. */
  get [TypeId](): string {
    return this.code
  }
}

/**
 * The part of a client that is used.
 *
 * @category models
 * @since 0.1.0
 */
export interface Client {
  chat: Promising
  generate: Promising
  embed: Promising
}

/**
 * Ollama's client as effects.
 *
 * **Details**
 *
 * `chat` and `generate` accept the requests of the SDK's methods without streaming. `chatStream` and `generateStream`
 * are the same calls with `stream: true`. Interrupting an effect aborts its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface OllamaClient<C extends Client> {
  /** The wrapped client, unchanged. */
  readonly client: C
  readonly chat: Call<Pair<C["chat"]>[1], OllamaError>
  readonly chatStream: StreamCall<WithoutStream<Pair<C["chat"]>[0]>, OllamaError>
  readonly generate: Call<Pair<C["generate"]>[1], OllamaError>
  readonly generateStream: StreamCall<WithoutStream<Pair<C["generate"]>[0]>, OllamaError>
  readonly embed: Call<C["embed"], OllamaError>
  /** Runs code that uses the SDK itself. The calls of the passed client are traced. */
  readonly use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => Effect.Effect<A, OllamaError>
}

type WithoutStream<F> = F extends (request: infer B) => infer R ? (request: Omit<B, "stream">) => R : never

const ollama = sdk.failing(OllamaError)

type Methods = Readonly<Record<string, (request: unknown) => PromiseLike<unknown>>>

const send =
  (name: "chat" | "generate" | "embed") => (client: object, args: ReadonlyArray<unknown>, wiring: Wiring) => {
    const { fetch } = client as { readonly fetch?: Fetch }
    const own: object = Object.create(Object.getPrototypeOf(client) as object, Object.getOwnPropertyDescriptors(client))
    Object.defineProperty(own, "fetch", { value: wiring.fetch(fetch) })
    return (own as Methods)[name]!(args[0])
  }

const table = {
  chat: sdk.method("ollama", undefined, send("chat")),
  generate: sdk.method("ollama", undefined, send("generate")),
  embed: sdk.method("embeddings", "ollama", send("embed"))
} satisfies Table

/**
 * Wraps a client so that its calls are effects and LLM events. The given client is not changed.
 *
 * **Details**
 *
 * Each call is one LLM event with the facts of the request and the response. It fails with an {@link OllamaError}.
 *
 * **Example** (an answer and a stream)
 *
 * ```ts no-run
 * import { Effect, Stream } from "effect"
 * import * as Ollama from "effect-agentops/ollama"
 * import * as SDK from "ollama"
 *
 * const ollama = Ollama.wrap(new SDK.Ollama())
 * const messages = [{ role: "user", content: "Why is the sky blue?" }]
 *
 * const ask = ollama.chat({ model: "llama3.3", messages }).pipe(Effect.map((answer) => answer.message.content))
 * const tell = ollama.chatStream({ model: "llama3.3", messages }).pipe(
 *   Stream.runForEach((chunk) => Effect.log(chunk.message.content))
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const wrap = <C extends Client>(client: C): OllamaClient<C> => {
  const wrapped = {
    client,
    chat: (request: unknown) => sdk.call(ollama, table.chat, client, [request], wrapped.chat),
    chatStream: (request: object) =>
      sdk.stream(ollama, table.chat, client, [{ ...request, stream: true }], wrapped.chatStream),
    generate: (request: unknown) => sdk.call(ollama, table.generate, client, [request], wrapped.generate),
    generateStream: (request: object) =>
      sdk.stream(ollama, table.generate, client, [{ ...request, stream: true }], wrapped.generateStream),
    embed: (request: unknown) => sdk.call(ollama, table.embed, client, [request], wrapped.embed),
    use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => sdk.use(ollama, client, table, f)
  }
  return wrapped as unknown as OllamaClient<C>
}
