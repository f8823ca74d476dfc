/**
 * Reads and writes W3C Trace Context's `traceparent`, of Level 2.
 *
 * Headers are untrusted. An invalid header counts as absent, a header that is too long is not parsed, and nothing
 * throws.
 *
 * @see https://www.w3.org/TR/trace-context-2/
 * @internal
 */
import { randomFlag, sampledFlag, trimOws } from "../../../core/internal/traceState.ts"

/** @internal */
export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  readonly random: boolean
  readonly debug: boolean
}

const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const maxTraceparent = 256

/** Reads `traceparent`, of this version or a later one. @internal */
export const parseTraceparent = (header: string | undefined): TraceParent | undefined => {
  if (header === undefined || header.length > maxTraceparent) return undefined
  const match = traceparent.exec(trimOws(header))
  if (match === null) return undefined
  const [, version, traceId, spanId, octet, rest] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?
  ]
  // Version 00 has exactly these four parts, and version ff is invalid.
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  const flags = parseInt(octet, 16)
  return {
    traceId,
    spanId,
    sampled: (flags & sampledFlag) !== 0,
    random: (flags & randomFlag) !== 0,
    debug: false
  }
}

/** Writes `traceparent`. Unknown flags are left out, as the specification requires. @internal */
export const formatTraceparent = (span: Omit<TraceParent, "debug">): string => {
  const flags = (span.sampled ? sampledFlag : 0) | (span.random ? randomFlag : 0)
  return `00-${span.traceId}-${span.spanId}-0${flags}`
}
