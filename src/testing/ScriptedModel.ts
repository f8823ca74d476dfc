/**
 * A model with scripted answers, for `effect/ai`, for the clients of OpenAI and Anthropic, and for any program that
 * calls `fetch`.
 *
 * It records each call, and checks the call against the answer's `asked`.
 *
 * @since 0.1.0
 */
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { LlmCall } from "../model/LlmCall.ts"
import type { Usage } from "../model/Usage.ts"
import { aiModel } from "./internal/scriptedAi.ts"
import { scriptedFetch } from "./internal/scriptedFetch.ts"
import { ScriptState } from "./internal/scriptState.ts"
import type { Pattern } from "./Pattern.ts"
import type { ScriptError } from "./ScriptError.ts"

export {
  /** A scripted model received a call that its script does not have. */
  ScriptError
} from "./ScriptError.ts"

/**
 * One call of a scripted model: its number, from 1, the facts of the call, and its request if there is one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Asked {
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
export interface Common {
  /** The call that the answer expects: a pattern for its facts. Another call fails, and so does `verify`. */
  readonly asked?: Pattern<LlmCall> | undefined
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
 * A string is an answer with this text. `chunks` are the pieces of a stream; by default each word is one.
 * `finishReason` is by default the API's own word for an answer, or for one with tool calls. `breakAfter` ends a stream
 * with an error after that many chunks.
 *
 * @category models
 * @since 0.1.0
 */
export interface Saying extends Common {
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
export interface Failing extends Common {
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
export interface Recorded extends Common {
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
export type Answer = string | Saying | Failing | Recorded

/**
 * The answers, one for each call in order, or a function from a call to its answer.
 *
 * @category models
 * @since 0.1.0
 */
export type Script = ReadonlyArray<Answer> | ((asked: Asked) => Answer)

/**
 * A model that follows a script.
 *
 * @category models
 * @since 0.1.0
 */
export interface Scripted {
  /** For clients: OpenAI's chat completions and responses, Anthropic's messages, whole or streamed. */
  readonly fetch: typeof globalThis.fetch
  /** For `effect/ai`. */
  readonly languageModel: LanguageModel.LanguageModel
  /** The calls so far. */
  readonly asked: Effect.Effect<ReadonlyArray<Asked>>
  /** Fails if a call did not follow the script, or if an answer is left. */
  readonly verify: Effect.Effect<void, ScriptError>
}

/**
 * The scripted model of a test.
 *
 * @category services
 * @since 0.1.0
 */
export class ScriptedModel
  extends Context.Service<ScriptedModel, Scripted>()("effect-agentops/testing/ScriptedModel")
{}

/**
 * Makes a model from a script.
 *
 * **Details**
 *
 * The delays use the clock of the effect that makes the model, so a `TestClock` controls them. A call without an
 * answer, or one that does not match `asked`, fails with a {@link ScriptError}. Over `fetch` it is a response with
 * status 400, which clients do not retry.
 *
 * **Example** (OpenAI's client)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { ScriptedModel } from "effect-agentops/testing"
 * import OpenAI from "openai"
 *
 * const program = Effect.gen(function*() {
 *   const model = yield* ScriptedModel.make([
 *     { text: "Rain.", asked: { inputMessages: [{ parts: [{ content: "Weather?" }] }] } }
 *   ])
 *   const openai = new OpenAI({ apiKey: "none", fetch: model.fetch })
 *   const completion = yield* Effect.promise(() =>
 *     openai.chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content: "Weather?" }] }))
 *   yield* model.verify
 *   return completion.choices[0]?.message.content
 * })
 * await Effect.runPromise(program) // => "Rain."
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (script: Script): Effect.Effect<Scripted> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.gen(function*() {
      const state = new ScriptState(script)
      return {
        fetch: scriptedFetch(state, context),
        languageModel: yield* aiModel(state),
        asked: Effect.sync(() => [...state.asked]),
        verify: Effect.suspend(() => {
          const error = state.wrong()
          return error === undefined ? Effect.void : Effect.fail(error)
        })
      }
    })
  )

/**
 * Provides a scripted model, and with it the `LanguageModel` of `effect/ai`.
 *
 * **Example** (a program on `effect/ai`)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { LanguageModel } from "effect/ai"
 * import { ScriptedModel } from "effect-agentops/testing"
 *
 * const program = LanguageModel.generateText({ prompt: "Weather?" }).pipe(Effect.map(({ text }) => text))
 *
 * await Effect.runPromise(Effect.provide(program, ScriptedModel.layer(["Rain."]))) // => "Rain."
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (script: Script): Layer.Layer<ScriptedModel | LanguageModel.LanguageModel> =>
  Layer.effectContext(
    Effect.map(make(script), (model) =>
      Context.make(ScriptedModel, ScriptedModel.of(model)).pipe(
        Context.add(LanguageModel.LanguageModel, model.languageModel)
      ))
  )
