/**
 * The texts of W3C Trace Context and W3C Baggage.
 *
 * Headers come from anybody. What does not follow the specification is taken as
 * absent, what is larger than it allows is not even looked at, and nothing throws.
 *
 * @see https://www.w3.org/TR/trace-context/
 * @see https://www.w3.org/TR/baggage/
 * @internal
 */

/** @internal */
export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const maxTraceparent = 256

/** Reads `traceparent`, of this version or a later one. @internal */
export const parseTraceparent = (header: string | undefined): TraceParent | undefined => {
  if (header === undefined || header.length > maxTraceparent) return undefined
  const match = traceparent.exec(header.trim())
  if (match === null) return undefined
  const [, version, traceId, spanId, flags, rest] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?
  ]
  // Version 00 has these four parts and no more; ff is no version.
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, sampled: (parseInt(flags, 16) & 1) === 1 }
}

/** Writes `traceparent`. @internal */
export const formatTraceparent = (span: TraceParent): string =>
  `00-${span.traceId}-${span.spanId}-${span.sampled ? "01" : "00"}`

const maxTracestate = 512
const maxMembers = 32
const member =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/** Reads `tracestate`; one bad member spoils it, as the specification says. @internal */
export const parseTracestate = (header: string | undefined): string | undefined => {
  if (header === undefined || header.length > maxTracestate) return undefined
  const members = header.split(",").map((text) => text.trim()).filter((text) => text !== "")
  if (members.length === 0 || members.length > maxMembers) return undefined
  const keys = new Set<string>()
  for (const text of members) {
    if (!member.test(text)) return undefined
    const key = text.slice(0, text.indexOf("="))
    if (keys.has(key)) return undefined
    keys.add(key)
  }
  return members.join(",")
}

const maxBaggage = 8192
const maxEntries = 64
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const baggageOctets = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/

const decode = (value: string): string | undefined => {
  try {
    return decodeURIComponent(value)
  } catch {
    // Not percent-encoding: the value cannot be told.
    return undefined
  }
}

/** Reads `baggage`; an entry that does not follow the specification is left out. @internal */
export const parseBaggage = (header: string | undefined): Record<string, string> => {
  const entries: Record<string, string> = Object.create(null)
  if (header === undefined || header.length > maxBaggage) return entries
  let count = 0
  for (const part of header.split(",", maxEntries + 1)) {
    if (count >= maxEntries) break
    const [pair] = part.split(";", 1)
    const at = pair!.indexOf("=")
    if (at <= 0) continue
    const key = pair!.slice(0, at).trim()
    const raw = pair!.slice(at + 1).trim()
    if (!token.test(key) || !baggageOctets.test(raw)) continue
    const value = decode(raw)
    if (value === undefined) continue
    entries[key] = value
    count++
  }
  return entries
}

/** Writes `baggage`, as many entries as the specification has room for. @internal */
export const formatBaggage = (entries: Readonly<Record<string, string>>): string | undefined => {
  let header = ""
  let count = 0
  for (const key of Object.keys(entries)) {
    if (!token.test(key) || count >= maxEntries) continue
    // `toWellFormed`: a lone surrogate has no encoding.
    const text = `${key}=${encodeURIComponent(entries[key]!.replace(/[\ud800-\udfff]/gu, "\ufffd"))}`
    if (header.length + text.length + 1 > maxBaggage) continue
    header += header === "" ? text : `,${text}`
    count++
  }
  return header === "" ? undefined : header
}
