/** Formats numbers for people, with only significant digits and a similar width for similar sizes. */
import type { SessionRow } from "../../SessionRow.ts"

const places = (value: number): number => value < 10 ? 2 : value < 100 ? 1 : 0

export const duration = (millis: number): string => {
  if (millis < 1) return `${Math.round(millis * 1000)} µs`
  if (millis < 1000) return `${millis < 10 ? millis.toFixed(1) : Math.round(millis)} ms`
  const seconds = millis / 1000
  if (seconds < 60) return `${seconds.toFixed(places(seconds))} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** US dollars with two decimals, and below ten cents with two significant digits. */
export const money = (dollars: number): string => {
  if (dollars === 0) return "$0"
  const size = Math.abs(dollars)
  if (size >= 0.1) return `$${dollars.toFixed(2)}`
  const digits = Math.min(9, 1 - Math.floor(Math.log10(size)))
  return `$${dollars.toFixed(digits)}`
}

export const count = (value: number): string => value.toLocaleString("en-US")

export const hasTokens = (row: SessionRow): boolean => row.inputTokens + row.outputTokens > 0

/** The tokens of a session, or a dash if they are unknown. */
export const tokens = (row: SessionRow): string =>
  hasTokens(row) ? `${count(row.inputTokens)} → ${count(row.outputTokens)}` : "–"

/** The cost of a session, as far as it is known. */
export const cost = (row: SessionRow): string =>
  row.cost > 0
    ? `${row.unpricedCalls > 0 ? "≥ " : ""}${money(row.cost)}`
    : row.unpricedCalls > 0
    ? "unknown"
    : hasTokens(row)
    ? money(0)
    : "–"

/** A number whose size alone matters, such as 1.2M. */
export const compact = (value: number): string =>
  value < 10_000 ?
    count(value) :
    value < 999_500 ?
    `${(value / 1e3).toFixed(value < 99_950 ? 1 : 0)}k` :
    value < 999_500_000
    ? `${(value / 1e6).toFixed(1)}M`
    : `${(value / 1e9).toFixed(1)}G`

/** A change with its sign. */
export const signed = (value: number, format: (size: number) => string): string =>
  value === 0 ? "±0" : `${value > 0 ? "+" : "−"}${format(Math.abs(value))}`

const two = (n: number): string => String(n).padStart(2, "0")

export const clock = (millis: number): string => {
  const date = new Date(millis)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

export const day = (millis: number): string => {
  const date = new Date(millis)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** The time of day, after the date if that is not today. */
export const time = (millis: number, now: number): string =>
  day(millis) === day(now) ? clock(millis) : `${day(millis)} ${clock(millis)}`

export const percent = (part: number, whole: number): string =>
  whole === 0 ? "0 %" : `${(100 * part / whole).toFixed(part / whole < 0.1 ? 1 : 0)} %`

const maxLine = 72

/** Formatted JSON, on one line if it is short. */
export const pretty = (value: unknown): string => {
  if (typeof value === "string") return value
  const lines = JSON.stringify(value, null, 2) ?? ""
  const line = lines.length > 2 * maxLine ? lines : lines.replace(/\n\s*/g, " ")
  return line.length <= maxLine ? line : lines
}
