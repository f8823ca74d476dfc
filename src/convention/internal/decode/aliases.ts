/**
 * Reads a fact that can have several attribute names.
 *
 * @internal
 */
import type { Attributes } from "../../../core/Attribute.ts"
import { asNumber, asText } from "./json.ts"

/** The first of these attributes that has a value. @internal */
export const first = (attributes: Attributes, keys: ReadonlyArray<string>): unknown => {
  for (const key of keys) {
    const value = attributes[key]
    if (value !== undefined && value !== "") return value
  }
  return undefined
}

/** @internal */
export const text = (attributes: Attributes, keys: ReadonlyArray<string>) => asText(first(attributes, keys))

/** @internal */
export const number = (attributes: Attributes, keys: ReadonlyArray<string>) => asNumber(first(attributes, keys))
