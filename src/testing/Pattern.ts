/**
 * Patterns for values: the value itself, a part of it, or a rule.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const TypeId = "~effect-agentops/Pattern"

/**
 * A predicate for a value, with a label for messages.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rule {
  readonly [TypeId]: typeof TypeId
  readonly label: string
  /** Whether the rule accepts the absence of a value. */
  readonly absent: boolean
  readonly matches: (value: unknown) => boolean
}

/**
 * A pattern for a value of type `T`.
 *
 * **Details**
 *
 * An object matches if the properties that the pattern names match, at any depth. A list matches a list of the same
 * length. A regular expression matches a string. Any position may hold a {@link Rule}.
 *
 * @category models
 * @since 0.1.0
 */
export type Pattern<T> =
  | Rule
  | (unknown extends T ? unknown : T extends string ? T | RegExp
  : T extends ReadonlyArray<infer Item> ? ReadonlyArray<Pattern<Item>>
  : T extends object ? { readonly [K in keyof T]?: Pattern<T[K]> | undefined }
  : T)

/**
 * A difference between a value and its pattern. `path` leads from the root of the value to the difference.
 *
 * @category models
 * @since 0.1.0
 */
export interface Difference {
  readonly path: string
  readonly expected: string
  readonly found: string
}

const rule = (label: string, matches: (value: unknown) => boolean, absent = false): Rule => ({
  [TypeId]: TypeId,
  label,
  absent,
  matches
})

/**
 * Whether a value is a {@link Rule}.
 *
 * @category guards
 * @since 0.1.0
 */
export const isRule = (value: unknown): value is Rule => Predicate.hasProperty(value, TypeId)

/**
 * Any value except `undefined`.
 *
 * @category rules
 * @since 0.1.0
 */
export const present: Rule = rule("something", (value) => value !== undefined)

/**
 * Only `undefined`.
 *
 * @category rules
 * @since 0.1.0
 */
export const absent: Rule = rule("nothing", (value) => value === undefined, true)

/**
 * A value that a predicate accepts. `label` names it in messages. If the predicate throws, the value does not match.
 *
 * **Example** (a cost below a cent)
 *
 * ```ts
 * import { Pattern } from "effect-agentops/testing"
 *
 * const cheap = Pattern.satisfies("less than a cent", (cost: number) => cost < 0.01)
 * Pattern.compare(cheap, 0.5) // => [{ path: "", expected: "less than a cent", found: "0.5" }]
 * ```
 *
 * @category rules
 * @since 0.1.0
 */
export const satisfies = <T>(label: string, predicate: (value: T) => boolean): Rule =>
  rule(label, (value) => {
    try {
      return predicate(value as T)
    } catch {
      return false
    }
  })

/**
 * A value that matches a schema.
 *
 * @category rules
 * @since 0.1.0
 */
export const schema = <T>(self: Schema.Codec<T, unknown>, label = "a value of the schema"): Rule =>
  rule(label, Schema.is(self))

/**
 * A string that contains this string, or a list with an item that matches this pattern.
 *
 * @category rules
 * @since 0.1.0
 */
export const containing = (part: unknown): Rule =>
  rule(`something containing ${show(part)}`, (value) =>
    typeof value === "string"
      ? typeof part === "string" && value.includes(part)
      : Array.isArray(value) && value.some((item) => compare(part, item).length === 0))

/**
 * A value equal to this one, without further properties.
 *
 * @category rules
 * @since 0.1.0
 */
export const exactly = (expected: unknown): Rule =>
  rule(
    `exactly ${show(expected)}`,
    (value) => differences(expected, value, "", true).length === 0,
    expected === undefined
  )

const longest = 160

/**
 * A value in the form of a message: JSON where possible, truncated to 160 characters.
 *
 * @category rendering
 * @since 0.1.0
 */
export const show = (value: unknown): string => {
  const text = isRule(value) ? value.label : value instanceof RegExp ? String(value) : written(value)
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

const written = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (typeof value === "bigint") return `${value}n`
  if (typeof value === "number" || typeof value === "symbol" || typeof value === "function") return String(value)
  try {
    return JSON.stringify(
      value,
      (_, inner: unknown) =>
        isRule(inner) ? `<${inner.label}>` : inner instanceof RegExp ? String(inner) : typeof inner === "bigint"
          ? `${inner}n`
          : inner
    ) ?? String(value)
  } catch {
    return String(value)
  }
}

const differences = (pattern: unknown, value: unknown, path: string, exact: boolean): ReadonlyArray<Difference> => {
  const differs = (): ReadonlyArray<Difference> => [{ path, expected: show(pattern), found: show(value) }]
  if (isRule(pattern)) return (value !== undefined || pattern.absent) && pattern.matches(value) ? [] : differs()
  if (pattern instanceof RegExp) {
    return typeof value === "string" && new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).test(value)
      ? []
      : differs()
  }
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value)) return differs()
    if (pattern.length !== value.length) {
      const [first] = pattern.flatMap((item, i) => differences(item, value[i], `${path}[${i}]`, exact))
      const length = { path: `${path}.length`, expected: `${pattern.length}`, found: `${value.length}` }
      return first === undefined ? [length] : [length, first]
    }
    return pattern.flatMap((item, i) => differences(item, value[i], `${path}[${i}]`, exact))
  }
  if (pattern instanceof Date) return value instanceof Date && +pattern === +value ? [] : differs()
  if (Predicate.isObject(pattern)) {
    if (!Predicate.isObject(value) || Array.isArray(value)) return differs()
    const found = value as Readonly<Record<string, unknown>>
    const expected = pattern as Readonly<Record<string, unknown>>
    const named = Object.keys(expected).flatMap((key) =>
      expected[key] === undefined && !exact ? [] : differences(expected[key], found[key], `${path}.${key}`, exact)
    )
    const more = exact
      ? Object.keys(found).filter((key) => found[key] !== undefined && !Object.hasOwn(expected, key))
      : []
    return [...named, ...more.map((key) => ({ path: `${path}.${key}`, expected: "nothing", found: show(found[key]) }))]
  }
  return Object.is(pattern, value) ? [] : differs()
}

/**
 * The differences between a value and a pattern. The list is empty if the value matches.
 *
 * **Example** (one property of two)
 *
 * ```ts
 * import { Pattern } from "effect-agentops/testing"
 *
 * Pattern.compare({ query: /shoe/ }, { query: "hats", limit: 3 })
 * // => [{ path: ".query", expected: "/shoe/", found: '"hats"' }]
 * ```
 *
 * @category comparing
 * @since 0.1.0
 */
export const compare = (pattern: unknown, value: unknown): ReadonlyArray<Difference> =>
  differences(pattern, value, "", false)
