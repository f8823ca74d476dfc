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
import * as Redacted from "effect/Redacted"

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

const truncate = (value: string, limit: number): string => value.length > limit ? value.slice(0, limit) : value

const isHomogeneous = (values: ReadonlyArray<unknown>): boolean => {
  const type = typeof values[0]
  if (type !== "string" && type !== "number" && type !== "boolean") return values.length === 0
  for (let i = 1; i < values.length; i++) {
    if (typeof values[i] !== type) return false
  }
  return true
}

const replacer = () => {
  const ancestors: Array<unknown> = []
  return function(this: unknown, _key: string, value: unknown): unknown {
    if (typeof value === "bigint") return value.toString()
    if (typeof value !== "object" || value === null) return value
    if (Redacted.isRedacted(value)) return String(value)
    while (ancestors.length > 0 && ancestors[ancestors.length - 1] !== this) ancestors.pop()
    if (ancestors.includes(value)) return "[Circular]"
    ancestors.push(value)
    if (value instanceof Map) return Object.fromEntries(value)
    if (value instanceof Set) return Array.from(value)
    if (value instanceof Error) return { name: value.name, message: value.message }
    return value
  }
}

const maxPlainDepth = 32

/** Whether `JSON.stringify` alone writes the value as {@link toJson} promises, which is four times as fast. */
const isPlain = (value: unknown, depth: number): boolean => {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return true
    case "object": {
      if (value === null) return true
      // A cycle has no end.
      if (depth === maxPlainDepth) return false
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) {
          if (!isPlain(value[i], depth + 1)) return false
        }
        return true
      }
      if (Object.getPrototypeOf(value) !== Object.prototype) return false
      for (const key in value) {
        if (!isPlain((value as Readonly<Record<string, unknown>>)[key], depth + 1)) return false
      }
      return true
    }
    default:
      return value === undefined
  }
}

/**
 * Writes any value as JSON text, and never throws.
 *
 * **Details**
 *
 * `bigint` becomes its digits, a cycle `"[Circular]"`, a `Map` an object, a
 * `Set` an array, an `Error` its name and message, and a `Redacted` keeps its
 * secret. A value that cannot be written at all, such as one whose `toJSON`
 * throws, becomes its type in brackets.
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
  try {
    return (isPlain(value, 0) ? JSON.stringify(value) : JSON.stringify(value, replacer())) ?? `[${typeof value}]`
  } catch {
    return `[${typeof value}]`
  }
}

const listOf = (value: object, valueLengthLimit: number): AttributeValue | undefined => {
  // A proxy may throw at anything that is asked of it.
  try {
    if (!Array.isArray(value) || !isHomogeneous(value)) return undefined
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
 * digits, a symbol its description. Everything else becomes JSON text, see
 * {@link toJson}. Strings are cut to `valueLengthLimit` UTF-16 units, each in an
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
      return listOf(value, valueLengthLimit) ?? truncate(toJson(value), valueLengthLimit)
    default:
      return truncate(typeof value === "symbol" ? String(value) : toJson(value), valueLengthLimit)
  }
}
