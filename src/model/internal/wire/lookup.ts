/**
 * Reads single properties of other parties' values.
 *
 * An HTTP API writes `finish_reason` where its SDK writes `finishReason`. The names here are the API's, and both
 * spellings are found.
 */
import * as Predicate from "effect/Predicate"

export type Payload = Readonly<Record<PropertyKey, unknown>>

export const object = (value: unknown): Payload | undefined => Predicate.isObject(value) ? value : undefined

export const text = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

/** A text that is not empty. */
export const named = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined

/** A number, or a text that contains one. */
export const number = (value: unknown): number | undefined =>
  typeof value === "number"
    ? Number.isFinite(value) ? value : undefined
    : typeof value === "bigint" || typeof value === "string" && /^\d+(?:\.\d+)?$/.test(value)
    ? Number(value)
    : undefined

export const bool = (value: unknown): boolean | undefined => typeof value === "boolean" ? value : undefined

export const list = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

/** The objects of a list. */
export const objects = (value: unknown): ReadonlyArray<Payload> => list(value).filter(Predicate.isObject)

export const texts = (value: unknown): ReadonlyArray<string> | undefined => {
  const found = list(value).filter(Predicate.isString)
  return found.length === 0 ? undefined : found
}

const camels = new Map<string, string>()

const camelOf = (name: string): string => {
  const known = camels.get(name)
  if (known !== undefined) return known
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  camels.set(name, camel)
  return camel
}

/** A property by its name in the API or in the SDK. `null` becomes `undefined`. */
export const get = (value: unknown, name: string): unknown => {
  const self = object(value)
  return self === undefined ? undefined : self[name] ?? self[camelOf(name)] ?? undefined
}

export const has = (value: unknown, name: string): boolean => get(value, name) !== undefined
