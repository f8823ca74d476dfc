/**
 * Consistent probability sampling, as OpenTelemetry specifies it. Of two samplers with the same randomness, the one
 * with the lower threshold keeps all traces of the other. The threshold also says how many traces each kept trace
 * represents.
 *
 * Randomness and thresholds have 56 bits, more than a JavaScript number holds exactly. They are kept as fourteen
 * lower-case hex digits, which sort as text in the order of the numbers.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 * @internal
 */
import { traceStateMembers } from "./traceState.ts"

const digits = 14
const whole = BigInt(1) << BigInt(56)

/** The significant digits of a threshold, as many as in the Collector's sampler. */
const precision = 4

const vendor = "ot"
const thresholdText = /^[0-9a-f]{1,14}$/
const randomnessText = /^[0-9a-f]{14}$/

/** How many hexadecimal digits of a fraction are zero before the first one that is not. */
const leadingZeros = (fraction: number): number => fraction <= 0 ? 0 : Math.max(0, Math.floor(-Math.log2(fraction) / 4))

/**
 * The threshold of a probability: a trace is kept if its randomness is at least the threshold. `undefined` if no trace
 * is kept.
 *
 * A probability close to zero gives a threshold that starts with many `f`, and one close to one gives one that starts
 * with many zeros. Such thresholds have more digits, so that they stay as exact.
 *
 * @internal
 */
export const thresholdOf = (probability: number): string | undefined => {
  if (!(probability > 0)) return undefined
  if (probability >= 1) return "0".repeat(digits)
  const kept = BigInt(Math.round(probability * 2 ** 56))
  if (kept === BigInt(0)) return undefined
  const shown = Math.min(digits, precision + Math.max(leadingZeros(probability), leadingZeros(1 - probability)))
  const shift = BigInt(4 * (digits - shown))
  const half = shift === BigInt(0) ? BigInt(0) : BigInt(1) << (shift - BigInt(1))
  const rounded = ((whole - kept + half) >> shift) << shift
  return rounded >= whole ? undefined : rounded.toString(16).padStart(digits, "0")
}

/** The parts of OpenTelemetry's member of a tracestate, by name. */
const read = (traceState: string | undefined): Map<string, string> => {
  const members = traceState === undefined ? undefined : traceStateMembers(traceState)
  const text = members?.find(([key]) => key === vendor)?.[1]
  const parts = new Map<string, string>()
  for (const part of text?.split(";") ?? []) {
    const at = part.indexOf(":")
    if (at > 0 && !parts.has(part.slice(0, at))) parts.set(part.slice(0, at), part.slice(at + 1))
  }
  return parts
}

/** A tracestate with a new member of OpenTelemetry in front. W3C asks for changed members to come first. */
const write = (traceState: string | undefined, parts: ReadonlyMap<string, string>): string => {
  const others = (traceState === undefined ? undefined : traceStateMembers(traceState)) ?? []
  const text = Array.from(parts, ([name, value]) => `${name}:${value}`).join(";")
  return [
    ...text === "" ? [] : [`${vendor}=${text}`],
    ...others.flatMap(([key, value]) => key === vendor ? [] : [`${key}=${value}`])
  ].join(",")
}

/** The randomness of a trace: the value in its tracestate, or the end of its id. @internal */
export const randomnessOf = (traceId: string, traceState: string | undefined): string => {
  const value = traceState === undefined ? undefined : read(traceState).get("rv")
  return value !== undefined && randomnessText.test(value) ? value : traceId.slice(-digits)
}

/** The threshold in a tracestate, or `undefined` if it has none. @internal */
export const thresholdIn = (traceState: string | undefined): string | undefined => {
  const value = traceState === undefined ? undefined : read(traceState).get("th")
  return value !== undefined && thresholdText.test(value) ? value.padEnd(digits, "0") : undefined
}

/** Returns a tracestate with the given threshold, or without a threshold. @internal */
export const withThreshold = (traceState: string | undefined, threshold: string | undefined): string => {
  const { th: _, ...others } = Object.fromEntries(read(traceState))
  const member = threshold === undefined ? [] : [["th", threshold.replace(/0+$/, "") || "0"] as const]
  return write(traceState, new Map([...member, ...Object.entries(others)]))
}

/** Returns a tracestate with the randomness of a trace whose id is not random. @internal */
export const withRandomness = (traceState: string | undefined, randomness: string): string =>
  write(traceState, read(traceState).set("rv", randomness))

const mix = (hash: number): number => {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Derives randomness from an id that does not end in random bits. The same id gives the same randomness. @internal */
export const hashed = (traceId: string): string => {
  const words = [0, 8, 16, 24].map((at) => parseInt(traceId.slice(at, at + 8), 16) >>> 0)
  const hash = (seed: number) => words.reduce((sum, word) => mix(sum ^ mix(word + 0x9e3779b9)), seed)
  return (hash(1).toString(16).padStart(8, "0") + hash(2).toString(16).padStart(8, "0")).slice(0, digits)
}
