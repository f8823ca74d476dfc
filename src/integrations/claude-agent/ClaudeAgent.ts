/**
 * Tracing of the Claude Agent SDK, the `@anthropic-ai/claude-agent-sdk` package, with its hooks and its stream of
 * messages.
 *
 * {@link query} is the SDK's `query` as a stream. The run is an agent event of the session in which the stream runs. It
 * contains the model's answers, the tools and the subagents.
 *
 * It needs `@anthropic-ai/claude-agent-sdk`, version 0.2.20 or later.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
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
 * `code` is what the run's result reports: the API's own code, such as `overloaded_error`, or else the result's
 * `subtype`, such as `error_max_turns`. Without such a result it is the name of the SDK's error, or the system's code
 * for its process. If the SDK reports such a result and throws nothing, the stream does not fail, and the agent event
 * has the code as its `error.type`.
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

const toError = (cause: unknown, failed: string | undefined): ClaudeAgentError => {
  const { code, message, requestId, status } = ApiError.read(cause)
  return new ClaudeAgentError({ code: failed ?? code, message, requestId, status, cause })
}

/** Whether the SDK sends a message only if the program asks for partial messages. */
const isPartial = (message: unknown): boolean =>
  Predicate.isObject(message) && "type" in message &&
  (message.type === "stream_event" ||
    message.type === "system" && "status" in message && message.status === "requesting")

interface Options {
  readonly includePartialMessages?: boolean | undefined
  readonly resume?: unknown
  readonly continue?: unknown
  readonly abortController?: AbortController | undefined
  readonly hooks?: Readonly<Record<string, ReadonlyArray<unknown>>> | undefined
}

/**
 * Runs the agent: the SDK's `query` as a traced stream of its messages.
 *
 * **Details**
 *
 * The run is an agent event, each answer of the model an LLM event with its usage, each tool a tool event, and each
 * subagent an agent event. Each retry of the SDK is an attempt, from version 0.3. Your own hooks stay and run beside
 * the tracing ones. Interrupting the stream, or leaving it early, aborts the run.
 *
 * `query` always asks the SDK for partial messages, because only they have an answer's full output tokens. The stream
 * has them only with `includePartialMessages: true`. The SDK sends none for subagents, so a subagent's answers are
 * recorded together with the run's result, which has the sum of their tokens. The SDK also calls models by itself and
 * does not report these calls. Each model has one LLM event for them, with the tokens of the result that no answer
 * reported.
 *
 * **Gotchas**
 *
 * The SDK does not reveal the model's requests, so an LLM event has the messages since the previous answer as its
 * input. A subagent's answer starts when its last input message arrived.
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
    const { options } = given
    const resumed = options?.resume !== undefined || options?.continue === true
    const conversation = new Conversation(context, given.prompt, resumed)
    const abortController = options?.abortController ?? new AbortController()
    yield* Effect.addFinalizer((exit) =>
      Effect.sync(() => {
        abortController.abort()
        conversation.close(Exit.isSuccess(exit) ? Exit.void : exit)
      })
    )
    const messages = ask({
      ...given,
      options: {
        ...options,
        abortController,
        hooks: conversation.hooks(options?.hooks),
        // Only partial messages have an answer's full output tokens.
        includePartialMessages: true
      }
    })
    const partial = options?.includePartialMessages === true
    return Stream.fromAsyncIterable(messages, (cause) => toError(cause, conversation.failed)).pipe(
      Stream.tap((message) => conversation.take(message)),
      Stream.filter((message) => partial || !isPartial(message)),
      Stream.onError((cause) => Effect.sync(() => conversation.close(Exit.failCause(cause))))
    )
  }))
}
