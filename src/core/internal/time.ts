/**
 * Times of spans: nanoseconds since the Unix epoch, as OTLP's `fixed64` can have them.
 *
 * A clock is the program's, or the machine's that is set back, so what it says is
 * brought into range: telemetry does not fail for it.
 *
 * @internal
 */
const earliest = BigInt(0)
const latest = (BigInt(1) << BigInt(64)) - BigInt(1)

/** Whether a time can be written as it is. @internal */
export const isFixed64 = (time: unknown): time is bigint =>
  typeof time === "bigint" && time >= earliest && time <= latest

/** The nearest time that can be written. @internal */
export const fixed64 = (time: bigint): bigint =>
  isFixed64(time) ? time : typeof time === "bigint" && time > latest ? latest : earliest

/** When something ended that started then: not before, whatever the clock says. @internal */
export const notBefore = (start: bigint, end: bigint): bigint => {
  const time = fixed64(end)
  return time < start ? start : time
}
