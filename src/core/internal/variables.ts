/**
 * Environment variables as OpenTelemetry reads them: an empty one is not set, and one
 * that cannot be used is a failure, or is warned of and taken for not set.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @internal
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { ConfigurationError } from "../ConfigurationError.ts"

const NonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
export const numeric = (schema: Schema.Codec<number>) => Schema.NumberFromString.pipe(Schema.decodeTo(schema))

type Read<A> = Effect.Effect<A | undefined, ConfigurationError>

/** What becomes of a variable that cannot be used: a failure, or the same as if it were not set. */
const OnWrong = Context.Reference<(error: ConfigurationError) => Read<never>>("effect-agentops/environment/OnWrong", {
  defaultValue: () => Effect.fail
})

export const recoverable = <A>(read: Read<A>): Read<A> =>
  Effect.catch(read, (error) => Effect.flatMap(OnWrong, (onWrong) => onWrong(error)))

// OpenTelemetry takes an empty variable for one that is not set.
export const text = (name: string): Read<string> =>
  Config.option(Config.String(name)).pipe(
    Effect.map((value) => Option.getOrUndefined(Option.filter(value, (text) => text.trim() !== ""))),
    Effect.map((value) => value?.trim()),
    Effect.mapError((error) => new ConfigurationError({ field: name, problem: error.message, fix: `Unset ${name}` })),
    recoverable
  )

export const parsed = <A>(name: string, schema: Schema.Codec<A, string>, fix: string): Read<A> =>
  recoverable(Effect.flatMap(text(name), (value): Read<A> =>
    value === undefined
      ? Effect.succeed(undefined)
      : Effect.mapError(
        Schema.decodeEffect(schema)(value),
        (error) => new ConfigurationError({ field: name, problem: error.message, fix })
      )))

interface Files {
  readonly readFileSync: (path: string, encoding: "utf8") => string
}

interface Builtins {
  readonly process?: { readonly getBuiltinModule?: ((name: string) => unknown) | undefined } | undefined
}

/** The text of the file that a variable names. @internal */
export const file = (name: string): Read<string> =>
  recoverable(Effect.flatMap(text(name), (path): Read<string> =>
    path === undefined
      ? Effect.succeed(undefined)
      : Effect.try({
        try: () => {
          // A browser and a Worker have none.
          const files = (globalThis as Builtins).process?.getBuiltinModule?.("node:fs") as Files | undefined
          if (files === undefined) throw new Error("this runtime has no files")
          return files.readFileSync(path, "utf8")
        },
        catch: (error) =>
          new ConfigurationError({
            field: name,
            problem: `${JSON.stringify(path)} cannot be read: ${
              error instanceof Error ? error.message : String(error)
            }`,
            fix: "Give the path of a file in PEM"
          })
      })))

export const count = (name: string) => parsed(name, numeric(Positive), "Give a whole number from 1")
export const millis = (name: string) =>
  Effect.map(
    parsed(name, numeric(NonNegative), "Give a number of milliseconds"),
    (value) => value === undefined ? undefined : Duration.millis(value)
  )
// OpenTelemetry takes everything but "true" for false.
export const boolean = (name: string) =>
  Effect.map(text(name), (value) => value === undefined ? undefined : /^true$/i.test(value))

const flags: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  on: true,
  1: true,
  false: false,
  f: false,
  no: false,
  n: false,
  off: false,
  0: false
}
export const flag = (name: string) =>
  Effect.map(
    parsed(
      name,
      Schema.String.check(Schema.makeFilter((value) => value.toLowerCase() in flags, { expected: "true or false" })),
      "Give true or false"
    ),
    (value) => value === undefined ? undefined : flags[value.toLowerCase()]
  )

export const oneOf = <const L extends string>(name: string, literals: ReadonlyArray<L>) =>
  parsed(name, Schema.Literals(literals) as Schema.Codec<L, string>, `Give one of: ${literals.join(", ")}`)

const decode = (value: string): string => {
  try {
    return decodeURIComponent(value)
  } catch {
    // A lone percent sign is no encoding: take the text as it is.
    return value
  }
}

/** The comma-separated `key=value` pairs of W3C baggage, as OpenTelemetry's variables have them. @internal */
export const parsePairs = (value: string | undefined): Record<string, string> => {
  const pairs: Record<string, string> = {}
  for (const pair of (value ?? "").split(",")) {
    const at = pair.indexOf("=")
    if (at > 0) pairs[decode(pair.slice(0, at).trim())] = decode(pair.slice(at + 1).trim())
  }
  return pairs
}

export const list = (value: string | undefined): ReadonlyArray<string> =>
  (value ?? "").split(",").map((item) => item.trim()).filter((item) => item !== "")

/** The first of the variables that is set, or else the last. */
export const firstSet = (...names: ReadonlyArray<string>) =>
  names.reduceRight<Effect.Effect<string, ConfigurationError>>(
    (rest, name) => Effect.flatMap(text(name), (value) => value === undefined ? rest : Effect.succeed(name)),
    Effect.succeed(names[names.length - 1]!)
  )

/** Warns of each value that cannot be used, and takes it for one that is not set. @internal */
export const leniently = <A>(read: Effect.Effect<A, ConfigurationError>): Effect.Effect<A> =>
  read.pipe(
    Effect.provideService(OnWrong, (error) => Effect.as(warn(error), undefined)),
    Effect.orDie
  )

/** Tells of a value that cannot be used. @internal */
export const warn = (error: ConfigurationError): Effect.Effect<void> =>
  Effect.logWarning(`effect-agentops: ${error.message}. Going on without it`)
