/**
 * Reads and writes the text of W3C Baggage.
 *
 * An entry that does not follow the specification is left out, and so is an entry beyond the limits. Entries are left
 * out whole, never in part.
 *
 * @see https://www.w3.org/TR/baggage/
 * @internal
 */
import { trimOws } from "../../../core/internal/traceState.ts"

const maxBytes = 8192
const maxEntries = 64
// A longer header is truncated before it is parsed.
const maxRead = 65_536
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const octets = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/

const replacement = "\ufffd"
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** Decodes percent-encoding. Invalid UTF-8 becomes U+FFFD. */
const decode = (text: string): string =>
  text.replace(
    /(?:%[0-9A-Fa-f]{2})+|%/g,
    (run) =>
      run === "%"
        ? replacement
        : utf8.decode(Uint8Array.from(run.slice(1).split("%"), (byte) => parseInt(byte, 16)))
  )

const encode = (text: string): string => encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, replacement))

/** The entries, and their properties as text. @internal */
export interface ParsedBaggage {
  readonly baggage: Record<string, string>
  readonly properties: Record<string, string>
}

const property = (text: string): string | undefined => {
  const at = text.indexOf("=")
  const key = trimOws(at < 0 ? text : text.slice(0, at))
  if (!token.test(key)) return undefined
  if (at < 0) return key
  const value = trimOws(text.slice(at + 1))
  return octets.test(value) ? `${key}=${value}` : undefined
}

/** Removes the properties that do not follow the grammar. @internal */
export const cleanProperties = (text: string): string =>
  text.split(";").flatMap((part) => property(part) ?? []).join(";")

/** Reads `baggage`. The last entry of a name wins. @internal */
export const parseBaggage = (header: string | undefined): ParsedBaggage => {
  const baggage: Record<string, string> = Object.create(null)
  const properties: Record<string, string> = Object.create(null)
  if (header === undefined) return { baggage, properties }
  let count = 0
  let bytes = 0
  const read = header.length > maxRead ? header.slice(0, Math.max(0, header.lastIndexOf(",", maxRead))) : header
  for (const member of read.split(",")) {
    const [pair, ...rest] = member.split(";")
    const at = pair!.indexOf("=")
    if (at <= 0) continue
    const key = trimOws(pair!.slice(0, at))
    const raw = trimOws(pair!.slice(at + 1))
    if (!token.test(key) || !octets.test(raw)) continue
    const size = trimOws(member).length + (bytes === 0 ? 0 : 1)
    if (bytes + size > maxBytes || (count === maxEntries && !(key in baggage))) continue
    bytes += size
    if (!(key in baggage)) count++
    baggage[key] = decode(raw)
    const kept = cleanProperties(rest.join(";"))
    if (kept === "") delete properties[key]
    else properties[key] = kept
  }
  return { baggage, properties }
}

/** Writes `baggage`, with as many entries as the specification's limits allow. @internal */
export const formatBaggage = (
  entries: Readonly<Record<string, string>>,
  propertiesOf: (key: string, value: string) => string | undefined
): string | undefined => {
  let header = ""
  let count = 0
  for (const key of Object.keys(entries)) {
    const value: unknown = entries[key]
    if (typeof value !== "string" || !token.test(key) || count >= maxEntries) continue
    const properties = propertiesOf(key, value)
    const text = `${count === 0 ? "" : ","}${key}=${encode(value)}${properties === undefined ? "" : `;${properties}`}`
    if (header.length + text.length > maxBytes) continue
    header += text
    count++
  }
  return header === "" ? undefined : header
}
