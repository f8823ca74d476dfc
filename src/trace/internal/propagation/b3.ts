/**
 * B3, the format of Zipkin's clients: in one header, or in one header for each part.
 *
 * @see https://github.com/openzipkin/b3-propagation
 * @internal
 */
import type { TraceParent } from "./w3c.ts"

const traceId = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/
const spanId = /^[0-9a-f]{16}$/
const maxLength = 128

/** Without a state the receiver decides, and this receiver samples. */
const states: Readonly<Record<string, boolean>> = { 0: false, false: false, 1: true, true: true, d: true }

const make = (
  trace: string | undefined,
  span: string | undefined,
  state: string | undefined
): TraceParent | undefined => {
  if (trace === undefined || span === undefined || !traceId.test(trace) || !spanId.test(span)) return undefined
  if (/^0+$/.test(trace) || /^0+$/.test(span)) return undefined
  if (state !== undefined && !Object.hasOwn(states, state)) return undefined
  return {
    traceId: trace.padStart(32, "0"),
    spanId: span,
    sampled: state === undefined || states[state]!,
    random: false,
    debug: state === "d"
  }
}

/** Reads the single `b3` header. @internal */
export const parseSingle = (header: string | undefined): TraceParent | undefined => {
  if (header === undefined || header.length > maxLength) return undefined
  const parts = header.trim().toLowerCase().split("-")
  return parts.length > 4 || (parts.length === 4 && !spanId.test(parts[3]!))
    ? undefined
    : make(parts[0], parts[1], parts[2])
}

/** Reads the `x-b3-*` headers. @internal */
export const parseMulti = (get: (name: string) => string | undefined): TraceParent | undefined => {
  const part = (name: string) => get(name)?.trim().toLowerCase()
  const sampled = part("x-b3-sampled")
  return make(
    part("x-b3-traceid"),
    part("x-b3-spanid"),
    part("x-b3-flags") === "1" ? "d" : sampled === "" ? undefined : sampled
  )
}

const stateOf = (span: TraceParent): string => span.debug ? "d" : span.sampled ? "1" : "0"

/** Writes the single header. @internal */
export const formatSingle = (span: TraceParent): Record<string, string> => ({
  b3: `${span.traceId}-${span.spanId}-${stateOf(span)}`
})

/** Writes a header for each part. The debug flag implies sampling. @internal */
export const formatMulti = (span: TraceParent): Record<string, string> => ({
  "X-B3-TraceId": span.traceId,
  "X-B3-SpanId": span.spanId,
  ...span.debug ? { "X-B3-Flags": "1" } : { "X-B3-Sampled": stateOf(span) }
})
