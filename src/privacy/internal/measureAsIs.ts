/**
 * Measures content that can stay as it is, which most can.
 *
 * @internal
 */
import { withoutBinaryText } from "./binaryText.ts"

const maxDepth = 64

// What is beside these may stand for bytes.
const binaryTypes: ReadonlySet<unknown> = new Set(["blob", "uri", "Buffer"])

const sizeAsIs = (value: unknown, limit: number, depth: number): number => {
  switch (typeof value) {
    case "string":
      return withoutBinaryText(value) === value ? value.length + 2 : NaN
    case "number":
    case "boolean":
    case "undefined":
      return 8
    case "object":
      break
    default:
      return NaN
  }
  if (value === null) return 8
  if (depth === maxDepth) return NaN
  let size = 2
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      size += 1 + sizeAsIs(value[i], limit - size, depth + 1)
      if (!(size <= limit)) return NaN
    }
    return size
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return NaN
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key]
    if (key === "type" && binaryTypes.has(part)) return NaN
    size += key.length + 4 + sizeAsIs(part, limit - size, depth + 1)
    if (!(size <= limit)) return NaN
  }
  return size
}

/**
 * How much JSON a value makes that can stay as it is, in one look: it is plain, has nothing binary in it, and makes no
 * more than `limit`. Else `NaN`: it has to be looked at more closely.
 *
 * @internal
 */
export const measureAsIs = (value: unknown, limit: number): number => sizeAsIs(value, limit, 0)
