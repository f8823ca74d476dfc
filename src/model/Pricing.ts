/**
 * The cost of LLM calls: a pure function from model and usage to money, and its price table.
 *
 * A cost is a whole number of **nano-dollars**, a billionth of a US dollar, so sums are the same in any order. It is
 * computed in integers from prices of up to six decimals, and rounded once for each call, half up. A model without a
 * known price has no cost, which differs from a cost of zero.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import * as internal from "./internal/costOf.ts"
import * as onDemand from "./internal/onDemand.ts"
import { prices as tablePrices } from "./internal/priceTable.ts"
import * as pricing from "./internal/pricing.ts"
import type { Call, Rates } from "./Price.ts"
import { Price } from "./Price.ts"
import type { Usage } from "./Usage.ts"

export { type Call, Price, Rates } from "./Price.ts"

/**
 * The pricing of LLM events, by default {@link current}.
 *
 * **Details**
 *
 * `cost` returns nano-dollars and must be pure. It returns `undefined` if the price is not known. Replace the service
 * with {@link layer}, add to it with {@link layerExtend}, or provide your own function.
 *
 * **Example** (a flat price for your own model)
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
  defaultValue: onDemand.pricing
})

/**
 * A function from calls to costs, in nano-dollars.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pricing {
  /** The day on which its prices were checked, as `YYYY-MM-DD`. */
  readonly asOf: string | undefined
  readonly cost: (call: Call) => number | undefined
}

/**
 * Returns the cost of a usage at given rates, in nano-dollars.
 *
 * **Details**
 *
 * The result is `undefined` if the usage is impossible: a negative or fractional number, or more cached or reasoning
 * tokens than there are tokens.
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
  /**
   * Returns the cost of a usage at given rates, in nano-dollars.
   *
   * **Details**
   *
   * The result is `undefined` if the usage is impossible: a negative or fractional number, or more cached or reasoning
   * tokens than there are tokens.
   */
  (usage: Usage): (rates: Rates) => number | undefined
  /**
   * Returns the cost of a usage at given rates, in nano-dollars.
   *
   * **Details**
   *
   * The result is `undefined` if the usage is impossible: a negative or fractional number, or more cached or reasoning
   * tokens than there are tokens.
   */
  (rates: Rates, usage: Usage): number | undefined
} = dual(2, (rates: Rates, usage: Usage): number | undefined => internal.costOf(rates, usage))

/**
 * Makes a pricing from a list of prices. If two have the same id and provider, the later one applies.
 *
 * **Details**
 *
 * An id is looked up unchanged, and then without the additions of a gateway, a cloud or a snapshot: a path in front,
 * Bedrock's region, vendor and version, `-latest`, or a date. `gpt-4o-2024-08-06` costs the same as `gpt-4o` unless the
 * list has it.
 *
 * A model that only its maker and resellers can serve costs its list price at any of them: Azure, Bedrock, Vertex AI,
 * OpenRouter, a server with OpenAI's or Anthropic's API. A model with open weights has a price only at its own seller.
 * A call in a service tier, at a speed or in a place for which the model has no price has no known cost. {@link layer}
 * checks prices from outside.
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
): Pricing => pricing.make(prices, options)

/**
 * The list prices of the large providers' text models, as of the day in `current.asOf`.
 *
 * **Details**
 *
 * The table has OpenAI, Anthropic, Google (Gemini API), Mistral, xAI, DeepSeek, Cohere, Moonshot AI and Amazon, with
 * their batch, flex and priority tiers, Anthropic's fast speed and data residency, and the prices of long prompts,
 * one-hour cache writes, audio and images.
 *
 * **Gotchas**
 *
 * Charges other than tokens, such as web searches, are not included. Discounts and the surcharges of a cloud's region
 * are not known either. If you need the exact bill, give the prices that you pay.
 *
 * @category prices
 * @since 0.1.0
 */
export const currentPrices = (): ReadonlyArray<Price> => tablePrices()

/**
 * The pricing of {@link currentPrices}, which is the default. The table is read at the first use.
 *
 * @category prices
 * @since 0.1.0
 */
export const current: Pricing = pricing.current

const checked = (prices: ReadonlyArray<Price>) =>
  ConfigurationError.check(
    Schema.Array(Price),
    "prices",
    prices,
    "Give US dollars for a million tokens, of at most six decimals"
  )

/**
 * Prices LLM events by these prices only.
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
 * Prices LLM events by these prices, and by the surrounding pricing for models that they do not list.
 *
 * **Example** (the cost of your own server)
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
 * Converts nano-dollars to US dollars. Below two million dollars, {@link fromDollars} returns the same nano-dollars.
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
 * Converts US dollars to nano-dollars. Returns `undefined` if the number is not an amount of money.
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromDollars = (dollars: number): number | undefined => {
  const nanos = Math.round(dollars * 1e9)
  return internal.isCount(nanos) ? nanos : undefined
}
