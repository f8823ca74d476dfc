/**
 * The price of a model, and the call that is priced.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
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
 * Cached input, reasoning output, audio and images cost the same as plain input and output unless they have a price of
 * their own. If cache writes have a price but one-hour writes do not, the price of one-hour writes is unknown.
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
 * The price of a model, under each of its ids.
 *
 * **Details**
 *
 * An id that ends with `*` matches every id with that beginning. `over` holds the other rates: above a number of input
 * tokens, where the whole call is charged differently, in a service tier such as `batch`, `flex` or `priority`, at a
 * speed such as `fast`, or for several of these together.
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
   * Factors of the price by the place where the model was made to run, such as `{ us: 1.1 }`. `regional` applies to
   * endpoints for one region or a few: on Bedrock according to the model's id, on Vertex AI and at OpenAI according to
   * the host of the server.
   */
  residency: Schema.optional(Schema.Record(Schema.String, Schema.Finite)),
  /** The price of a thousand searches of the web, in US dollars. */
  webSearch: Schema.optional(Rate),
  /** Whether anyone may serve the model. Then only its own seller's price is known. */
  openWeights: Schema.optional(Schema.Boolean),
  /** Whether the price is known only if usage reports text, audio and images separately. */
  byModality: Schema.optional(Schema.Boolean)
})

/**
 * The price of a model, under each of its ids.
 *
 * @category models
 * @since 0.1.0
 */
export interface Price extends Schema.Schema.Type<typeof Price> {}

/**
 * The input of a cost calculation.
 *
 * **Details**
 *
 * The provider may have any of its names in SDKs. Without a provider, the model's id must belong to one price only.
 * `tier` is the service tier that served the call; `default`, `standard`, `auto` and none have the plain price.
 * `residency` is the place where the model was made to run, and `serverAddress` the host of the server, such as
 * `us-east5-aiplatform.googleapis.com`.
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
  readonly serverAddress?: string | undefined
  /** The searches of the web that the provider made. If they have no known price, the call has no known cost. */
  readonly webSearches?: number | undefined
}
