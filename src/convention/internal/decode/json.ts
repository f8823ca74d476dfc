/**
 * Reads attribute values that other programs wrote: text that may be JSON, and JSON of any shape.
 *
 * @internal
 */

/** @internal */
export type Json = Readonly<Record<string, unknown>>

/** @internal */
export const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** @internal */
export const asText = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

/** @internal */
export const asNumber = (value: unknown): number | undefined => {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : undefined
}

/** @internal */
export const asTexts = (value: unknown): ReadonlyArray<string> | undefined => {
  if (typeof value === "string") return value === "" ? undefined : [value]
  if (!Array.isArray(value)) return undefined
  const texts = value.filter((item) => typeof item === "string")
  return texts.length === 0 ? undefined : texts
}

// The limit keeps recursive readers of the value from overflowing the stack.
const maxDepth = 100

const isDeep = (value: unknown): boolean => {
  let level: ReadonlyArray<unknown> = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true
    level = level.flatMap((item) => typeof item === "object" && item !== null ? Object.values(item) : [])
      .filter((item) => typeof item === "object" && item !== null)
  }
  return false
}

/** Parses the text of a JSON object, list or quoted string, and returns any other value unchanged. @internal */
export const parsed = (value: unknown): unknown => {
  if (typeof value !== "string" || !/^\s*[[{"]/.test(value)) return value
  try {
    const read = JSON.parse(value) as unknown
    return isDeep(read) ? value : read
  } catch {
    // An attribute limit may have truncated the JSON, or it is plain text that begins with a bracket.
    return value
  }
}
