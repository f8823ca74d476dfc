/**
 * Makes a pricing from a list of prices, and the pricing of the library's own table.
 *
 * @internal
 */
import type { Call, Price } from "../Price.ts"
import { costOf } from "./costOf.ts"
import { factorFor, finder, ratesFor } from "./priceLookup.ts"
import { asOf } from "./prices.ts"
import { prices as tablePrices } from "./priceTable.ts"

/** @internal */
export const make = (
  prices: ReadonlyArray<Price>,
  options?: { readonly asOf?: string | undefined }
) => {
  const find = finder(prices)
  return {
    asOf: options?.asOf,
    cost: (call: Call): number | undefined => {
      const price = find(call)
      if (price === undefined) return undefined
      const rates = ratesFor(price, call)
      const factor = factorFor(price, call)
      return rates === undefined || factor === undefined ? undefined : costOf(rates, call.usage, factor)
    }
  }
}

let currentPricing: ReturnType<typeof make> | undefined

/** @internal */
export const current: ReturnType<typeof make> = {
  asOf,
  cost: (call) => (currentPricing ??= make(tablePrices(), { asOf })).cost(call)
}
