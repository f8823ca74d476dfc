/**
 * Looks names up in whatever came with a message.
 *
 * Message headers hold numbers, objects and bytes beside texts. What is no text is
 * passed over, bytes are UTF-8, and nothing that is looked at can fail the reader.
 *
 * @internal
 */
import { attempt } from "../../../core/internal/look.ts"

// No header that is read here may be longer than this and still say anything.
const maxBytes = 65_536
const utf8 = new TextDecoder()

const textOf = (value: unknown): string | undefined => {
  if (typeof value === "string") return value
  if (Array.isArray(value)) {
    const texts = value.slice(0, 64).flatMap((item) => Array.isArray(item) ? [] : textOf(item) ?? [])
    return texts.length === 0 ? undefined : texts.join(",")
  }
  if (ArrayBuffer.isView(value)) {
    return value.byteLength > maxBytes
      ? undefined
      : utf8.decode(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  }
  return undefined
}

/** Entries of a record, or of what lists them itself: fetch's `Headers`, a `Map`. */
const entriesOf = (carrier: object): Iterable<readonly [unknown, () => unknown]> => {
  if (Symbol.iterator in carrier) {
    return Array.from(carrier as Iterable<unknown>).flatMap((entry) =>
      Array.isArray(entry) ? [[entry[0] as unknown, () => entry[1] as unknown] as const] : []
    )
  }
  return Object.keys(carrier).map((name) => [name, () => (carrier as Record<string, unknown>)[name]])
}

/** The names by which an environment variable or a header may go. */
const namesOf = (name: string): string => {
  const lower = name.toLowerCase()
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? lower.replaceAll("_", "-") : lower
}

/** The texts of a carrier, by lower-case names; what has one name in several cases is put together. @internal */
export const lookup = (carrier: unknown, wanted: ReadonlySet<string>): (name: string) => string | undefined => {
  const found = new Map<string, string>()
  if (typeof carrier !== "object" || carrier === null) return () => undefined
  for (const [name, read] of attempt(() => entriesOf(carrier)) ?? []) {
    const known = typeof name === "string" ? namesOf(name) : ""
    if (!wanted.has(known)) continue
    const text = attempt(() => textOf(read()))
    if (text === undefined) continue
    const before = found.get(known)
    found.set(known, before === undefined ? text : `${before},${text}`)
  }
  return (name) => found.get(name)
}

/** The name of an environment variable for a name in a carrier, as OpenTelemetry has it. @internal */
export const environmentName = (name: string): string => {
  const upper = name.replace(/[a-z]/g, (letter) => letter.toUpperCase()).replace(/[^A-Z0-9_]/g, "_")
  return upper === "" || /^[0-9]/.test(upper) ? `_${upper}` : upper
}
