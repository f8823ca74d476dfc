/**
 * The client of the `cohere-ai` package, with its calls as effects and as LLM events.
 *
 * {@link wrap} returns a client whose `chat`, `chatStream` and `embed` return effects and streams.
 * {@link CohereClient.use} provides a client of promises whose calls are traced.
 *
 * It needs the `cohere-ai` package, version 7.17 or later: its `CohereClientV2`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import { TypeId } from "../../core/ErrorType.ts"
import type { Fetch } from "../internal/requests.ts"
import type { Table, Wiring } from "../internal/sdk.ts"
import * as sdk from "../internal/sdk.ts"
import type { Call, Failure, Promising, StreamCall } from "../Sdk.ts"

/**
 * A failed call of Cohere's API.
 *
 * **Details**
 *
 * `code` is the HTTP status, because Cohere has no codes of its own. Without a response it is `timeout` or the name of
 * the SDK's error. It becomes the span's `error.type`. `cause` is the SDK's error.
 *
 * @category errors
 * @since 0.1.0
 */
export class CohereError extends Data.TaggedError("CohereError")<Failure> {
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
  chatStream: Promising
  embed: Promising
}

/**
 * Cohere's client as effects.
 *
 * **Details**
 *
 * Interrupting an effect aborts its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface CohereClient<C extends Client> {
  /** The wrapped client, unchanged. */
  readonly client: C
  readonly chat: Call<C["chat"], CohereError>
  readonly chatStream: StreamCall<C["chatStream"], CohereError>
  readonly embed: Call<C["embed"], CohereError>
  /** Runs code that uses the SDK itself. The calls of the passed client are traced. */
  readonly use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => Effect.Effect<A, CohereError>
}

const cohere = sdk.failing(CohereError)

interface Options {
  readonly fetch?: Fetch | undefined
}

type Methods = Readonly<Record<string, (request: unknown, options: object) => PromiseLike<unknown>>>

const send =
  (name: "chat" | "chatStream" | "embed") => (client: object, args: ReadonlyArray<unknown>, wiring: Wiring) => {
    const { _options: options } = client as { readonly _options?: Options }
    const Client = client.constructor as new(options: Options) => Methods
    const own = options === undefined
      ? client as Methods
      : new Client({ ...options, fetch: wiring.fetch(options.fetch) })
    const given = args[1] as { readonly abortSignal?: AbortSignal } | undefined
    // Clients before version 8 have no `fetch` option but accept a signal.
    const abortSignal = given?.abortSignal === undefined
      ? wiring.signal
      : AbortSignal.any([wiring.signal, given.abortSignal])
    return own[name]!(args[0], { ...given, abortSignal })
  }

const table = {
  chat: sdk.method("cohere", undefined, send("chat")),
  chatStream: sdk.method("cohere", undefined, send("chatStream")),
  embed: sdk.method("embeddings", "cohere", send("embed"))
} satisfies Table

/**
 * Wraps a client so that its calls are effects and LLM events. The given client is not changed.
 *
 * **Details**
 *
 * Each call is one LLM event with the facts of the request and the response, and each HTTP request of the SDK is one
 * `llm.api.call`. A call fails with a {@link CohereError}.
 *
 * **Gotchas**
 *
 * The requests of a retry are separate only since version 8 of the SDK, which accepts a `fetch`.
 *
 * **Example** (an answer and a stream)
 *
 * ```ts no-run
 * import { CohereClientV2 } from "cohere-ai"
 * import { Effect, Stream } from "effect"
 * import * as Cohere from "effect-agentops/cohere"
 *
 * const cohere = Cohere.wrap(new CohereClientV2({ token: "…" }))
 * const request = { model: "command-a-03-2025", messages: [{ role: "user" as const, content: "Hi" }] }
 *
 * const ask = cohere.chat(request).pipe(Effect.map((answer) => answer.message.content))
 * const tell = cohere.chatStream(request).pipe(Stream.runForEach((event) => Effect.log(event.type)))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const wrap = <C extends Client>(client: C): CohereClient<C> => {
  const wrapped = {
    client,
    chat: (...args: ReadonlyArray<unknown>) => sdk.call(cohere, table.chat, client, args, wrapped.chat),
    chatStream: (...args: ReadonlyArray<unknown>) =>
      sdk.stream(cohere, table.chatStream, client, args, wrapped.chatStream),
    embed: (...args: ReadonlyArray<unknown>) => sdk.call(cohere, table.embed, client, args, wrapped.embed),
    use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => sdk.use(cohere, client, table, f)
  }
  return wrapped as unknown as CohereClient<C>
}
