/**
 * Random span and trace ids.
 *
 * They come from `Math.random`, as in OpenTelemetry's JavaScript SDK, because ids must be unique and need not be
 * secret.
 *
 * @internal
 */
import type { IdGenerator } from "../IdGenerator.ts"

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

const hex32 = (bits: number): string =>
  hexBytes[bits >>> 24]! + hexBytes[bits >>> 16 & 0xff]! + hexBytes[bits >>> 8 & 0xff]! + hexBytes[bits & 0xff]!

const random32 = (): number => (Math.random() * 0x100000000) >>> 0

/** Thirty-two random bits as a small integer, which V8 stores without an allocation. @internal */
export const randomBits = (): number => (Math.random() * 0x100000000) | 0

/** The sixteen hex digits of the two halves of a span id. @internal */
export const spanIdOf = (high: number, low: number): string => hex32(high >>> 0) + hex32(low >>> 0)

/** A random span id: sixteen hex digits, not all zero. @internal */
export const randomSpanId = (): string => {
  const high = random32()
  const low = random32()
  return hex32(high) + hex32(high === 0 && low === 0 ? 1 : low)
}

/** A random trace id: thirty-two hex digits, not all zero. @internal */
export const randomTraceId = (): string => randomSpanId() + randomSpanId()

const traceId = /^(?!0{32})[0-9a-f]{32}$/
const spanId = /^(?!0{16})[0-9a-f]{16}$/

/** Whether ids from elsewhere are valid. @internal */
export const hasValidIds = (span: { readonly traceId: string; readonly spanId: string }): boolean =>
  traceId.test(span.traceId) && spanId.test(span.spanId)

/** @internal */
export const randomIds: IdGenerator = { generateTraceId: randomTraceId, generateSpanId: randomSpanId, random: true }

const checked = (generate: () => string, valid: RegExp, fallback: () => string) => (): string => {
  // A user's generator runs where spans start. Its errors must not fail the program.
  try {
    const id: unknown = generate()
    return typeof id === "string" && valid.test(id) ? id : fallback()
  } catch {
    return fallback()
  }
}

/** Wraps a user's generator. A random id replaces every invalid one. @internal */
export const checkedIds = (ids: IdGenerator): IdGenerator => ({
  generateTraceId: checked(() => ids.generateTraceId(), traceId, randomTraceId),
  generateSpanId: checked(() => ids.generateSpanId(), spanId, randomSpanId),
  random: ids.random ?? false
})
