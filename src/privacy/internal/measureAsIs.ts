/**
 * Measures content that can be exported unchanged, which is most content.
 *
 * @internal
 */
import { withoutBinaryText } from "./binaryText.ts"

const maxDepth = 64

// The fields beside these types may hold bytes.
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
 * The length of a value's JSON if the value can be exported unchanged: plain data, no binary, at most `limit` long.
 * Otherwise `NaN`, and the caller inspects the value.
 *
 * @internal
 */
export const measureAsIs = (value: unknown, limit: number): number => sizeAsIs(value, limit, 0)
