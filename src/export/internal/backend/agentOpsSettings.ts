/**
 * Reads the settings of AgentOps from options and the environment, for all signals.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { ConfigurationError } from "../../../core/ConfigurationError.ts"
import { text } from "../../../core/internal/variables.ts"
import { httpUrl } from "./otlp.ts"

const variable = "AGENTOPS_API_KEY"
const isKey = Schema.is(Schema.String.check(Schema.isUUID()))

/** The API key. Without one, it returns `undefined` and warns that the data in `what` is not sent. @internal */
export const readApiKey = Effect.fnUntraced(function*(
  given: Redacted.Redacted<string> | string | undefined,
  what: string
): Effect.fn.Return<Redacted.Redacted<string> | undefined, ConfigurationError> {
  const found = given ?? (yield* text(variable))
  const key = (Redacted.isRedacted(found) ? Redacted.value(found) : found)?.trim()
  if (key === undefined || key === "") {
    yield* Effect.logWarning(
      `effect-agentops: no ${variable}, so ${what} sent to AgentOps. Get a key at https://app.agentops.ai`
    )
    return undefined
  }
  if (!isKey(key)) {
    return yield* new ConfigurationError({
      field: given === undefined ? variable : "apiKey",
      problem: "it is no UUID",
      fix: "Copy the API key of your project from https://app.agentops.ai"
    })
  }
  return Redacted.make(key)
})

/** An address from an option, otherwise from a variable, otherwise AgentOps's own. @internal */
export const readAddress = (
  check: (url: string, field: string) => Effect.Effect<string, ConfigurationError>,
  field: string,
  given: string | undefined,
  variable: string,
  fallback: string
): Effect.Effect<string, ConfigurationError> =>
  given === undefined
    ? Effect.flatMap(text(variable), (found) => check(found ?? fallback, variable))
    : check(given, field)

/** The address of the API that issues tokens. @internal */
export const readApiUrl = (given: string | undefined): Effect.Effect<string, ConfigurationError> =>
  readAddress(httpUrl, "apiUrl", given, "AGENTOPS_API_ENDPOINT", "https://api.agentops.ai")
