/**
 * The client of the `openai` package, with its calls as effects and as LLM events.
 *
 * {@link wrap} returns a client whose `chat.completions`, `responses`, `completions` and `embeddings` return effects
 * and streams. For the rest of the SDK, {@link OpenAiClient.use} provides a client of promises whose calls are traced.
 * The SDK does the retries, and each request is an `llm.api.call` of the call's event.
 *
 * It needs the `openai` package, version 6 or later.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Stream from "effect/Stream"
import type OpenAI from "openai"
import * as ErrorType from "../../core/ErrorType.ts"
import { nonEmpty } from "../../core/internal/inspect.ts"
import { fromUrl } from "../../model/Provider.ts"
import * as Event from "../../trace/Event.ts"
import type { Background } from "../internal/background.ts"
import { PendingResponses } from "../internal/background.ts"
import type { Provider } from "../internal/wrappedClient.ts"
import { endpoint, failureOf, tracedTool, use, withRequestFetch } from "../internal/wrappedClient.ts"

/**
 * A failed call of OpenAI's API.
 *
 * **Details**
 *
 * `code` is the API's own: its error code, such as `rate_limit_exceeded` or `insufficient_quota`, else its error type,
 * such as `invalid_request_error`, else the HTTP status. Without a response it is `timeout` or the name of the SDK's
 * error, such as `APIConnectionError`. It becomes the span's `error.type`. `cause` is the SDK's error.
 *
 * @category errors
 * @since 0.1.0
 */
export class OpenAiError extends Data.TaggedError("OpenAiError")<{
  readonly code: string
  readonly message: string
  readonly status: number | undefined
  readonly type: string | undefined
  readonly param: string | undefined
  readonly requestId: string | undefined
  readonly cause: unknown
}> {
  /** @internal */
  get [ErrorType.TypeId](): string {
    return this.code
  }
}

type RequestOptions = OpenAI.RequestOptions

/**
 * The options of {@link wrap}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The value of `provider`, for a server with OpenAI's API. Default: the provider at the client's address if it is
   * known, else `openai`.
   */
  readonly provider?: string | undefined
}

/**
 * OpenAI's client as effects.
 *
 * **Details**
 *
 * `create` accepts the bodies of the SDK's `create` without streaming. `stream` is the same call with `stream: true`.
 * Interrupting an effect aborts its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenAiClient<C extends OpenAI = OpenAI> {
  /** The wrapped client, unchanged. */
  readonly client: C
  readonly chat: {
    readonly completions: {
      readonly create: (
        body: OpenAI.Chat.ChatCompletionCreateParamsNonStreaming,
        options?: RequestOptions
      ) => Effect.Effect<OpenAI.Chat.ChatCompletion, OpenAiError>
      readonly stream: (
        body: Omit<OpenAI.Chat.ChatCompletionCreateParamsStreaming, "stream">,
        options?: RequestOptions
      ) => Stream.Stream<OpenAI.Chat.ChatCompletionChunk, OpenAiError>
    }
  }
  readonly responses: {
    readonly create: (
      body: OpenAI.Responses.ResponseCreateParamsNonStreaming,
      options?: RequestOptions
    ) => Effect.Effect<OpenAI.Responses.Response, OpenAiError>
    readonly stream: (
      body: Omit<OpenAI.Responses.ResponseCreateParamsStreaming, "stream">,
      options?: RequestOptions
    ) => Stream.Stream<OpenAI.Responses.ResponseStreamEvent, OpenAiError>
  }
  readonly completions: {
    readonly create: (
      body: OpenAI.CompletionCreateParamsNonStreaming,
      options?: RequestOptions
    ) => Effect.Effect<OpenAI.Completion, OpenAiError>
    readonly stream: (
      body: Omit<OpenAI.CompletionCreateParamsStreaming, "stream">,
      options?: RequestOptions
    ) => Stream.Stream<OpenAI.Completion, OpenAiError>
  }
  readonly embeddings: {
    readonly create: (
      body: OpenAI.EmbeddingCreateParams,
      options?: RequestOptions
    ) => Effect.Effect<OpenAI.CreateEmbeddingResponse, OpenAiError>
  }
  /**
   * Runs code that uses the SDK itself: its stream helpers, `parse`, `runTools`. The calls of the passed client are
   * traced, and the functions that `runTools` runs are tool events. Interrupting the effect aborts both.
   */
  readonly use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => Effect.Effect<A, OpenAiError>
}

const toError = (cause: unknown): OpenAiError =>
  cause instanceof OpenAiError ? cause : new OpenAiError({
    ...failureOf(cause),
    param: Predicate.hasProperty(cause, "param") ? nonEmpty(cause.param) : undefined
  })

const apiOf: Provider<OpenAiError>["apiOf"] = (path) => {
  switch (path.split("?", 1)[0]!.replace(/^.*\/v1(?=\/)/, "")) {
    case "/chat/completions":
      return "chat_completions"
    case "/responses":
      return "responses"
    case "/completions":
      return "completions"
    case "/embeddings":
      return "embeddings"
  }
  return undefined
}

/** A response with `background: true` is fetched again until its status shows that it has ended. */
const background: Background = {
  pendingId: (answer) =>
    Predicate.hasProperty(answer, "status") && (answer.status === "queued" || answer.status === "in_progress") &&
      Predicate.hasProperty(answer, "id") ?
      nonEmpty(answer.id) :
      undefined,
  askedId: (path) => /\/responses\/([^/?]+)(?:\/cancel)?(?:\?|$)/.exec(path)?.[1]
}

interface RunnableTool {
  readonly type: string
  readonly function: {
    readonly name?: string | undefined
    readonly function?: ((...args: ReadonlyArray<unknown>) => unknown) | undefined
    readonly parse?: unknown
  }
  readonly $callback?: ((...args: ReadonlyArray<unknown>) => unknown) | undefined
  readonly $parseRaw?: unknown
}

const traceRunnable = (context: Context.Context<never>, below: Event.Caller, tool: RunnableTool): RunnableTool => {
  const run = tool.$callback ?? tool.function?.function
  if (tool.type !== "function" || run === undefined) return tool
  const name = tool.function.name ?? run.name
  const traced = tracedTool(context, below, (parameters: unknown) => ({ name, parameters }), run)
  return {
    type: "function",
    function: {
      ...tool.function,
      name,
      function: traced as RunnableTool["$callback"],
      parse: tool.function.parse ?? tool.$parseRaw
    }
  }
}

const traceRunners = (below: Event.Caller) => (client: OpenAI, context: Context.Context<never>): void => {
  const { completions } = client.chat as unknown as {
    readonly completions: {
      runTools?: (body: { readonly tools: ReadonlyArray<RunnableTool> }, options?: unknown) => unknown
    }
  }
  const runTools = completions.runTools?.bind(completions)
  if (runTools === undefined) return
  completions.runTools = (body, options) =>
    runTools({ ...body, tools: body.tools.map((tool) => traceRunnable(context, below, tool)) }, options)
}

/**
 * Wraps a client of the `openai` package.
 *
 * **Details**
 *
 * The given client is not changed. Chunks, completions and responses are the SDK's own values. Errors are
 * {@link OpenAiError}s.
 *
 * **Gotchas**
 *
 * OpenAI reports the usage of a stream of chat completions only if the body has
 * `stream_options: { include_usage: true }`.
 *
 * **Example** (a completion and a stream)
 *
 * ```ts no-run
 * import { Effect, Stream } from "effect"
 * import * as OpenAi from "effect-agentops/openai"
 * import OpenAI from "openai"
 *
 * const openai = OpenAi.wrap(new OpenAI())
 * const messages = [{ role: "user" as const, content: "Tell me a joke about OpenTelemetry" }]
 *
 * const ask = openai.chat.completions.create({ model: "gpt-4o", messages }).pipe(
 *   Effect.map((completion) => completion.choices[0]?.message.content),
 *   Effect.catchTag("OpenAiError", (error) => Effect.succeed(`no answer: ${error.code}`))
 * )
 *
 * const tell = openai.chat.completions.stream({ model: "gpt-4o", messages }).pipe(
 *   Stream.runForEach((chunk) => Effect.log(chunk.choices[0]?.delta.content))
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const wrap = <C extends OpenAI>(client: C, options?: Options): OpenAiClient<C> => {
  const traced = withRequestFetch(client)
  // Azure's client may have any address. It is the only one with an API version.
  const provider = options?.provider ?? fromUrl(client.baseURL) ??
    ("apiVersion" in client ? "azure.ai.openai" : undefined)
  const openai: Provider<OpenAiError> = {
    provider,
    apiOf,
    toError,
    background: new PendingResponses(background, provider)
  }
  const { create } = endpoint(openai, "embeddings", traced.embeddings)
  const wrapped = {
    client,
    chat: { completions: endpoint(openai, "chat_completions", traced.chat.completions) },
    responses: endpoint(openai, "responses", traced.responses),
    completions: endpoint(openai, "completions", traced.completions),
    embeddings: { create },
    use: <A>(f: (client: C, signal: AbortSignal) => PromiseLike<A> | A) => {
      const below = Event.caller(wrapped.use)
      return use(client, openai, below, f, traceRunners(below))
    }
  }
  return wrapped as unknown as OpenAiClient<C>
}
