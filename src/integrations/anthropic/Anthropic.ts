/**
 * The client of the `@anthropic-ai/sdk` package, with its calls as effects and as LLM events.
 *
 * {@link wrap} returns a client whose `messages` return effects and streams. For the rest of the SDK,
 * {@link AnthropicClient.use} provides a client of promises whose calls are traced. The SDK does the retries, and each
 * request is an `llm.api.call` of the call's event.
 *
 * It needs the `@anthropic-ai/sdk` package.
 *
 * @since 0.1.0
 */
import type Anthropic from "@anthropic-ai/sdk"
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as ErrorType from "../../core/ErrorType.ts"
import { fromUrl } from "../../model/Provider.ts"
import * as Event from "../../trace/Event.ts"
import type { Provider } from "../internal/wrappedClient.ts"
import { endpoint, failureOf, tracedTool, use, withRequestFetch } from "../internal/wrappedClient.ts"

/**
 * A failed call of Anthropic's API.
 *
 * **Details**
 *
 * `code` is the API's own: its error code, else its error type, such as `overloaded_error` or `rate_limit_error`, else
 * the HTTP status. Without a response it is `timeout` or the name of the SDK's error, such as `APIConnectionError`. It
 * becomes the span's `error.type`. `cause` is the SDK's error.
 *
 * @category errors
 * @since 0.1.0
 */
export class AnthropicError extends Data.TaggedError("AnthropicError")<{
  readonly code: string
  readonly message: string
  readonly status: number | undefined
  readonly type: string | undefined
  readonly requestId: string | undefined
  readonly cause: unknown
}> {
  /** @internal */
  get [ErrorType.TypeId](): string {
    return this.code
  }
}

type RequestOptions = Anthropic.RequestOptions

/**
 * The options of {@link wrap}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The value of `provider`. Default: the provider at the client's address, such as `aws.bedrock`, else `anthropic`.
   */
  readonly provider?: string | undefined
}

/**
 * Anthropic's client as effects.
 *
 * **Details**
 *
 * `create` accepts the bodies of the SDK's `create` without streaming. `stream` is the same call with `stream: true`,
 * and returns the API's events. Interrupting an effect aborts its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnthropicClient<C extends Anthropic = Anthropic> {
  /** The wrapped client, unchanged. */
  readonly client: C
  readonly messages: {
    readonly create: (
      body: Anthropic.MessageCreateParamsNonStreaming,
      options?: RequestOptions
    ) => Effect.Effect<Anthropic.Message, AnthropicError>
    readonly stream: (
      body: Omit<Anthropic.MessageCreateParamsStreaming, "stream">,
      options?: RequestOptions
    ) => Stream.Stream<Anthropic.RawMessageStreamEvent, AnthropicError>
  }
  /**
   * Runs code that uses the SDK itself: its stream helpers, beta messages, tool runner. The calls of the passed client
   * are traced, and the tools that `beta.messages.toolRunner` runs are tool events. Interrupting the effect aborts
   * both.
   */
  readonly use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => Effect.Effect<A, AnthropicError>
}

const toError = (cause: unknown): AnthropicError =>
  cause instanceof AnthropicError ? cause : new AnthropicError(failureOf(cause))

const apiOf: Provider<AnthropicError>["apiOf"] = (path) => /\/messages(?:\?|$)/.test(path) ? "messages" : undefined

interface RunnableTool {
  readonly name?: string | undefined
  readonly run?: ((input: unknown, context?: unknown) => unknown) | undefined
}

const callIdOf = (context: unknown): string | undefined => {
  const { toolUse, toolUseBlock } = (context ?? {}) as Readonly<
    Record<"toolUse" | "toolUseBlock", { readonly id?: string }>
  >
  return (toolUse ?? toolUseBlock)?.id
}

const traceRunnable = (context: Context.Context<never>, below: Event.Caller, tool: RunnableTool): RunnableTool => {
  const { run } = tool
  if (run === undefined) return tool
  return {
    ...tool,
    run: tracedTool(
      context,
      below,
      (parameters: unknown, call?: unknown) => ({ name: tool.name ?? "unknown", parameters, callId: callIdOf(call) }),
      run.bind(tool)
    )
  }
}

const traceRunners = (below: Event.Caller) => (client: Anthropic, context: Context.Context<never>): void => {
  const { messages } = client.beta as unknown as {
    readonly messages: {
      toolRunner?: (body: { readonly tools?: ReadonlyArray<RunnableTool> }, options?: unknown) => unknown
    }
  }
  const toolRunner = messages.toolRunner?.bind(messages)
  if (toolRunner === undefined) return
  messages.toolRunner = (body, options) =>
    toolRunner(
      body.tools === undefined
        ? body
        : { ...body, tools: body.tools.map((tool) => traceRunnable(context, below, tool)) },
      options
    )
}

/**
 * Wraps a client of the `@anthropic-ai/sdk` package.
 *
 * **Details**
 *
 * The given client is not changed. Messages and events are the SDK's own values. Errors are {@link AnthropicError}s.
 *
 * **Example** (a message and a stream)
 *
 * ```ts no-run
 * import Anthropic from "@anthropic-ai/sdk"
 * import { Effect, Stream } from "effect"
 * import { wrap } from "effect-agentops/anthropic"
 *
 * const anthropic = wrap(new Anthropic())
 * const body = {
 *   model: "claude-sonnet-4-5",
 *   max_tokens: 1024,
 *   messages: [{ role: "user" as const, content: "Tell me a joke about OpenTelemetry" }]
 * }
 *
 * const ask = anthropic.messages.create(body).pipe(Effect.map((message) => message.content))
 * const tell = anthropic.messages.stream(body).pipe(Stream.runForEach((event) => Effect.log(event.type)))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const wrap = <C extends Anthropic>(client: C, options?: Options): AnthropicClient<C> => {
  const anthropic: Provider<AnthropicError> = {
    provider: options?.provider ?? fromUrl(client.baseURL),
    apiOf,
    toError
  }
  const wrapped = {
    client,
    messages: endpoint(anthropic, "messages", withRequestFetch(client).messages),
    use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => {
      const below = Event.caller(wrapped.use)
      return use(client, anthropic, below, f, traceRunners(below))
    }
  }
  return wrapped as unknown as AnthropicClient<C>
}
