/**
 * Looks names up in a carrier.
 *
 * Message headers may contain strings, numbers, objects and bytes. Bytes are decoded as UTF-8 and other values
 * are ignored. No carrier can make the reader fail.
 *
 * @internal
 */
import { tryOrUndefined } from "../../../core/internal/inspect.ts"

// A longer value is too long for any of the headers that are read.
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

/** The entries of a record, or of an iterable such as fetch's `Headers` or a `Map`. */
const entriesOf = (carrier: object): Iterable<readonly [unknown, () => unknown]> => {
  if (Symbol.iterator in carrier) {
    return Array.from(carrier as Iterable<unknown>).flatMap((entry) =>
      Array.isArray(entry) ? [[entry[0] as unknown, () => entry[1] as unknown] as const] : []
    )
  }
  return Object.keys(carrier).map((name) => [name, () => (carrier as Record<string, unknown>)[name]])
}

/** The header name for a header or an environment variable. */
const namesOf = (name: string): string => {
  const lower = name.toLowerCase()
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? lower.replaceAll("_", "-") : lower
}

/** The texts of a carrier by lower-case name. Values of names that differ only in case are joined. @internal */
export const lookup = (carrier: unknown, wanted: ReadonlySet<string>): (name: string) => string | undefined => {
  const found = new Map<string, string>()
  if (typeof carrier !== "object" || carrier === null) return () => undefined
  for (const [name, read] of tryOrUndefined(() => entriesOf(carrier)) ?? []) {
    const known = typeof name === "string" ? namesOf(name) : ""
    if (!wanted.has(known)) continue
    const text = tryOrUndefined(() => textOf(read()))
    if (text === undefined) continue
    const before = found.get(known)
    found.set(known, before === undefined ? text : `${before},${text}`)
  }
  return (name) => found.get(name)
}

/** The environment variable for a name in a carrier, by OpenTelemetry's rule. @internal */
export const environmentName = (name: string): string => {
  const upper = name.replace(/[a-z]/g, (letter) => letter.toUpperCase()).replace(/[^A-Z0-9_]/g, "_")
  return upper === "" || /^[0-9]/.test(upper) ? `_${upper}` : upper
}
