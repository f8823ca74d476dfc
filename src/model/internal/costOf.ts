/**
 * What tokens cost at given rates, exactly: in integers of a pico-dollar.
 */
import type { Rates } from "../Pricing.ts"
import type { Usage } from "../Usage.ts"

// Million-token prices of six decimals are whole pico-dollars for one token.
const pico = (rate: number): bigint => BigInt(Math.round(rate * 1e6))

const half = BigInt(500)
const thousand = BigInt(1000)

export const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0

/** A factor of up to four decimals, applied before the one rounding. */
const scale = 10000

export const costOf = (rates: Rates, usage: Usage, factor = 1): number | undefined => {
  const {
    cacheReadTokens = 0,
    cacheWrite1hTokens = 0,
    cacheWriteTokens = 0,
    inputTokens,
    outputTokens,
    reasoningTokens = 0
  } = usage
  // A kind of tokens that has no price of its own is charged as text is.
  const kind = (rate: number | undefined, count: number | undefined): number => rate === undefined ? 0 : count ?? 0
  const audioRead = kind(rates.audioInput, usage.audioCacheReadTokens)
  const imageRead = kind(rates.imageInput, usage.imageCacheReadTokens)
  const audioInput = kind(rates.audioInput, usage.audioInputTokens) - audioRead
  const imageInput = kind(rates.imageInput, usage.imageInputTokens) - imageRead
  const audioOutput = kind(rates.audioOutput, usage.audioOutputTokens)
  const imageOutput = kind(rates.imageOutput, usage.imageOutputTokens)
  // A write that lives longer costs more; without a price for it, nobody knows how much.
  if (cacheWrite1hTokens > 0 && rates.cacheWrite !== undefined && rates.cacheWrite1h === undefined) return undefined
  const parts: ReadonlyArray<readonly [count: number, rate: number]> = [
    [inputTokens - cacheReadTokens - cacheWriteTokens - audioInput - imageInput, rates.input],
    [audioInput, rates.audioInput ?? rates.input],
    [imageInput, rates.imageInput ?? rates.input],
    [cacheReadTokens - audioRead - imageRead, rates.cacheRead ?? rates.input],
    [audioRead, rates.audioCacheRead ?? rates.audioInput ?? rates.input],
    [imageRead, rates.imageCacheRead ?? rates.imageInput ?? rates.input],
    [cacheWriteTokens - cacheWrite1hTokens, rates.cacheWrite ?? rates.input],
    [cacheWrite1hTokens, rates.cacheWrite1h ?? rates.cacheWrite ?? rates.input],
    [outputTokens - reasoningTokens - audioOutput - imageOutput, rates.output],
    [audioOutput, rates.audioOutput ?? rates.output],
    [imageOutput, rates.imageOutput ?? rates.output],
    [reasoningTokens, rates.reasoning ?? rates.output]
  ]
  let sum = BigInt(0)
  for (const [count, rate] of parts) {
    if (!isCount(count)) return undefined
    if (count > 0) sum += BigInt(count) * pico(rate)
  }
  if (factor !== 1) sum = sum * BigInt(Math.round(factor * scale)) / BigInt(scale)
  const nanos = Number((sum + half) / thousand)
  return Number.isSafeInteger(nanos) ? nanos : undefined
}
