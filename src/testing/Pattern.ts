/**
 * What a value is expected to be: the value itself, a part of it, or a rule for it.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const TypeId = "~effect-agentops/Pattern"

/**
 * A rule for a value, with the words that a message has for it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rule {
  readonly [TypeId]: typeof TypeId
  readonly label: string
  /** Whether a value that is absent may be looked at. */
  readonly absent: boolean
  readonly matches: (value: unknown) => boolean
}

/**
 * What a value of type `T` may be expected to be.
 *
 * **Details**
 *
 * An object expects the properties that it names, at any depth; a list expects a list as long. A text may be a regular
 * expression. Anything may be a {@link Rule}.
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
 * Where a value is not what was expected: `path` leads to it from the value that was looked at.
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
 * Whether something is a {@link Rule}.
 *
 * @category guards
 * @since 0.1.0
 */
export const isRule = (value: unknown): value is Rule => Predicate.hasProperty(value, TypeId)

/**
 * Any value that is there.
 *
 * @category rules
 * @since 0.1.0
 */
export const present: Rule = rule("something", (value) => value !== undefined)

/**
 * No value.
 *
 * @category rules
 * @since 0.1.0
 */
export const absent: Rule = rule("nothing", (value) => value === undefined, true)

/**
 * A value that a predicate accepts; `label` is what a message calls it. What the predicate throws is a no.
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
 * A value of a schema.
 *
 * @category rules
 * @since 0.1.0
 */
export const schema = <T>(self: Schema.Codec<T, unknown>, label = "a value of the schema"): Rule =>
  rule(label, Schema.is(self))

/**
 * A text with this text in it, or a list with an item that fits this pattern.
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
 * A value equal to this one, with no property beside those that are named.
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
 * A value as a message shows it: JSON as far as there is a form for it, cut at 160 characters.
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
 * Where a value is not what a pattern expects; an empty list where it is.
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
