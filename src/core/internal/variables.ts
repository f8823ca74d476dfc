/**
 * Environment variables as OpenTelemetry reads them. An empty variable counts as not set. An unusable one is a failure,
 * or it is logged as a warning and counts as not set.
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
import { headerProblem } from "./headers.ts"

const NonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
export const numeric = (schema: Schema.Codec<number>) => Schema.NumberFromString.pipe(Schema.decodeTo(schema))

type Read<A> = Effect.Effect<A | undefined, ConfigurationError>

/**
 * The effect of an unusable variable: a failure, a warning, or none. In the last two cases it counts as not set.
 */
type OnInvalid = "fail" | "warn" | "ignore"

const OnWrong = Context.Reference<OnInvalid>("effect-agentops/environment/OnWrong", { defaultValue: () => "fail" })

const by = (change: (current: OnInvalid) => OnInvalid) => <A>(read: Read<A>): Read<A> =>
  Effect.catch(read, (error) =>
    Effect.flatMap(OnWrong, (current): Read<A> => {
      const chosen = change(current)
      if (chosen === "fail") return Effect.fail(error)
      return chosen === "warn" ? Effect.as(warn(error), undefined) : Effect.undefined
    }))

export const recoverable = by((current) => current)

/** Warns where other readers fail: OpenTelemetry asks for a warning about unknown words. */
export const forgiving = by((current) => current === "fail" ? "warn" : current)

// OpenTelemetry treats an empty variable as not set.
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

/** The text of the file whose path is in a variable. @internal */
export const file = (name: string): Read<string> =>
  recoverable(Effect.flatMap(text(name), (path): Read<string> =>
    path === undefined
      ? Effect.succeed(undefined)
      : Effect.try({
        try: () => {
          // A browser and a Worker have no files.
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

/** The headers in a variable. A header that HTTP does not allow is an error of its own. @internal */
export const headers = Effect.fnUntraced(function*(name: string) {
  const valid: Record<string, string> = {}
  for (const [header, value] of Object.entries(parsePairs(yield* text(name)))) {
    const problem = headerProblem(header, value)
    const checked: Read<string> = problem === undefined
      ? Effect.succeed(value)
      : recoverable(Effect.fail(new ConfigurationError({ field: name, problem, fix: "Correct or remove it" })))
    const kept = yield* checked
    if (kept !== undefined) valid[header] = kept
  }
  return valid
})

export const count = (name: string) => parsed(name, numeric(Positive), "Give a whole number from 1")
export const millis = (name: string) =>
  Effect.map(
    parsed(name, numeric(NonNegative), "Give a number of milliseconds"),
    (value) => value === undefined ? undefined : Duration.millis(value)
  )
// OpenTelemetry treats every word except "true" as false, and asks for a warning if the word is neither.
export const boolean = (name: string) =>
  Effect.map(oneOf(name, ["true", "false"]), (value) => value === undefined ? undefined : value === "true")

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

/** A word of a list, in any case. An unknown word is logged as a warning and counts as not set. */
export const oneOf = <const L extends string>(name: string, literals: ReadonlyArray<L>): Read<L> =>
  forgiving(Effect.flatMap(text(name), (value): Read<L> => {
    const found = value === undefined ? undefined : findWord(value, literals)
    return value === undefined || found !== undefined
      ? Effect.succeed(found)
      : Effect.fail(unknownWord(name, value, literals))
  }))

const findWord = <L extends string>(value: string, literals: ReadonlyArray<L>): L | undefined =>
  literals.find((literal) => literal === value.toLowerCase())

const unknownWord = (field: string, value: string, literals: ReadonlyArray<string>) =>
  new ConfigurationError({
    field,
    problem: `${JSON.stringify(value)} is not known`,
    fix: `Give one of: ${literals.join(", ")}`
  })

/** The known words of a list, in any case and each once, or `undefined` if none is known. `none` is a word. */
export const someOf = <const L extends string>(
  name: string,
  literals: ReadonlyArray<L>
): Effect.Effect<ReadonlyArray<L> | "none" | undefined, ConfigurationError> =>
  Effect.gen(function*() {
    const words = new Set<L | "none">()
    for (const value of list(yield* text(name))) {
      const found = findWord(value, [...literals, "none" as const])
      if (found !== undefined) words.add(found)
      else yield* forgiving(Effect.fail(unknownWord(name, value, [...literals, "none"])))
    }
    if (words.has("none")) return "none"
    return words.size === 0 ? undefined : [...words] as ReadonlyArray<L>
  })

const decode = (value: string): string => {
  try {
    return decodeURIComponent(value)
  } catch {
    // A lone percent sign is not an encoding, so the text stays unchanged.
    return value
  }
}

/** Parses comma-separated `key=value` pairs, the form of W3C baggage that OpenTelemetry's variables use. @internal */
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

/** The name of the first variable that is set, or else the last name. */
export const firstSet = (...names: ReadonlyArray<string>) =>
  names.reduceRight<Effect.Effect<string, ConfigurationError>>(
    (rest, name) => Effect.flatMap(text(name), (value) => value === undefined ? rest : Effect.succeed(name)),
    Effect.succeed(names[names.length - 1]!)
  )

/** Warns about each unusable value, which then counts as not set. @internal */
export const leniently = <A>(read: Effect.Effect<A, ConfigurationError>): Effect.Effect<A> =>
  read.pipe(Effect.provideService(OnWrong, "warn"), Effect.orDie)

/** Like {@link leniently} without the warning, for values that are not used. @internal */
export const silently = <A>(read: Effect.Effect<A, ConfigurationError>): Effect.Effect<A> =>
  read.pipe(Effect.provideService(OnWrong, "ignore"), Effect.orDie)

/** Logs a warning about an unusable value. @internal */
export const warn = (error: ConfigurationError): Effect.Effect<void> =>
  Effect.logWarning(`effect-agentops: ${error.message}. Going on without it`)
