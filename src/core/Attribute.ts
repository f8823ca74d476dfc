/**
 * Attributes: the keys and values that a span, event, link or resource carries.
 *
 * A value is what OpenTelemetry's "Attribute" allows: a string, a boolean, a number, or an array of one of these types.
 * Effect accepts any value on a span, so every incoming value goes through {@link normalize}. It keeps an allowed value
 * and turns every other value into a string, as JSON where possible.
 *
 * @see https://opentelemetry.io/docs/specs/otel/common/#attribute
 * @since 0.1.0
 */
import { copyOf, isPlain, textOf } from "./internal/inspect.ts"

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
 * Accepts attributes one by one, so that a caller does not have to build a record first.
 *
 * **Details**
 *
 * An `undefined` value is left out. A name that is put again keeps its first place and takes the later value.
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
 * Writes any value as JSON text and never throws.
 *
 * **Details**
 *
 * A `bigint` becomes a string of its digits, a cycle `"[Circular]"`, a `Map` an object, a `Set` an array, an `Error`
 * its name and message. Bytes become a note of their number, and a `Redacted` keeps its secret. A part that cannot be
 * read, such as a getter that throws, becomes `"[unreadable]"`, and the parts beside it are kept.
 *
 * The value is read up to 20,000 parts, 64 levels and 8 Mi characters. A note replaces the rest. So the call takes a
 * few milliseconds at most, unless a getter or a `toJSON` of the value is slow.
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
export const toJson = (value: unknown): string =>
  plainJson(value) ?? JSON.stringify(copyOf(value)) ?? `[${typeof value}]`

// A proxy may look plain and still throw when it is written. Then it is copied part by part.
const plainJson = (value: unknown): string | undefined => {
  if (!isPlain(value)) return undefined
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

const objectText = (value: object): string => plainJson(value) ?? textOf(value)

// No backend shows a longer list as a list.
const maxItems = 20_000

const listOf = (value: object, valueLengthLimit: number): AttributeValue | undefined => {
  // A proxy may throw at any access.
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
 * Turns any value into an attribute value, or into `undefined` if there is nothing to record.
 *
 * **Details**
 *
 * Strings, numbers, booleans and arrays of one of these types stay. `undefined` and `null` are left out. A `bigint`
 * becomes a number if that is exact, and its digits otherwise. A symbol becomes its description. Every other value
 * becomes JSON text, see {@link toJson}, or plain text if its JSON is a single string, as for a `Date`. Strings, and
 * each string of an array, are cut to `valueLengthLimit` UTF-16 units. The function never throws, whatever the value's
 * getters do.
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
