/**
 * The `@aws-sdk/client-bedrock-runtime` package's client, with its calls as effects
 * and as LLM events.
 *
 * {@link wrap} gives a client that sends commands as effects and as streams.
 * {@link BedrockClient.use} lends a client of promises whose calls are traced.
 *
 * Needs the `@aws-sdk/client-bedrock-runtime` package, version 3.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { TypeId } from "../../core/ErrorType.ts"
import * as sdk from "../internal/sdk.ts"
import type { Failure, Promising } from "../Sdk.ts"
import { asked, isCall, send } from "./internal/commands.ts"

/**
 * A call of Bedrock failed.
 *
 * **Details**
 *
 * `code` is the API's own, the name of its exception, such as `ThrottlingException`,
 * `ValidationException` or `ModelStreamErrorException`; where no answer came, `timeout`
 * or the system's word such as `ECONNREFUSED`. It is the span's `error.type`. `cause`
 * is the SDK's error.
 *
 * @category errors
 * @since 0.1.0
 */
export class BedrockError extends Data.TaggedError("BedrockError")<Failure> {
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
  send: Promising
}

/**
 * A command of the SDK, by what it gives.
 *
 * @category models
 * @since 0.1.0
 */
export interface Command<out O> {
  readonly input: object
  resolveMiddleware(stack: never, configuration: never, options: never): (args: never) => Promise<{ output: O }>
}

/**
 * Settings of one request.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestOptions {
  readonly abortSignal?: AbortSignal | undefined
  readonly requestTimeout?: number | undefined
}

/**
 * Bedrock's client as effects.
 *
 * **Details**
 *
 * An effect that is interrupted aborts its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface BedrockClient<C extends Client> {
  /** The client that was wrapped, untouched. */
  readonly client: C
  /** Sends a command: `ConverseCommand` and `InvokeModelCommand` are LLM events, others are not traced. */
  readonly send: <O>(command: Command<O>, options?: RequestOptions) => Effect.Effect<O, BedrockError>
  /** Sends a `ConverseStreamCommand` or an `InvokeModelWithResponseStreamCommand`, and gives its events. */
  readonly stream: {
    <A>(
      command: Command<{ readonly stream?: AsyncIterable<A> | undefined }>,
      options?: RequestOptions
    ): Stream.Stream<A, BedrockError>
    <A>(
      command: Command<{ readonly body: AsyncIterable<A> | undefined }>,
      options?: RequestOptions
    ): Stream.Stream<A, BedrockError>
  }
  /** Runs what uses the SDK itself. The client that it gets makes traced calls. */
  readonly use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => Effect.Effect<A, BedrockError>
}

const bedrock = sdk.failing(BedrockError)

/**
 * A client whose calls are effects and LLM events. The one that is given stays as
 * it is.
 *
 * **Details**
 *
 * Each call is one LLM event, with what the request and the answer say, and each
 * request that the SDK makes for it one `llm.api.call`. It fails with a
 * {@link BedrockError}. Of `InvokeModel` the bodies of Anthropic's, OpenAI's and
 * Mistral's models are read, and those of embeddings.
 *
 * **Example** (an answer and a stream)
 *
 * ```ts no-run
 * import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime"
 * import { Effect, Stream } from "effect"
 * import * as Bedrock from "effect-agentops/bedrock"
 *
 * const bedrock = Bedrock.wrap(new BedrockRuntimeClient({ region: "eu-central-1" }))
 * const input = {
 *   modelId: "eu.anthropic.claude-sonnet-4-6",
 *   messages: [{ role: "user" as const, content: [{ text: "Why is the sky blue?" }] }]
 * }
 *
 * const ask = bedrock.send(new ConverseCommand(input)).pipe(
 *   Effect.map((answer) => answer.output?.message?.content?.[0]?.text)
 * )
 * const tell = bedrock.stream(new ConverseStreamCommand(input)).pipe(
 *   Stream.runForEach((event) => Effect.log(event.contentBlockDelta?.delta?.text))
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const wrap = <C extends Client>(client: C): BedrockClient<C> => {
  const wrapped = {
    client,
    send: (...args: ReadonlyArray<unknown>) =>
      isCall(args[0])
        ? sdk.call(bedrock, asked, client, args, wrapped.send)
        : sdk.plain(bedrock, (signal) => send(client, args, signal)),
    stream: (...args: ReadonlyArray<unknown>) => sdk.stream(bedrock, asked, client, args, wrapped.stream),
    use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => sdk.use(bedrock, client, { send: asked }, f)
  }
  return wrapped as unknown as BedrockClient<C>
}
