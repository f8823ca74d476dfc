/**
 * Consistent probability sampling, as OpenTelemetry specifies it: who uses the same randomness and no larger a
 * threshold keeps the same traces, and the threshold says how many each kept one stands for.
 *
 * Randomness and thresholds are 56 bits, and so more than a number of JavaScript's holds. They are kept as fourteen
 * hexadecimal digits in lower case, whose order as texts is that of the numbers.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 * @internal
 */
import { traceStateMembers } from "./traceState.ts"

const digits = 14
const whole = BigInt(1) << BigInt(56)

/** The significant digits of a threshold: as many as the Collector's sampler has. */
const precision = 4

const vendor = "ot"
const thresholdText = /^[0-9a-f]{1,14}$/
const randomnessText = /^[0-9a-f]{14}$/

/** The order of magnitude of a fraction, in hexadecimal digits after the point that are zero. */
const leadingZeros = (fraction: number): number => fraction <= 0 ? 0 : Math.max(0, Math.floor(-Math.log2(fraction) / 4))

/**
 * The threshold of a probability: what is at least as random is kept. Undefined where nothing is.
 *
 * A probability close to zero makes a threshold of many `f`, close to one one of many zeros: there are more digits then,
 * so that it stays as exact.
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

/** What is in the tracestate's member of OpenTelemetry's, by name. */
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

/** A tracestate with another member of OpenTelemetry's, in front, as W3C asks of what has changed. */
const write = (traceState: string | undefined, parts: ReadonlyMap<string, string>): string => {
  const others = (traceState === undefined ? undefined : traceStateMembers(traceState)) ?? []
  const text = Array.from(parts, ([name, value]) => `${name}:${value}`).join(";")
  return [
    ...text === "" ? [] : [`${vendor}=${text}`],
    ...others.flatMap(([key, value]) => key === vendor ? [] : [`${key}=${value}`])
  ].join(",")
}

/** The randomness of a trace: what its tracestate says, or the end of its id. @internal */
export const randomnessOf = (traceId: string, traceState: string | undefined): string => {
  const told = traceState === undefined ? undefined : read(traceState).get("rv")
  return told !== undefined && randomnessText.test(told) ? told : traceId.slice(-digits)
}

/** The threshold that a tracestate tells; undefined where it tells none. @internal */
export const toldThreshold = (traceState: string | undefined): string | undefined => {
  const told = traceState === undefined ? undefined : read(traceState).get("th")
  return told !== undefined && thresholdText.test(told) ? told.padEnd(digits, "0") : undefined
}

/** A tracestate that tells a threshold, or none. @internal */
export const withThreshold = (traceState: string | undefined, threshold: string | undefined): string => {
  const { th: _, ...others } = Object.fromEntries(read(traceState))
  const told = threshold === undefined ? [] : [["th", threshold.replace(/0+$/, "") || "0"] as const]
  return write(traceState, new Map([...told, ...Object.entries(others)]))
}

/** A tracestate that tells the randomness of a trace whose id has none. @internal */
export const withRandomness = (traceState: string | undefined, randomness: string): string =>
  write(traceState, read(traceState).set("rv", randomness))

const mix = (hash: number): number => {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Randomness out of an id that has none at its end, the same for the same id. @internal */
export const hashed = (traceId: string): string => {
  const words = [0, 8, 16, 24].map((at) => parseInt(traceId.slice(at, at + 8), 16) >>> 0)
  const hash = (seed: number) => words.reduce((sum, word) => mix(sum ^ mix(word + 0x9e3779b9)), seed)
  return (hash(1).toString(16).padStart(8, "0") + hash(2).toString(16).padStart(8, "0")).slice(0, digits)
}
