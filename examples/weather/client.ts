/** OpenAI's client: the real one where OPENAI_API_KEY is set, else one of a small server on this machine. */
import { Config, Effect, Option } from "effect"
import * as OpenAi from "effect-agentops/openai"
import OpenAI from "openai"
import * as Server from "./server.ts"

export const make = Effect.gen(function*() {
  const key = yield* Config.option(Config.NonEmptyString("OPENAI_API_KEY"))
  const model = yield* Config.NonEmptyString("OPENAI_MODEL").pipe(Config.withDefault("gpt-4o-mini"))
  const client = Option.isSome(key)
    ? new OpenAI({ apiKey: key.value })
    : new OpenAI({ apiKey: "no-key", baseURL: yield* Server.start })
  return { model, openai: OpenAi.wrap(client) }
})
