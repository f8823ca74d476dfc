/**
 * The client of the `@mistralai/mistralai` package, with its calls as effects and as LLM events.
 *
 * {@link wrap} returns a client whose `chat`, `fim`, `agents` and `embeddings` return effects and streams.
 * {@link MistralClient.use} provides a client of promises whose calls are traced.
 *
 * It needs the `@mistralai/mistralai` package, version 1 or later.
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
 * A failed call of Mistral's API.
 *
 * **Details**
 *
 * `code` is the API's own, such as `invalid_request_error`, else the HTTP status. Without a response it is `timeout` or
 * the name of the SDK's error. It becomes the span's `error.type`. `cause` is the SDK's error.
 *
 * @category errors
 * @since 0.1.0
 */
export class MistralError extends Data.TaggedError("MistralError")<Failure> {
  /** The span's `error.type`. */
  get [TypeId](): string {
    return this.code
  }
}

interface Completing {
  complete: Promising
  stream: Promising
}

/**
 * The part of a client that is used.
 *
 * @category models
 * @since 0.1.0
 */
export interface Client {
  readonly chat: Completing
  readonly fim: Completing
  readonly agents: Completing
  readonly embeddings: { create: Promising }
}

interface Completions<C extends Completing> {
  readonly complete: Call<C["complete"], MistralError>
  readonly stream: StreamCall<C["stream"], MistralError>
}

/**
 * Mistral's client as effects.
 *
 * **Details**
 *
 * Interrupting an effect aborts its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface MistralClient<C extends Client> {
  /** The wrapped client, unchanged. */
  readonly client: C
  readonly chat: Completions<C["chat"]>
  readonly fim: Completions<C["fim"]>
  readonly agents: Completions<C["agents"]>
  readonly embeddings: { readonly create: Call<C["embeddings"]["create"], MistralError> }
  /** Runs code that uses the SDK itself. The calls of the passed client are traced. */
  readonly use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => Effect.Effect<A, MistralError>
}

const mistral = sdk.failing(MistralError)

interface HttpClient {
  readonly request: (request: Request) => Promise<Response>
}

interface ClientOptions {
  readonly httpClient?: HttpClient | undefined
}

type Methods = Readonly<Record<string, (...args: ReadonlyArray<unknown>) => PromiseLike<unknown>>>

const send =
  (name: "complete" | "stream" | "create") => (client: object, args: ReadonlyArray<unknown>, wiring: Wiring) => {
    // Each part of the SDK's client is a separate client with the same options.
    const { _options, options$ } = client as Readonly<Record<"_options" | "options$", ClientOptions | undefined>>
    // The first versions call it `options$`.
    const options = _options ?? options$ ?? {}
    const { httpClient } = options
    const given: Fetch | undefined = httpClient === undefined
      ? undefined
      : (input, init) => httpClient.request(new Request(input, init))
    const fetch = wiring.fetch(given)
    const Client = client.constructor as new(options: object) => Methods
    return new Client({ ...options, httpClient: { request: (request: Request) => fetch(request) } })[name]!(...args)
  }

const completing = {
  complete: sdk.method("mistral", undefined, send("complete")),
  stream: sdk.method("mistral", undefined, send("stream"))
}

const table = {
  chat: completing,
  fim: completing,
  agents: completing,
  embeddings: { create: sdk.method("embeddings", "mistral_ai", send("create")) }
} satisfies Table

/**
 * Wraps a client so that its calls are effects and LLM events. The given client is not changed.
 *
 * **Details**
 *
 * Each call is one LLM event with the facts of the request and the response, and each HTTP request of the SDK is one
 * `llm.api.call`. A call fails with a {@link MistralError}.
 *
 * **Example** (an answer and a stream)
 *
 * ```ts no-run
 * import { Mistral as SDK } from "@mistralai/mistralai"
 * import { Effect, Stream } from "effect"
 * import * as Mistral from "effect-agentops/mistral"
 *
 * const mistral = Mistral.wrap(new SDK({ apiKey: "…" }))
 * const request = { model: "mistral-large-latest", messages: [{ role: "user" as const, content: "Hi" }] }
 *
 * const ask = mistral.chat.complete(request).pipe(Effect.map((answer) => answer.choices[0]?.message?.content))
 * const tell = mistral.chat.stream(request).pipe(Stream.runForEach((event) => Effect.log(event.data.model)))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const wrap = <C extends Client>(client: C): MistralClient<C> => {
  const completions = (part: "chat" | "fim" | "agents") => {
    const own = {
      complete: (...args: ReadonlyArray<unknown>) =>
        sdk.call(mistral, table[part].complete, client[part], args, own.complete),
      stream: (...args: ReadonlyArray<unknown>) =>
        sdk.stream(mistral, table[part].stream, client[part], args, own.stream)
    }
    return own
  }
  const create = (...args: ReadonlyArray<unknown>) =>
    sdk.call(mistral, table.embeddings.create, client.embeddings, args, create)
  return {
    client,
    chat: completions("chat"),
    fim: completions("fim"),
    agents: completions("agents"),
    embeddings: { create },
    use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => sdk.use(mistral, client, table, f)
  } as unknown as MistralClient<C>
}
