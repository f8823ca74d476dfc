/**
 * A model with scripted answers, for `effect/ai`, for the clients of OpenAI and Anthropic, and for any program that
 * calls `fetch`.
 *
 * It records each call, and checks the call against the answer's `request`.
 *
 * @since 0.1.0
 */
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { aiModel } from "./internal/scriptedAi.ts"
import { scriptedFetch } from "./internal/scriptedFetch.ts"
import { ScriptState } from "./internal/scriptState.ts"
import type { Script, ScriptedRequest } from "./Script.ts"
import type { ScriptError } from "./ScriptError.ts"

export type {
  Answer,
  AnswerOptions,
  BodyAnswer,
  ErrorAnswer,
  MessageAnswer,
  Script,
  ScriptedRequest
} from "./Script.ts"

export {
  /** A scripted model received a call that its script does not have. */
  ScriptError
} from "./ScriptError.ts"

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
  readonly requests: Effect.Effect<ReadonlyArray<ScriptedRequest>>
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
 * answer, or one that does not match `request`, fails with a {@link ScriptError}. Over `fetch` it is a response with
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
 *     { text: "Rain.", request: { inputMessages: [{ parts: [{ content: "Weather?" }] }] } }
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
        requests: Effect.sync(() => [...state.requests]),
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
