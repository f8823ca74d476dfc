/**
 * The script of a model: its answers, and the calls that they expect.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type { LlmCall } from "../model/LlmCall.ts"
import type { Usage } from "../model/Usage.ts"
import type { Pattern } from "./Pattern.ts"

/**
 * One call of a scripted model: its number, from 1, the facts of the call, and its request if there is one.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptedRequest {
  readonly number: number
  /** Messages, tools and settings, in the same form for every API. */
  readonly call: LlmCall
  readonly stream: boolean
  readonly url: string | undefined
  /** The body of the request, parsed if it is JSON. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The timing of an answer, and the call that it expects.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnswerOptions {
  /** The call that the answer expects: a pattern for its facts. Another call fails, and so does `verify`. */
  readonly request?: Pattern<LlmCall> | undefined
  /** How long the answer, or its first chunk, takes. Default: no time. */
  readonly after?: Duration.Input | undefined
  /** How long a stream waits between two chunks. Default: no time. */
  readonly every?: Duration.Input | undefined
}

/**
 * An answer of the model: text, tool calls, or both.
 *
 * **Details**
 *
 * A string is an answer with this text. `chunks` are the pieces of a stream, by default one for each word.
 * `finishReason` is by default the API's own word for an answer, or for one with tool calls. `breakAfter` ends a stream
 * with an error after that many chunks.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageAnswer extends AnswerOptions {
  readonly text?: string | undefined
  readonly chunks?: ReadonlyArray<string> | undefined
  readonly reasoning?: string | undefined
  readonly toolCalls?:
    | ReadonlyArray<{ readonly name: string; readonly arguments?: unknown; readonly id?: string | undefined }>
    | undefined
  readonly finishReason?: string | undefined
  readonly usage?: Partial<Usage> | undefined
  readonly model?: string | undefined
  readonly id?: string | undefined
  readonly breakAfter?: number | undefined
}

/**
 * A failure of the model: a response with an error status, or with `network` no response.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorAnswer extends AnswerOptions {
  readonly error: {
    readonly status?: number | undefined
    readonly message: string
    readonly code?: string | undefined
    /** The seconds after which the client may retry. */
    readonly retryAfter?: number | undefined
    readonly network?: boolean | undefined
  }
}

/**
 * A recorded response body: a value that is sent as JSON, or a text such as server-sent events. Only for `fetch`.
 *
 * @category models
 * @since 0.1.0
 */
export interface BodyAnswer extends AnswerOptions {
  readonly body: unknown
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * One answer.
 *
 * @category models
 * @since 0.1.0
 */
export type Answer = string | MessageAnswer | ErrorAnswer | BodyAnswer

/**
 * The answers, one for each call in order, or a function from a call to its answer.
 *
 * @category models
 * @since 0.1.0
 */
export type Script = ReadonlyArray<Answer> | ((request: ScriptedRequest) => Answer)
