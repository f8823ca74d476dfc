/**
 * The `ollama` package's client, with its calls as effects and as LLM events.
 *
 * {@link wrap} gives a client whose `chat`, `generate` and `embed` return effects
 * and streams. {@link OllamaClient.use} lends a client of promises whose calls are
 * traced.
 *
 * Needs the `ollama` package, version 0.5 or later.
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
 * A call of Ollama failed.
 *
 * **Details**
 *
 * `code` is the HTTP status, since Ollama has no codes of its own; where no answer
 * came, `timeout`, the system's word such as `ECONNREFUSED`, or the error's name.
 * It is the span's `error.type`. `cause` is the SDK's error.
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
 * What is needed of a client.
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
 * `chat` and `generate` take the requests of the SDK's methods that ask for no
 * stream; `chatStream` and `generateStream` are the same calls with `stream: true`.
 * An effect that is interrupted aborts its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface OllamaClient<C extends Client> {
  /** The client that was wrapped, untouched. */
  readonly client: C
  readonly chat: Call<Pair<C["chat"]>[1], OllamaError>
  readonly chatStream: StreamCall<WithoutStream<Pair<C["chat"]>[0]>, OllamaError>
  readonly generate: Call<Pair<C["generate"]>[1], OllamaError>
  readonly generateStream: StreamCall<WithoutStream<Pair<C["generate"]>[0]>, OllamaError>
  readonly embed: Call<C["embed"], OllamaError>
  /** Runs what uses the SDK itself. The client that it gets makes traced calls. */
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
 * A client whose calls are effects and LLM events. The one that is given stays as
 * it is.
 *
 * **Details**
 *
 * Each call is one LLM event, with what the request and the answer say. It fails
 * with an {@link OllamaError}.
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
