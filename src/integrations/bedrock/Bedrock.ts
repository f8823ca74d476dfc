/**
 * The client of the `@aws-sdk/client-bedrock-runtime` package, with its calls as effects and as LLM events.
 *
 * {@link wrap} returns a client that sends commands as effects and as streams. {@link BedrockClient.use} provides a
 * client of promises whose calls are traced.
 *
 * It needs the `@aws-sdk/client-bedrock-runtime` package, version 3.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { TypeId } from "../../core/ErrorType.ts"
import * as sdk from "../internal/sdk.ts"
import type { Failure, Promising } from "../Sdk.ts"
import { isCall, modelCall, send } from "./internal/commands.ts"

/**
 * A failed call of Bedrock.
 *
 * **Details**
 *
 * `code` is the API's own, the name of its exception, such as `ThrottlingException`, `ValidationException` or
 * `ModelStreamErrorException`. Without a response it is `timeout` or the system's code such as `ECONNREFUSED`. It
 * becomes the span's `error.type`. `cause` is the SDK's error.
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
 * The part of a client that is used.
 *
 * @category models
 * @since 0.1.0
 */
export interface Client {
  send: Promising
}

/**
 * A command of the SDK with its output type.
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
 * Interrupting an effect aborts its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface BedrockClient<C extends Client> {
  /** The wrapped client, unchanged. */
  readonly client: C
  /** Sends a command. `ConverseCommand` and `InvokeModelCommand` are LLM events. Other commands are not traced. */
  readonly send: <O>(command: Command<O>, options?: RequestOptions) => Effect.Effect<O, BedrockError>
  /** Sends a `ConverseStreamCommand` or an `InvokeModelWithResponseStreamCommand`, and returns its events. */
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
  /** Runs code that uses the SDK itself. The calls of the passed client are traced. */
  readonly use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => Effect.Effect<A, BedrockError>
}

const bedrock = sdk.failing(BedrockError)

/**
 * Wraps a client so that its calls are effects and LLM events. The given client is not changed.
 *
 * **Details**
 *
 * Each call is one LLM event with the facts of the request and the response, and each HTTP request of the SDK is one
 * `llm.api.call`. A call fails with a {@link BedrockError}. For `InvokeModel`, the bodies of Anthropic's, OpenAI's and
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
        ? sdk.call(bedrock, modelCall, client, args, wrapped.send)
        : sdk.plain(bedrock, (signal) => send(client, args, signal)),
    stream: (...args: ReadonlyArray<unknown>) => sdk.stream(bedrock, modelCall, client, args, wrapped.stream),
    use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) =>
      sdk.use(bedrock, client, { send: modelCall }, f)
  }
  return wrapped as unknown as BedrockClient<C>
}
