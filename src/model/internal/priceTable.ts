/**
 * Parses the compact price table when a price is first needed.
 */
import type { Price, Rates } from "../Price.ts"
import { table } from "./prices.ts"

const named: Readonly<Record<string, keyof Rates>> = {
  ai: "audioInput",
  ao: "audioOutput",
  ar: "audioCacheRead",
  ii: "imageInput",
  io: "imageOutput",
  ir: "imageCacheRead"
}

const columns = ["input", "output", "cacheRead", "cacheWrite", "cacheWrite1h"] as const

const ratesOf = (cells: ReadonlyArray<string>): Rates => {
  const rates: { -readonly [K in keyof Rates]: Rates[K] } = { input: 0, output: 0 }
  let column = 0
  for (const cell of cells) {
    const [name, price] = cell.split("=")
    if (price !== undefined) rates[named[name!]!] = Number(price)
    else if (cell !== "-") rates[columns[column++]!] = Number(cell)
    else column++
  }
  return rates
}

const priceOf = (line: string): Price => {
  const [first, ...rest] = line.split(" | ")
  const [provider, models, ...cells] = first!.split(" ")
  const over: Array<NonNullable<Price["over"]>[number]> = []
  const residency: Record<string, number> = {}
  let webSearch: number | undefined
  for (const part of rest) {
    const [when, ...cells] = part.split(" ")
    if (when!.startsWith("web=")) {
      webSearch = Number(when!.slice(4))
      continue
    }
    const [place, factor] = when!.split("*")
    if (factor !== undefined) {
      residency[place!] = Number(factor)
      continue
    }
    const [kind, above] = when!.split(">")
    const [tier, speed] = kind!.split("~")
    over.push({
      tier: tier === "" ? undefined : tier,
      speed,
      above: above === undefined ? undefined : Number(above),
      rates: ratesOf(cells)
    })
  }
  const [model, ...others] = models!.split(",")
  return {
    provider: provider!.replace(/[+!]$/, ""),
    models: [model!, ...others],
    rates: ratesOf(cells),
    over,
    residency,
    webSearch,
    openWeights: provider!.endsWith("+"),
    byModality: provider!.endsWith("!")
  }
}

let parsed: ReadonlyArray<Price> | undefined

export const prices = (): ReadonlyArray<Price> => parsed ??= table.trim().split("\n").map(priceOf)
