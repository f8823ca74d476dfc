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
import * as internal from "./internal/costOf.ts"
import * as onDemand from "./internal/onDemand.ts"
import { prices as tablePrices } from "./internal/priceTable.ts"
import * as pricing from "./internal/pricing.ts"
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
 * Input that was read from or written to a cache, output that was reasoning, and audio and images cost
 * what plain input and output do unless they have a price of their own. Writes that live for an hour have
 * no known price where other writes have one and they have not.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Rates = Schema.Struct({
  input: Rate,
  output: Rate,
  cacheRead: Schema.optional(Rate),
  cacheWrite: Schema.optional(Rate),
  cacheWrite1h: Schema.optional(Rate),
  reasoning: Schema.optional(Rate),
  audioInput: Schema.optional(Rate),
  audioOutput: Schema.optional(Rate),
  audioCacheRead: Schema.optional(Rate),
  imageInput: Schema.optional(Rate),
  imageOutput: Schema.optional(Rate),
  imageCacheRead: Schema.optional(Rate)
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
 * An id that ends with `*` stands for all that begin so. `over` holds what differs: above a number of
 * input tokens, where the whole call is charged differently, in a service tier such as `batch`, `flex` or
 * `priority`, at a speed such as `fast`, or several of these.
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
    speed: Schema.optional(Schema.NonEmptyString),
    above: Schema.optional(Schema.Natural),
    rates: Rates
  }))),
  /**
   * By what the price is multiplied where the model was made to run, such as `{ us: 1.1 }`; `bedrock_region` is any
   * endpoint of Bedrock's but the global one, as the model's id says.
   */
  residency: Schema.optional(Schema.Record(Schema.String, Schema.Finite)),
  /** Whether anybody may serve the model, so that only its own seller's price is known. */
  openWeights: Schema.optional(Schema.Boolean),
  /** Whether the price is known only where usage tells text, audio and images apart. */
  byModality: Schema.optional(Schema.Boolean)
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
 * The provider may have any of the names that SDKs give it. Without one the model's id must belong to
 * one price only. `tier` is the service tier that served the call; `default`, `standard`, `auto` and none
 * are the plain price. `residency` is where the model was made to run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  readonly provider?: string | undefined
  readonly model: string
  readonly usage: Usage
  readonly tier?: string | undefined
  readonly speed?: string | undefined
  readonly residency?: string | undefined
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
  defaultValue: onDemand.pricing
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
  /**
   * The cost of a usage at given rates, in nano-dollars.
   *
   * **Details**
   *
   * `undefined` where the numbers of the usage cannot be: negative, fractional, or more cached or
   * reasoning tokens than there are tokens.
   */
  (usage: Usage): (rates: Rates) => number | undefined
  /**
   * The cost of a usage at given rates, in nano-dollars.
   *
   * **Details**
   *
   * `undefined` where the numbers of the usage cannot be: negative, fractional, or more cached or
   * reasoning tokens than there are tokens.
   */
  (rates: Rates, usage: Usage): number | undefined
} = dual(2, (rates: Rates, usage: Usage): number | undefined => internal.costOf(rates, usage))

/**
 * Makes a pricing of a list of prices; where two have the same id and provider, the later one holds.
 *
 * **Details**
 *
 * An id is looked up as it is, then without what a gateway, a cloud or a snapshot puts around it: a path
 * in front, Bedrock's region, vendor and version, `-latest`, a date. `gpt-4o-2024-08-06` costs what
 * `gpt-4o` does unless it is listed itself.
 *
 * A model that only its maker and those who resell it can serve costs the list price at any of them:
 * Azure, Bedrock, Vertex AI, OpenRouter, a server that speaks OpenAI's or Anthropic's API. One with open
 * weights has a price at its own seller alone. A service tier, a speed or a place that a model has no
 * price for is not known. Prices from outside are checked by {@link layer}.
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
 * The list prices of the large providers' models for text, as of the day in `current.asOf`.
 *
 * **Details**
 *
 * Of OpenAI, Anthropic, Google (Gemini API), Mistral, xAI, DeepSeek, Cohere, Moonshot AI and Amazon, with
 * their batch, flex and priority tiers, Anthropic's fast speed and data residency, prices for long prompts,
 * for cache writes that live an hour, and for audio and images.
 *
 * **Gotchas**
 *
 * What is charged beside tokens, such as web searches, is not in it. Discounts are not known either, nor
 * what a cloud asks for a region of its own: where the exact bill matters, give the prices that you pay.
 *
 * @category prices
 * @since 0.1.0
 */
export const currentPrices = (): ReadonlyArray<Price> => tablePrices()

/**
 * The pricing of {@link currentPrices}, which is the default. It is read when it is first used.
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
  return internal.isCount(nanos) ? nanos : undefined
}
