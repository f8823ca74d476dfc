/**
 * Applies limits to attributes: their number, the length of each, and the total length.
 *
 * @internal
 */
import type { Convention } from "../../convention/Convention.ts"
import type { Attributes, AttributeValue } from "../../core/Attribute.ts"
import * as Attribute from "../../core/Attribute.ts"
import { property } from "../../core/internal/inspect.ts"
import type { SpanLimits } from "../../core/SpanLimits.ts"
import { redactAttributes } from "../../privacy/internal/redact.ts"
import { redactionMargin } from "../../privacy/internal/redactionMargin.ts"
import { shortenText } from "../../privacy/internal/truncate.ts"
import type { Redactor } from "../../privacy/Redactor.ts"

interface Bounded {
  readonly attributes: Attributes
  readonly dropped: number
}

const bound = (source: Readonly<Record<string, unknown>>, count: number, valueLength: number): Bounded => {
  const attributes: Record<string, AttributeValue> = {}
  let size = 0
  let dropped = 0
  for (const key in source) {
    const value = Attribute.normalize(property(source, key), valueLength)
    if (value === undefined) continue
    if (size >= count) {
      dropped++
      continue
    }
    attributes[key] = value
    size++
  }
  return { attributes, dropped }
}

/** The length of a value for the limits. @internal */
export const lengthOf = (value: AttributeValue): number => {
  if (typeof value === "string") return value.length
  if (typeof value !== "object") return 8
  let length = 0
  for (const item of value) length += typeof item === "string" ? item.length : 8
  return length
}

// Redacts before truncating, because the redactor must see a secret whole.
/** @internal */
export const redactedBound = (
  redactor: Redactor,
  place: Array<string | number>,
  source: Readonly<Record<string, unknown>>,
  count: number,
  valueLength: number
): Bounded => {
  const { attributes, dropped } = bound(source, count, valueLength + redactionMargin)
  const redacted = redactAttributes(redactor, place, attributes)
  for (const key in redacted) {
    if (lengthOf(redacted[key]!) > valueLength) {
      return { attributes: bound(redacted, count, valueLength).attributes, dropped }
    }
  }
  return { attributes: redacted, dropped }
}

/** Values up to this length are never shortened for the total length. @internal */
export const small = 1024

const fit = (
  attributes: Record<string, AttributeValue>,
  length: number,
  valueLength: number,
  redactor: Redactor
): void => {
  let left = length
  const large: Array<string> = []
  for (const key in attributes) {
    const size = lengthOf(attributes[key]!)
    if (size <= Math.min(small, valueLength)) left -= size
    else large.push(key)
  }
  large.sort((a, b) => lengthOf(attributes[a]!) - lengthOf(attributes[b]!))
  large.forEach((key, i) => {
    const value = attributes[key]!
    const room = Math.min(Math.max(small, Math.floor(left / (large.length - i))), valueLength)
    if (typeof value === "string") {
      // A small limit set by a user is applied exactly, because the note about the removed text needs more room.
      attributes[key] = room < small ? value.slice(0, room) : shortenText(value, room, redactor)
    } else if (typeof value === "object") {
      const items = value.map((item) => typeof item === "string" ? item.slice(0, room) : item)
      attributes[key] = (lengthOf(items as AttributeValue) > room ? items.slice(0, small) : items) as AttributeValue
    }
    left -= lengthOf(attributes[key]!)
  })
}

/** A convention's values are already normalized, so usually only their sizes are checked. @internal */
export const limited = (
  attributes: Attributes,
  limits: SpanLimits,
  convention: Convention,
  redactor: Redactor
): Bounded => {
  const count = Math.max(limits.attributeCount, convention.attributeCount ?? 0)
  const { attributeValueLength, spanLength } = limits
  let size = 0
  let length = 0
  let longest = 0
  for (const key in attributes) {
    size++
    const own = lengthOf(attributes[key]!)
    length += own
    if (own > longest) longest = own
  }
  if (size <= count && length <= spanLength && longest <= attributeValueLength) return { attributes, dropped: 0 }
  const bounded = bound(attributes, count, Infinity)
  const copy = { ...bounded.attributes }
  fit(copy, spanLength, attributeValueLength, redactor)
  return { attributes: copy, dropped: bounded.dropped }
}
