/**
 * Tracing of the Claude Agent SDK, the `@anthropic-ai/claude-agent-sdk` package, with its hooks and its stream of
 * messages.
 *
 * {@link query} is the SDK's `query` as a stream. The run is an agent event of the session in which the stream runs. It
 * contains the model's answers, the tools and the subagents.
 *
 * It needs `@anthropic-ai/claude-agent-sdk`, version 0.2 or later.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { TypeId } from "../../core/ErrorType.ts"
import * as ApiError from "../../model/ApiError.ts"
import type { Failure } from "../Sdk.ts"
import { Conversation } from "./internal/conversation.ts"

/**
 * A failed run of the agent.
 *
 * **Details**
 *
 * `code` is the name of the SDK's error, or the system's code for its process. A run whose result is an error does not
 * fail the stream: its agent event has the result's `subtype`, such as `error_max_turns`, as its `error.type`.
 *
 * @category errors
 * @since 0.1.0
 */
export class ClaudeAgentError extends Data.TaggedError("ClaudeAgentError")<Failure> {
  /** The span's `error.type`. */
  get [TypeId](): string {
    return this.code
  }
}

/**
 * The SDK's `query`.
 *
 * @category models
 * @since 0.1.0
 */
export type Query = (params: never) => AsyncIterable<unknown>

type MessageOf<Q extends Query> = ReturnType<Q> extends AsyncIterable<infer A> ? A : never

const toError = (cause: unknown): ClaudeAgentError => {
  const { code, message, requestId, status } = ApiError.read(cause)
  return new ClaudeAgentError({ code, message, requestId, status, cause })
}

interface Options {
  readonly abortController?: AbortController | undefined
  readonly hooks?: Readonly<Record<string, ReadonlyArray<unknown>>> | undefined
}

/**
 * Runs the agent: the SDK's `query` as a traced stream of its messages.
 *
 * **Details**
 *
 * The run is an agent event, each answer of the model an LLM event with its usage, each tool a tool event, and each
 * subagent an agent event. With `includePartialMessages`, an answer has its time to first chunk. Your own hooks stay
 * and run beside the tracing ones. Interrupting the stream, or leaving it early, aborts the run.
 *
 * **Gotchas**
 *
 * The SDK does not reveal the model's requests, so an LLM event has the messages since the previous answer as its
 * input. Without partial messages, the SDK does not show when an answer began either. Then an answer starts when its
 * last input message arrived.
 *
 * **Example** (an agent)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import * as ClaudeAgent from "effect-agentops/claude-agent"
 *
 * // import { query } from "@anthropic-ai/claude-agent-sdk"
 * const query = async function*(params: { readonly prompt: string; readonly options?: object }) {
 *   yield { type: "result", subtype: "success", result: `You said: ${params.prompt}` }
 * }
 *
 * const answer = ClaudeAgent.query(query, { prompt: "Hi" }).pipe(
 *   Stream.filter((message) => message.type === "result"),
 *   Stream.map((message) => message.result),
 *   Stream.runCollect
 * )
 * await Effect.runPromise(answer) // => ["You said: Hi"]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const query = <Q extends Query>(
  query: Q,
  params: Parameters<Q>[0]
): Stream.Stream<MessageOf<Q>, ClaudeAgentError> => {
  const given = params as { readonly prompt: unknown; readonly options?: Options | undefined }
  const ask = query as unknown as (params: object) => AsyncIterable<MessageOf<Q>>
  return Stream.unwrap(Effect.gen(function*() {
    const context = yield* Effect.contextWith((context: Context.Context<never>) => Effect.succeed(context))
    const conversation = new Conversation(context, given.prompt)
    const abortController = given.options?.abortController ?? new AbortController()
    yield* Effect.addFinalizer((exit) =>
      Effect.sync(() => {
        abortController.abort()
        conversation.close(Exit.isSuccess(exit) ? Exit.void : exit)
      })
    )
    const options = { ...given.options, abortController, hooks: conversation.hooks(given.options?.hooks) }
    return Stream.fromAsyncIterable(ask({ ...given, options }), toError).pipe(
      Stream.tap((message) => conversation.take(message)),
      Stream.onError((cause) => Effect.sync(() => conversation.close(Exit.failCause(cause))))
    )
  }))
}
