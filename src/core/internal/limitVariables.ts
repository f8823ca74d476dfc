/**
 * Limits from environment variables, as an Effect `Config`.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#attribute-limits
 * @internal
 */
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** @internal */
export const Limit = Schema.Number.check(
  Schema.makeFilter((n: number) => n === Infinity || (Number.isInteger(n) && n >= 0), {
    expected: "a whole number from 0, or Infinity"
  })
)

/** The environment variables of each limit. The first one that is set wins. @internal */
export type Variables<K extends string> = { readonly [Key in K]: ReadonlyArray<string> }

const number = Schema.NumberFromString.pipe(Schema.decodeTo(Limit))

// OpenTelemetry treats an empty variable as not set. A blank one must not be read as zero.
const limit = (variable: string): Config.Config<Option.Option<number>> =>
  Config.flatMap(
    Config.option(Config.String(variable)),
    (text) =>
      Option.isNone(text) || text.value.trim() === ""
        ? Config.succeed(Option.none())
        : Config.map(Config.schema(number, variable), Option.some)
  )

/** Reads limits. A limit that no variable sets has its default. @internal */
export const limitsOf = <K extends string>(
  variables: Variables<K>,
  defaults: { readonly [Key in K]: number }
): Config.Config<{ readonly [Key in K]: number }> => {
  const limits = {} as Record<K, Config.Config<number>>
  for (const name in variables) {
    limits[name] = variables[name].reduceRight<Config.Config<number>>(
      (rest, variable) =>
        Config.flatMap(limit(variable), (value) => Option.isSome(value) ? Config.succeed(value.value) : rest),
      Config.succeed(defaults[name])
    )
  }
  return Config.all(limits) as never
}
