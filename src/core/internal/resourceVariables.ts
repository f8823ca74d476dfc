/**
 * Reads the resource from the environment, for every layer that makes one.
 *
 * @see https://opentelemetry.io/docs/specs/otel/resource/sdk/
 * @internal
 */
import * as Effect from "effect/Effect"
import { ConfigurationError } from "../ConfigurationError.ts"
import { forgiving, text } from "./variables.ts"

const variable = "OTEL_RESOURCE_ATTRIBUTES"

/** The pairs of the variable, or `undefined` if one of them cannot be read. */
const parse = (value: string): Record<string, string> | undefined => {
  const attributes: Record<string, string> = Object.create(null)
  try {
    for (const pair of value.split(",")) {
      if (pair.trim() === "") continue
      const at = pair.indexOf("=")
      const key = decodeURIComponent(pair.slice(0, Math.max(at, 0)).trim())
      if (key === "") return undefined
      attributes[key] = decodeURIComponent(pair.slice(at + 1).trim())
    }
  } catch {
    // The percent-encoding is not valid UTF-8.
    return undefined
  }
  return attributes
}

/**
 * Attributes from the environment, `service.name` among them. One bad pair invalidates them all, as the specification
 * demands. @internal
 */
export const readResource: Effect.Effect<Readonly<Record<string, string>>, ConfigurationError> = Effect.gen(
  function*() {
    const attributes = yield* forgiving(Effect.flatMap(text(variable), (value) => {
      const parsed = value === undefined ? {} : parse(value)
      return parsed === undefined
        ? Effect.fail(
          new ConfigurationError({
            field: variable,
            problem: "it is no list of percent-encoded pairs, so none of it is used",
            fix: "Give it as name=value,name=value, with %25 for a percent sign"
          })
        )
        : Effect.succeed(parsed)
    }))
    const name = yield* text("OTEL_SERVICE_NAME")
    return name === undefined ? attributes ?? {} : { ...attributes, "service.name": name }
  }
)

/** The name of a program that has no configured name: OpenTelemetry asks for the name of its executable. @internal */
export const unknownService = (): string => {
  const { process } = globalThis as { readonly process?: { readonly execPath?: unknown } }
  const path = process?.execPath
  const name = typeof path === "string" ? path.split(/[\\/]/).pop()?.replace(/\.exe$/i, "") : undefined
  return name === undefined || name === "" ? "unknown_service" : `unknown_service:${name}`
}
