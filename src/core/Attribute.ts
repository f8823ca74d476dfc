/**
 * Attributes: the keys and values that a span, event, link or resource carries.
 *
 * A value is what OpenTelemetry's "Attribute" allows: a string, a boolean, a
 * number, or an array of those. Effect lets a program put anything on a span,
 * so everything that comes in goes through {@link normalize}: what OpenTelemetry
 * allows stays as it is, the rest becomes a string, JSON where that is possible.
 *
 * @see https://opentelemetry.io/docs/specs/otel/common/#attribute
 * @since 0.1.0
 */
import { attempt, copyOf, isPlain, textOf } from "./internal/look.ts"

/**
 * A value that OpenTelemetry accepts for an attribute.
 *
 * @category models
 * @since 0.1.0
 */
export type AttributeValue =
  | string
  | number
  | boolean
  | ReadonlyArray<string>
  | ReadonlyArray<number>
  | ReadonlyArray<boolean>

/**
 * A set of attributes, keyed by name.
 *
 * @category models
 * @since 0.1.0
 */
export type Attributes = Readonly<Record<string, AttributeValue>>

/**
 * Takes attributes one by one, so that nobody has to make a record of them first.
 *
 * **Details**
 *
 * What is `undefined` is left out. A name that comes again has the later value, in its first place.
 *
 * @category models
 * @since 0.1.0
 */
export interface Writer {
  readonly put: (key: string, value: AttributeValue | undefined) => void
}

const truncate = (value: string, limit: number): string => value.length > limit ? value.slice(0, limit) : value

const isHomogeneous = (values: ReadonlyArray<unknown>): boolean => {
  const type = typeof values[0]
  if (type !== "string" && type !== "number" && type !== "boolean") return values.length === 0
  for (let i = 1; i < values.length; i++) {
    if (typeof values[i] !== type) return false
  }
  return true
}

/**
 * Writes any value as JSON text, and never throws.
 *
 * **Details**
 *
 * `bigint` becomes its digits, a cycle `"[Circular]"`, a `Map` an object, a
 * `Set` an array, an `Error` its name and message, bytes a note of how many there
 * are, and a `Redacted` keeps its secret. What cannot be read, such as a getter that
 * throws, becomes `"[unreadable]"`, and what is beside it stays.
 *
 * Of a value with more than 20,000 parts, 64 levels or 8 Mi characters, the rest is
 * left out with a note. So it takes a few milliseconds at most, unless a getter or a
 * `toJSON` of the value's own is slow.
 *
 * **Example** (JSON of awkward values)
 *
 * ```ts
 * import { Attribute } from "effect-agentops"
 *
 * Attribute.toJson({ id: 12n, tags: new Set(["a"]) })
 * // => '{"id":"12","tags":["a"]}'
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const toJson = (value: unknown): string => {
  // A proxy may be plain when it is looked at first, and throw when it is written: then it is copied, part by part.
  const json = isPlain(value) ? attempt(() => JSON.stringify(value)) : undefined
  return json ?? JSON.stringify(copyOf(value)) ?? `[${typeof value}]`
}

const objectText = (value: object): string =>
  (isPlain(value) ? attempt(() => JSON.stringify(value)) : undefined) ?? textOf(value)

// A list of more than these is no list that a backend shows.
const maxItems = 20_000

const listOf = (value: object, valueLengthLimit: number): AttributeValue | undefined => {
  // A proxy may throw at anything that is asked of it.
  try {
    if (!Array.isArray(value) || value.length > maxItems || !isHomogeneous(value)) return undefined
    return typeof value[0] === "string" && valueLengthLimit !== Infinity
      ? value.map((item: string) => truncate(item, valueLengthLimit))
      : value.slice()
  } catch {
    return undefined
  }
}

/**
 * Turns anything into an attribute value, or `undefined` where there is nothing to say.
 *
 * **Details**
 *
 * Strings, numbers, booleans and arrays of one of these stay. `undefined` and
 * `null` are left out. A `bigint` becomes a number where that is exact, else its
 * digits, a symbol its description. Everything else becomes text: JSON, see
 * {@link toJson}, or the text alone where that is all it would be, as for a `Date`. Strings are cut to `valueLengthLimit` UTF-16 units, each in an
 * array for itself. It never throws, whatever the value's getters do.
 *
 * **Example** (values that a span accepts)
 *
 * ```ts
 * import { Attribute } from "effect-agentops"
 *
 * Attribute.normalize("hello", 4) // => "hell"
 * Attribute.normalize([1, 2]) // => [1, 2]
 * Attribute.normalize({ city: "Boston" }) // => '{"city":"Boston"}'
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const normalize = (value: unknown, valueLengthLimit = Infinity): AttributeValue | undefined => {
  switch (typeof value) {
    case "string":
      return truncate(value, valueLengthLimit)
    case "number":
    case "boolean":
      return value
    case "undefined":
      return undefined
    case "bigint": {
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : truncate(value.toString(), valueLengthLimit)
    }
    case "object":
      if (value === null) return undefined
      return listOf(value, valueLengthLimit) ?? truncate(objectText(value), valueLengthLimit)
    default:
      return truncate(textOf(value), valueLengthLimit)
  }
}
