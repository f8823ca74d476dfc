/**
 * What LLM calls cost: a pure function from model and usage to money, and the table behind it.
 *
 * A cost is a whole number of **nano-dollars**, a billionth of a US dollar, so that sums come out
 * the same in any order. It is worked out with integers from prices of up to six decimals, and
 * rounded once, half up, for each call. A model without a known price has no cost, which is not
 * the same as costing nothing.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import { asOf, table } from "./internal/prices.ts"
import type { Usage } from "./Usage.ts"

const isWhole = (n: number): boolean => Math.abs(n * 1e6 - Math.round(n * 1e6)) < 1e-4

const Rate = Schema.Finite.check(
  Schema.isGreaterThanOrEqualTo(0),
  Schema.makeFilter((n: number) => n <= 1e6 && isWhole(n), { expected: "a price of at most six decimals" })
)

/**
 * Prices of a million tokens, in US dollars, of at most six decimals.
 *
 * **Details**
 *
 * Input that was read from or written to a cache, and output that was reasoning, cost what plain
 * input and output do unless they have a price of their own.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Rates = Schema.Struct({
  input: Rate,
  output: Rate,
  cacheRead: Schema.optional(Rate),
  cacheWrite: Schema.optional(Rate),
  reasoning: Schema.optional(Rate)
})

/**
 * Prices of a million tokens, in US dollars.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rates extends Schema.Schema.Type<typeof Rates> {}

/**
 * The price of a model, under every id that it goes by.
 *
 * **Details**
 *
 * `over` holds what differs: above a number of input tokens, where the whole call is charged
 * differently, in a service tier such as `batch`, `flex` or `priority`, or both.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Price = Schema.Struct({
  /** As in `gen_ai.provider.name`. */
  provider: Schema.NonEmptyString,
  models: Schema.NonEmptyArray(Schema.NonEmptyString),
  rates: Rates,
  over: Schema.optional(Schema.Array(Schema.Struct({
    tier: Schema.optional(Schema.NonEmptyString),
    above: Schema.optional(Schema.Natural),
    rates: Rates
  })))
})

/**
 * The price of a model, under every id that it goes by.
 *
 * @category models
 * @since 0.1.0
 */
export interface Price extends Schema.Schema.Type<typeof Price> {}

/**
 * What a cost is worked out from.
 *
 * **Details**
 *
 * Without a `provider` the model's id must belong to one price only. `tier` is the service tier
 * that served the call; `default`, `standard`, `auto` and none are the plain price.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  readonly provider?: string | undefined
  readonly model: string
  readonly usage: Usage
  readonly tier?: string | undefined
}

/**
 * The prices that LLM events are costed with, by default {@link current}.
 *
 * **Details**
 *
 * `cost` is in nano-dollars and must be pure; `undefined` says that the price is not known. Replace
 * the service with {@link layer}, add to it with {@link layerExtend}, or give a function of your own.
 *
 * **Example** (a model of one's own, at a flat price)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { Pricing } from "effect-agentops"
 *
 * const InHouse = Layer.succeed(Pricing.Pricing, {
 *   asOf: undefined,
 *   cost: ({ model }) => model === "in-house" ? 2_000_000 : undefined
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const Pricing: Context.Reference<Pricing> = Context.Reference<Pricing>("effect-agentops/model/Pricing", {
  defaultValue: () => current
})

/**
 * A function from calls to costs, in nano-dollars.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pricing {
  /** The day that its prices were checked, as `YYYY-MM-DD`. */
  readonly asOf: string | undefined
  readonly cost: (call: Call) => number | undefined
}

// Million-token prices of six decimals are whole pico-dollars for one token.
const pico = (rate: number): bigint => BigInt(Math.round(rate * 1e6))
const half = BigInt(500)
const thousand = BigInt(1000)

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0

/**
 * The cost of a usage at given rates, in nano-dollars.
 *
 * **Details**
 *
 * `undefined` where the numbers of the usage cannot be: negative, fractional, or more cached or
 * reasoning tokens than there are tokens.
 *
 * **Example** (most of the prompt was cached)
 *
 * ```ts
 * import { Pricing } from "effect-agentops"
 *
 * Pricing.costOf(
 *   { input: 2.5, output: 10, cacheRead: 1.25 },
 *   { inputTokens: 1000, outputTokens: 100, cacheReadTokens: 800 }
 * ) // => 2_500_000
 * ```
 *
 * @category computing
 * @since 0.1.0
 */
export const costOf: {
  (usage: Usage): (rates: Rates) => number | undefined
  (rates: Rates, usage: Usage): number | undefined
} = dual(2, (rates: Rates, usage: Usage): number | undefined => {
  const { cacheReadTokens = 0, cacheWriteTokens = 0, inputTokens, outputTokens, reasoningTokens = 0 } = usage
  const plainInput = inputTokens - cacheReadTokens - cacheWriteTokens
  const plainOutput = outputTokens - reasoningTokens
  const parts: ReadonlyArray<readonly [number, number]> = [
    [plainInput, rates.input],
    [cacheReadTokens, rates.cacheRead ?? rates.input],
    [cacheWriteTokens, rates.cacheWrite ?? rates.input],
    [plainOutput, rates.output],
    [reasoningTokens, rates.reasoning ?? rates.output]
  ]
  let sum = BigInt(0)
  for (const [count, rate] of parts) {
    if (!isCount(count)) return undefined
    sum += BigInt(count) * pico(rate)
  }
  const nanos = Number((sum + half) / thousand)
  return Number.isSafeInteger(nanos) ? nanos : undefined
})

const date = /[-@](?:20\d\d-\d\d-\d\d|20\d{6})$/

// The id as it is, then without what says which snapshot or whose address it is.
const idsOf = (model: string): ReadonlyArray<string> => {
  const id = model.toLowerCase()
  const bare = id.slice(id.lastIndexOf("/") + 1).replace(/-latest$/, "")
  return [id, bare, bare.replace(date, "")]
}

const plainTiers: ReadonlySet<string> = new Set(["default", "standard", "auto"])

const ratesFor = (price: Price, call: Call): Rates | undefined => {
  const tier = call.tier === undefined || plainTiers.has(call.tier) ? undefined : call.tier
  let found = tier === undefined ? price.rates : undefined
  let above = -1
  for (const over of price.over ?? []) {
    const from = over.above ?? 0
    if (over.tier !== tier || from <= above || (over.above !== undefined && call.usage.inputTokens <= from)) continue
    found = over.rates
    above = from
  }
  return found
}

/**
 * Makes a pricing of a list of prices; where two have the same id and provider, the later one holds.
 *
 * **Details**
 *
 * An id is looked up as it is, then without a path in front, without `-latest`, and without the date
 * of a snapshot: `gpt-4o-2024-08-06` costs what `gpt-4o` does unless it is listed itself. A service
 * tier that a model has no price for is not known. Prices from outside are checked by {@link layer}.
 *
 * **Example** (a price list)
 *
 * ```ts
 * import { Pricing } from "effect-agentops"
 *
 * const pricing = Pricing.make([{ provider: "acme", models: ["acme-1"], rates: { input: 1, output: 2 } }])
 *
 * pricing.cost({ model: "acme-1", usage: { inputTokens: 10, outputTokens: 5 } }) // => 20_000
 * pricing.cost({ model: "acme-2", usage: { inputTokens: 10, outputTokens: 5 } }) // => undefined
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  prices: ReadonlyArray<Price>,
  options?: { readonly asOf?: string | undefined }
): Pricing => {
  const byId = new Map<string, Map<string, Price>>()
  for (const price of prices) {
    for (const model of price.models) {
      const id = model.toLowerCase()
      const providers = byId.get(id) ?? new Map<string, Price>()
      byId.set(id, providers.set(price.provider, price))
    }
  }
  const find = (call: Call): Price | undefined => {
    for (const id of idsOf(call.model)) {
      const providers = byId.get(id)
      if (providers === undefined) continue
      if (call.provider !== undefined) {
        const price = providers.get(call.provider)
        if (price !== undefined) return price
      } else if (providers.size === 1) {
        return providers.values().next().value
      }
    }
    return undefined
  }
  return {
    asOf: options?.asOf,
    cost: (call) => {
      const price = find(call)
      const rates = price === undefined ? undefined : ratesFor(price, call)
      return rates === undefined ? undefined : costOf(rates, call.usage)
    }
  }
}

const parseRates = (columns: ReadonlyArray<string>): Rates => {
  const [input, output, cacheRead, cacheWrite] = columns.map((column) => column === "-" ? undefined : Number(column))
  return { input: input!, output: output!, cacheRead, cacheWrite }
}

const parseLine = (line: string): Price => {
  const [first, ...rest] = line.split(" | ").map((part) => part.split(" "))
  const [provider, models, ...rates] = first!
  const [model, ...aliases] = models!.split(",")
  return {
    provider: provider!,
    models: [model!, ...aliases],
    rates: parseRates(rates),
    over: rest.map(([when, ...rates]) => {
      const [tier, above] = when!.split(">")
      return {
        tier: tier === "" ? undefined : tier,
        above: above === undefined ? undefined : Number(above),
        rates: parseRates(rates)
      }
    })
  }
}

let parsed: ReadonlyArray<Price> | undefined

/**
 * The list prices of the large providers' models for text, as of the day in `current.asOf`.
 *
 * **Details**
 *
 * Of OpenAI, Anthropic, Google (Gemini API), Mistral, xAI and DeepSeek, with their batch, flex and
 * priority tiers and their prices for long prompts. Cache writes are those that live five minutes.
 *
 * **Gotchas**
 *
 * Usage does not tell text tokens from audio or images, which some models price differently, and
 * what is charged beside tokens, such as web searches, is not in it. Discounts are not known either:
 * where the exact bill matters, give the prices that you pay.
 *
 * @category prices
 * @since 0.1.0
 */
export const currentPrices = (): ReadonlyArray<Price> => parsed ??= table.trim().split("\n").map(parseLine)

let currentPricing: Pricing | undefined

/**
 * The pricing of {@link currentPrices}, which is the default. It is read when it is first used.
 *
 * @category prices
 * @since 0.1.0
 */
export const current: Pricing = {
  asOf,
  cost: (call) => (currentPricing ??= make(currentPrices(), { asOf })).cost(call)
}

const checked = (prices: ReadonlyArray<Price>) =>
  ConfigurationError.check(
    Schema.Array(Price),
    "prices",
    prices,
    "Give US dollars for a million tokens, of at most six decimals"
  )

/**
 * Costs LLM events by these prices and no others.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  prices: ReadonlyArray<Price>,
  options?: { readonly asOf?: string | undefined }
): Layer.Layer<never, ConfigurationError.ConfigurationError> =>
  Layer.effectContext(Effect.map(checked(prices), (prices) => Context.make(Pricing, make(prices, options))))

/**
 * Costs LLM events by these prices, and by the pricing around for what they do not list.
 *
 * **Example** (what a server of one's own costs)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Pricing, Session, traceLlmWith } from "effect-agentops"
 *
 * const OwnPrices = Pricing.layerExtend([
 *   { provider: "in_house", models: ["llama-70b"], rates: { input: 0.2, output: 0.2 } }
 * ])
 *
 * const call = Effect.succeed("Hi!").pipe(
 *   traceLlmWith({ provider: "in_house", model: "llama-70b", usage: { inputTokens: 900, outputTokens: 100 } })
 * )
 * const [summary] = await Effect.runPromise(
 *   call.pipe(Session.withSummary({ name: "demo" }), Effect.provide(OwnPrices))
 * )
 * summary.costNanos // => 200_000
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerExtend = (
  prices: ReadonlyArray<Price>
): Layer.Layer<never, ConfigurationError.ConfigurationError> =>
  Layer.effectContext(Effect.gen(function*() {
    const outer = yield* Pricing
    const own = make(yield* checked(prices))
    return Context.make(Pricing, { asOf: outer.asOf, cost: (call) => own.cost(call) ?? outer.cost(call) })
  }))

/**
 * Nano-dollars as US dollars: the nearest number, from which {@link fromDollars} gets the same
 * nano-dollars back for anything below two million dollars.
 *
 * **Example** (there and back)
 *
 * ```ts
 * import { Pricing } from "effect-agentops"
 *
 * Pricing.toDollars(1_234_567) // => 0.001234567
 * Pricing.fromDollars(0.001234567) // => 1_234_567
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const toDollars = (nanos: number): number => nanos / 1e9

/**
 * US dollars as nano-dollars; `undefined` for what is no amount of money.
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromDollars = (dollars: number): number | undefined => {
  const nanos = Math.round(dollars * 1e9)
  return isCount(nanos) ? nanos : undefined
}
