/**
 * B3, which Zipkin's clients send: read, never written.
 *
 * @see https://github.com/openzipkin/b3-propagation
 * @internal
 */
import type { TraceParent } from "./w3c.ts"

const traceId = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/
const spanId = /^[0-9a-f]{16}$/
const maxLength = 128

const make = (
  trace: string | undefined,
  span: string | undefined,
  state: string | undefined
): TraceParent | undefined => {
  if (trace === undefined || span === undefined || !traceId.test(trace) || !spanId.test(span)) return undefined
  if (/^0+$/.test(trace) || /^0+$/.test(span)) return undefined
  return {
    traceId: trace.padStart(32, "0"),
    spanId: span,
    sampled: state === undefined || /^(?:1|d|true)$/.test(state)
  }
}

/** Reads the single `b3` header, else the `x-b3-*` ones. @internal */
export const parseB3 = (get: (name: string) => string | undefined): TraceParent | undefined => {
  const single = get("b3")
  if (single !== undefined) {
    if (single.length > maxLength) return undefined
    const [trace, span, state] = single.trim().toLowerCase().split("-")
    return make(trace, span, state)
  }
  const flags = get("x-b3-flags")
  return make(
    get("x-b3-traceid")?.toLowerCase(),
    get("x-b3-spanid")?.toLowerCase(),
    flags === "1" ? "1" : get("x-b3-sampled")
  )
}
