/** OpenAI's client: for the real API if OPENAI_API_KEY is set, otherwise for a small local server. */
import { Config, Effect, Option } from "effect"
import * as OpenAi from "effect-agentops/openai"
import OpenAI from "openai"
import * as Server from "./server.ts"

/** The model, and the options of a client of OpenAI's API. */
export const settings = Effect.gen(function*() {
  const key = yield* Config.option(Config.NonEmptyString("OPENAI_API_KEY"))
  const model = yield* Config.NonEmptyString("OPENAI_MODEL").pipe(Config.withDefault("gpt-4o-mini"))
  const settings: { readonly apiKey: string; readonly baseURL?: string } = Option.isSome(key)
    ? { apiKey: key.value }
    : { apiKey: "no-key", baseURL: yield* Server.start }
  return { model, settings }
})

export const make = Effect.map(
  settings,
  ({ model, settings }) => ({ model, openai: OpenAi.wrap(new OpenAI(settings)) })
)
