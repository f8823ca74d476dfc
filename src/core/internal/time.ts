/**
 * Times of spans: nanoseconds since the Unix epoch, within the range of OTLP's `fixed64`.
 *
 * A program's clock may return any time, and a machine's clock may be set back. So times are brought into range instead
 * of failing.
 *
 * @internal
 */
const earliest = BigInt(0)
const latest = (BigInt(1) << BigInt(64)) - BigInt(1)

/** Whether a time can be written unchanged. @internal */
export const isFixed64 = (time: unknown): time is bigint =>
  typeof time === "bigint" && time >= earliest && time <= latest

/** The nearest time that can be written. @internal */
export const fixed64 = (time: bigint): bigint =>
  isFixed64(time) ? time : typeof time === "bigint" && time > latest ? latest : earliest

/** The end of a span that started at `start`. It is never before the start, whatever the clock returns. @internal */
export const notBefore = (start: bigint, end: bigint): bigint => {
  const time = fixed64(end)
  return time < start ? start : time
}

/** The seconds between two clock values in nanoseconds. @internal */
export const seconds = (from: bigint, to: bigint): number => Number(notBefore(from, to) - from) / 1e9
