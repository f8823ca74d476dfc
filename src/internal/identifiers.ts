/**
 * Random span and trace ids.
 *
 * As in OpenTelemetry's JavaScript SDK they come from `Math.random`: they need to
 * be different from each other, not secret.
 *
 * @internal
 */
const hex32 = (): string => ((Math.random() * 0x100000000) >>> 0).toString(16).padStart(8, "0")

/** Sixteen hex digits, not all zero. @internal */
export const randomSpanId = (): string => {
  const id = hex32() + hex32()
  return id === "0000000000000000" ? "0000000000000001" : id
}

/** Thirty-two hex digits, not all zero. @internal */
export const randomTraceId = (): string => randomSpanId() + randomSpanId()

const traceId = /^(?!0{32})[0-9a-f]{32}$/
const spanId = /^(?!0{16})[0-9a-f]{16}$/

/** Whether ids that were made elsewhere can be used as they are. @internal */
export const hasValidIds = (span: { readonly traceId: string; readonly spanId: string }): boolean =>
  traceId.test(span.traceId) && spanId.test(span.spanId)
