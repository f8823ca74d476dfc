/**
 * The exact cost of tokens at given rates, computed in integer pico-dollars.
 */
import type { Rates } from "../Price.ts"
import type { Usage } from "../Usage.ts"

/** A price of six decimals for a million tokens is a whole number of pico-dollars for one token. */
const pico = (rate: number): number => Math.round(rate * 1e6)

export const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0

/** Factors have up to four decimals and are applied before the only rounding. */
const scale = 10000

const half = 500
const thousand = 1000

/** The integer quotient. A division of doubles might round it up. */
const whole = (n: number, by: number): number => (n - n % by) / by

/**
 * Token counts with their rates, and the sum of their costs.
 *
 * A sum of doubles is exact while it is a safe integer, and hardly any call costs more pico-dollars than that. A larger
 * sum is computed again with big integers.
 */
class Parts {
  readonly #counts: Array<number> = []
  readonly #rates: Array<number> = []
  #size = 0
  #pico = 0
  #isCounted = true

  begin(): void {
    this.#size = 0
    this.#pico = 0
    this.#isCounted = true
  }

  add(count: number, rate: number): void {
    if (count === 0) return
    if (!isCount(count)) {
      this.#isCounted = false
      return
    }
    this.#counts[this.#size] = count
    this.#rates[this.#size++] = rate
    this.#pico += count * pico(rate)
  }

  sum(factor: number): number | undefined {
    if (!this.#isCounted) return undefined
    const scaled = factor === scale ? this.#pico : this.#pico * factor
    if (scaled > Number.MAX_SAFE_INTEGER - half) return this.#bigSum(BigInt(factor))
    return whole((factor === scale ? scaled : whole(scaled, scale)) + half, thousand)
  }

  #bigSum(factor: bigint): number | undefined {
    let sum = BigInt(0)
    for (let i = 0; i < this.#size; i++) sum += BigInt(this.#counts[i]!) * BigInt(pico(this.#rates[i]!))
    const nanos = Number((sum * factor / BigInt(scale) + BigInt(half)) / BigInt(thousand))
    return Number.isSafeInteger(nanos) ? nanos : undefined
  }
}

const parts = new Parts()

export const costOf = (rates: Rates, usage: Usage, factor = 1): number | undefined => {
  const {
    cacheReadTokens = 0,
    cacheWrite1hTokens = 0,
    cacheWriteTokens = 0,
    inputTokens,
    outputTokens,
    reasoningTokens = 0
  } = usage
  // A kind of tokens without a price of its own is charged like text.
  const kind = (rate: number | undefined, count: number | undefined): number => rate === undefined ? 0 : count ?? 0
  const audioRead = kind(rates.audioInput, usage.audioCacheReadTokens)
  const imageRead = kind(rates.imageInput, usage.imageCacheReadTokens)
  const audioInput = kind(rates.audioInput, usage.audioInputTokens) - audioRead
  const imageInput = kind(rates.imageInput, usage.imageInputTokens) - imageRead
  const audioOutput = kind(rates.audioOutput, usage.audioOutputTokens)
  const imageOutput = kind(rates.imageOutput, usage.imageOutputTokens)
  // A one-hour write costs more than other writes. Without a price for it, the cost is unknown.
  if (cacheWrite1hTokens > 0 && rates.cacheWrite !== undefined && rates.cacheWrite1h === undefined) return undefined
  const { audioInput: audioRate = rates.input, imageInput: imageRate = rates.input } = rates
  const cacheWrite = rates.cacheWrite ?? rates.input
  parts.begin()
  parts.add(inputTokens - cacheReadTokens - cacheWriteTokens - audioInput - imageInput, rates.input)
  parts.add(audioInput, audioRate)
  parts.add(imageInput, imageRate)
  parts.add(cacheReadTokens - audioRead - imageRead, rates.cacheRead ?? rates.input)
  parts.add(audioRead, rates.audioCacheRead ?? audioRate)
  parts.add(imageRead, rates.imageCacheRead ?? imageRate)
  parts.add(cacheWriteTokens - cacheWrite1hTokens, cacheWrite)
  parts.add(cacheWrite1hTokens, rates.cacheWrite1h ?? cacheWrite)
  parts.add(outputTokens - reasoningTokens - audioOutput - imageOutput, rates.output)
  parts.add(audioOutput, rates.audioOutput ?? rates.output)
  parts.add(imageOutput, rates.imageOutput ?? rates.output)
  parts.add(reasoningTokens, rates.reasoning ?? rates.output)
  return parts.sum(Math.round(factor * scale))
}
