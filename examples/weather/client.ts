/** OpenAI's client: the real one where OPENAI_API_KEY is set, else one of a small server on this machine. */
import { Config, Effect, Option } from "effect"
import * as OpenAi from "effect-agentops/openai"
import OpenAI from "openai"
import * as Server from "./server.ts"

/** Which model to ask, and what a client of OpenAI's API needs to reach it. */
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
