/**
 * The client of the `groq-sdk` package, with its calls as effects and as LLM events.
 *
 * {@link wrap} returns a client whose `chat.completions` and `embeddings` return effects and streams.
 * {@link GroqClient.use} provides a client of promises whose calls are traced.
 *
 * It needs the `groq-sdk` package.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import { TypeId } from "../../core/ErrorType.ts"
import type { Fetch } from "../internal/requests.ts"
import type { Table, Wiring } from "../internal/sdk.ts"
import * as sdk from "../internal/sdk.ts"
import type { Call, Failure, Overloads, Promising, StreamCall } from "../Sdk.ts"

/**
 * A failed call of Groq's API.
 *
 * **Details**
 *
 * `code` is the API's own, such as `rate_limit_exceeded`, else its type, else the HTTP status. Without a response it is
 * `timeout` or the name of the SDK's error. It becomes the span's `error.type`. `cause` is the SDK's error.
 *
 * @category errors
 * @since 0.1.0
 */
export class GroqError extends Data.TaggedError("GroqError")<Failure> {
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
  readonly chat: { readonly completions: { create: Promising } }
  readonly embeddings: { create: Promising }
}

type Create<C extends Client> = Overloads<C["chat"]["completions"]["create"]>

type WithoutStream<F> = F extends (body: infer B, ...rest: infer O) => infer R
  ? (body: Omit<B, "stream">, ...rest: O) => R
  : never

/**
 * Groq's client as effects.
 *
 * **Details**
 *
 * `create` accepts the bodies of the SDK's `create` without streaming. `stream` is the same call with `stream: true`.
 * Interrupting an effect aborts its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface GroqClient<C extends Client> {
  /** The wrapped client, unchanged. */
  readonly client: C
  readonly chat: {
    readonly completions: {
      readonly create: Call<Create<C>[0], GroqError>
      readonly stream: StreamCall<WithoutStream<Create<C>[1]>, GroqError>
    }
  }
  readonly embeddings: { readonly create: Call<C["embeddings"]["create"], GroqError> }
  /** Runs code that uses the SDK itself. The calls of the passed client are traced. */
  readonly use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => Effect.Effect<A, GroqError>
}

const groq = sdk.failing(GroqError)

interface Creating {
  readonly create: (...args: ReadonlyArray<unknown>) => PromiseLike<unknown>
}

interface Owner {
  readonly fetch?: Fetch | undefined
  readonly _options?: object | undefined
  /** Present from version 1 on. */
  readonly withOptions?: ((options: object) => object) | undefined
}

interface Owned {
  readonly _client: Owner
}

const copied = ({ _client: client }: Owned, wiring: Wiring): object => {
  const fetch = wiring.fetch(client.fetch)
  if (client.withOptions !== undefined) return client.withOptions({ fetch })
  const Client = client.constructor as new(options: object) => object
  return new Client({ ...client._options, fetch })
}

const table = {
  chat: {
    completions: {
      create: sdk.method(
        "chat_completions",
        "groq",
        (completions: Owned, args, wiring) =>
          (copied(completions, wiring) as { readonly chat: { readonly completions: Creating } })
            .chat.completions.create(...args)
      )
    }
  },
  embeddings: {
    create: sdk.method(
      "embeddings",
      "groq",
      (embeddings: Owned, args, wiring) =>
        (copied(embeddings, wiring) as { readonly embeddings: Creating }).embeddings.create(...args)
    )
  }
} satisfies Table

/**
 * Wraps a client so that its calls are effects and LLM events. The given client is not changed.
 *
 * **Details**
 *
 * Each call is one LLM event with the facts of the request and the response, and each HTTP request of the SDK is one
 * `llm.api.call`. A call fails with a {@link GroqError}.
 *
 * **Example** (a completion and a stream)
 *
 * ```ts no-run
 * import { Effect, Stream } from "effect"
 * import * as Groq from "effect-agentops/groq"
 * import SDK from "groq-sdk"
 *
 * const groq = Groq.wrap(new SDK())
 * const body = { model: "llama-3.3-70b-versatile", messages: [{ role: "user" as const, content: "Hi" }] }
 *
 * const ask = groq.chat.completions.create(body).pipe(Effect.map((answer) => answer.choices[0]?.message.content))
 * const tell = groq.chat.completions.stream(body).pipe(
 *   Stream.runForEach((chunk) => Effect.log(chunk.choices[0]?.delta.content))
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const wrap = <C extends Client>(client: C): GroqClient<C> => {
  const { completions } = client.chat
  const chat = {
    create: (...args: ReadonlyArray<unknown>) =>
      sdk.call(groq, table.chat.completions.create, completions, args, chat.create),
    stream: (body: object, options?: unknown) =>
      sdk.stream(groq, table.chat.completions.create, completions, [{ ...body, stream: true }, options], chat.stream)
  }
  const create = (...args: ReadonlyArray<unknown>) =>
    sdk.call(groq, table.embeddings.create, client.embeddings, args, create)
  return {
    client,
    chat: { completions: chat },
    embeddings: { create },
    use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => sdk.use(groq, client, table, f)
  } as unknown as GroqClient<C>
}
