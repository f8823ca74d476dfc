/**
 * A model whose answers are written down: for `effect/ai`, for the clients of OpenAI and Anthropic, and for whatever
 * calls `fetch`.
 *
 * What was asked is kept, and checked where an answer says what it is an answer to.
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
  /** A scripted model was asked what its script does not say. */
  ScriptError
} from "./ScriptError.ts"

/**
 * What a scripted model was asked: its place, from 1, the facts of the call, and the request where there is one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Asked {
  readonly number: number
  /** Messages, tools and settings, whichever API it was asked by. */
  readonly call: LlmCall
  readonly stream: boolean
  readonly url: string | undefined
  /** The body as it was sent, parsed where it is JSON. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What an answer says of its time, and of what it answers.
 *
 * @category models
 * @since 0.1.0
 */
export interface Common {
  /** What has to be asked: a pattern for the facts of the call. Otherwise the call fails, and so does `verify`. */
  readonly asked?: Pattern<LlmCall> | undefined
  /** How long it takes until the answer, or its first chunk, comes. Default: nothing. */
  readonly after?: Duration.Input | undefined
  /** Of a stream: how long it takes from one chunk to the next. Default: nothing. */
  readonly every?: Duration.Input | undefined
}

/**
 * What the model says: a text, calls of tools, or both.
 *
 * **Details**
 *
 * A text alone stands for itself. `chunks` are the pieces in which a stream has it; by default it comes word by word.
 * `finishReason` is by default the API's own word for an answer, or for one with calls. `breakAfter` breaks a stream off
 * after so many of its chunks.
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
 * The model refuses: an answer with a status of failure, or, with `network`, none.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failing extends Common {
  readonly error: {
    readonly status?: number | undefined
    readonly message: string
    readonly code?: string | undefined
    /** Seconds after which to try again. */
    readonly retryAfter?: number | undefined
    readonly network?: boolean | undefined
  }
}

/**
 * A body as it was recorded: a value that becomes JSON, or a text, such as server-sent events. For `fetch` alone.
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
 * The answers: one for each call in their order, or a function of what was asked.
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
  /** What was asked so far. */
  readonly asked: Effect.Effect<ReadonlyArray<Asked>>
  /** Fails where something was asked that the script does not say, or an answer is left. */
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
 * Makes a model of a script.
 *
 * **Details**
 *
 * Its waits are on the clock of the effect that makes it, so that a `TestClock` drives them. A call without an answer,
 * or one that is not what `asked` says, fails with a {@link ScriptError}: over `fetch` it is an answer with status 400,
 * which no client tries again.
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
