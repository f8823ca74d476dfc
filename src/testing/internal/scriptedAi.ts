/**
 * A script as a model of `effect/ai`.
 *
 * @internal
 */
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { promptOf, toolsOf } from "../../integrations/ai/internal/facts.ts"
import { streamedParts, wholeParts } from "../../integrations/ai/internal/replayed.ts"
import type { LlmCall } from "../../model/LlmCall.ts"
import type { ErrorAnswer, MessageAnswer } from "../Script.ts"
import { ScriptError } from "../ScriptError.ts"
import { factsOf, type ScriptedAnswer, type ScriptState } from "./scriptState.ts"

const failure = (method: string, reason: AiError.AiErrorReason): AiError.AiError =>
  AiError.make({ module: "ScriptedModel", method, reason })

const reasonOf = ({ error }: ErrorAnswer): AiError.AiErrorReason => {
  switch (error.status) {
    case 401:
    case 403:
      return new AiError.AuthenticationError({ kind: "InvalidKey" })
    case 429:
      return new AiError.RateLimitError({})
    default:
      return new AiError.InternalProviderError({ description: error.message })
  }
}

const sleep = (time: ScriptedAnswer["after"]) => time === undefined ? Effect.void : Effect.sleep(time)

/** @internal */
export const aiModel = (state: ScriptState): Effect.Effect<LanguageModel.LanguageModel> => {
  const answer = (method: string, options: LanguageModel.ProviderOptions, stream: boolean) =>
    Effect.gen(function*() {
      const call: LlmCall = { ...promptOf(options.prompt), ...toolsOf(options.tools) }
      const { answer: reply, request } = state.next({ call, stream, url: undefined, body: undefined, headers: {} })
      const invalid = (description: string) => failure(method, new AiError.InvalidRequestError({ description }))
      if (reply instanceof ScriptError) return yield* Effect.fail(invalid(reply.message))
      yield* sleep(reply.after)
      if ("error" in reply) return yield* Effect.fail(failure(method, reasonOf(reply)))
      if ("body" in reply) {
        return yield* Effect.fail(
          invalid("A body is an answer for fetch: give text or toolCalls to a model of effect/ai")
        )
      }
      const facts = factsOf(reply, request, ["stop", "tool-calls"])
      return { facts, reply }
    })

  const broken = (parts: ReadonlyArray<unknown>, { breakAfter }: MessageAnswer) =>
    breakAfter !== undefined && breakAfter < parts.length

  return LanguageModel.make({
    generateText: (options) => Effect.map(answer("generateText", options, false), ({ facts }) => wholeParts(facts)),
    streamText: (options) =>
      Stream.unwrap(Effect.map(answer("streamText", options, true), ({ facts, reply }) => {
        const pieces = (text: string) => text === reply.chunks?.join("") ? reply.chunks : undefined
        const parts = streamedParts(facts, pieces)
        const shown = parts.slice(0, reply.breakAfter)
        const spaced = Stream.fromIterable(shown).pipe(
          Stream.rechunk(1),
          Stream.zipWithIndex,
          Stream.mapEffect(([part, i]) => Effect.as(i === 0 ? Effect.void : sleep(reply.every), part))
        )
        return broken(parts, reply)
          ? Stream.concat(
            spaced,
            Stream.fail(
              failure("streamText", new AiError.InternalProviderError({ description: "The stream broke off" }))
            )
          )
          : spaced
      }))
  })
}
