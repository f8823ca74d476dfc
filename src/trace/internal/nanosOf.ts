/**
 * Converts times that a program gives.
 *
 * @internal
 */
import { textOf, tryOrUndefined } from "../../core/internal/inspect.ts"
import { isFixed64 } from "../../core/internal/time.ts"
import { InvalidTime } from "../InvalidTime.ts"

const perMilli = 1e6

/** The time in nanoseconds, or its error. @internal */
export const nanosOf = (field: string, given: unknown): bigint | InvalidTime | undefined => {
  if (given === undefined) return undefined
  const time = tryOrUndefined((): unknown => {
    if (typeof given === "bigint") return given
    const millis = typeof given === "number" ? given : (given as Date).getTime()
    // Whole milliseconds are converted separately, because a double would lose digits.
    const whole = Math.floor(millis)
    return BigInt(whole) * BigInt(perMilli) + BigInt(Math.round((millis - whole) * perMilli))
  })
  if (isFixed64(time)) return time
  return new InvalidTime({
    field,
    problem: `${textOf(given).slice(0, 100)} is no time from 1970 to 2554`,
    fix: "Give nanoseconds since the Unix epoch as a bigint, milliseconds as a number, or a Date"
  })
}
