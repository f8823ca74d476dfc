/**
 * A pricing of a list of prices, and the one of the library's own table. Which price holds for a call depends on its
 * model, on who answered, and on how it was served.
 *
 * @internal
 */
import type { Call, Price, Rates } from "../Price.ts"
import { fromName } from "../Provider.ts"
import { costOf, isCount } from "./costOf.ts"
import { nameOf } from "./modelName.ts"
import { asOf } from "./prices.ts"
import { prices as tablePrices } from "./priceTable.ts"

/**
 * Providers that resell models of others at their list prices, and providers whose name says only which API a server
 * has. Their prices for models with open weights are their own.
 */
const resellers: ReadonlySet<string | undefined> = new Set([
  undefined,
  "openai",
  "anthropic",
  "azure.ai.openai",
  "azure.ai.inference",
  "aws.bedrock",
  "gcp.gemini",
  "gcp.vertex_ai",
  "gcp.gen_ai",
  "openrouter",
  "gateway",
  "vercel",
  "litellm"
])

/** Words in an id that mark a different product at a different price, and a router's offers, such as `:free`. */
const otherProduct =
  /:|audio|realtime|tts|transcribe|image|live|search|video|embed|native|computer|robotics|cyber|deep-research/

const maxKnown = 500

type Find = (call: Call) => Price | undefined

const finder = (prices: ReadonlyArray<Price>): Find => {
  const exact = new Map<string, Map<string, Price>>()
  const starts = new Map<string, Map<string, Price>>()
  let longest = 0
  for (const price of prices) {
    for (const model of price.models) {
      const open = model.endsWith("*")
      const id = (open ? model.slice(0, -1) : model).toLowerCase()
      const byId = open ? starts : exact
      if (open) longest = Math.max(longest, id.length)
      byId.set(id, (byId.get(id) ?? new Map<string, Price>()).set(fromName(price.provider), price))
    }
  }
  const startingAs = (id: string): Map<string, Price> | undefined => {
    for (let end = Math.min(id.length, longest); end > 2; end--) {
      const found = starts.get(id.slice(0, end))
      if (found !== undefined && !otherProduct.test(id.slice(end))) return found
    }
    return undefined
  }
  const sellerOf = (sellers: Map<string, Price>, provider: string | undefined, vendor: string | undefined) => {
    const own = provider === undefined ? undefined : sellers.get(provider)
    // A vendor in the model's name is more specific than the API of the server.
    if (own !== undefined && (vendor === undefined || vendor === provider || !sellers.has(vendor))) return own
    if (!resellers.has(provider)) return undefined
    const all = [...sellers].filter(([seller, price]) =>
      price.openWeights !== true && (vendor === undefined || vendor === seller) &&
      // Bedrock has its own prices for all other vendors.
      (provider !== "aws.bedrock" || seller === "anthropic")
    )
    return all.length === 1 ? all[0]![1] : undefined
  }
  const lookUp = (model: string, provider: string | undefined): Price | undefined => {
    const { ids, vendor } = nameOf(model)
    const requested = provider === undefined ? undefined : fromName(provider)
    for (const id of ids) {
      const sellers = exact.get(id) ?? startingAs(id)
      const price = sellers === undefined ? undefined : sellerOf(sellers, requested, vendor)
      if (price !== undefined) return price
    }
    return undefined
  }
  // A program calls the same few models again and again.
  const known = new Map<string | undefined, Map<string, Price | undefined>>()
  let size = 0
  return ({ model, provider }) => {
    let models = known.get(provider)
    if (models?.has(model) === true) return models.get(model)
    const price = lookUp(model, provider)
    if (size++ >= maxKnown) {
      known.clear()
      size = 0
      models = undefined
    }
    if (models === undefined) known.set(provider, models = new Map())
    models.set(model, price)
    return price
  }
}

const plain: ReadonlySet<string | undefined> = new Set([
  undefined,
  "",
  "default",
  "standard",
  "auto",
  "on_demand",
  "standard_only"
])

const hasModality = ({ usage }: Call): boolean =>
  [
    usage.audioInputTokens,
    usage.imageInputTokens,
    usage.textInputTokens,
    usage.audioOutputTokens,
    usage.imageOutputTokens,
    usage.textOutputTokens
  ].some((count) => count !== undefined)

/** The rates of a price for a call, or `undefined` if the price has none for how the call was served. */
const ratesFor = (price: Price, call: Call): Rates | undefined => {
  if (price.byModality === true && !hasModality(call)) return undefined
  const tier = plain.has(call.tier) ? undefined : call.tier
  const speed = plain.has(call.speed) ? undefined : call.speed
  let found = tier === undefined && speed === undefined ? price.rates : undefined
  let above = -1
  for (const over of price.over ?? []) {
    const from = over.above ?? 0
    if (over.tier !== tier || over.speed !== speed || from <= above) continue
    if (over.above !== undefined && call.usage.inputTokens <= from) continue
    found = over.rates
    above = from
  }
  return found
}

const anywhere: ReadonlySet<string | undefined> = new Set([undefined, "", "global", "not_available"])

/** A key of `residency`: every endpoint for one region or a few. */
const regional = "regional"

/**
 * The hosts of regional endpoints: `us-east5-aiplatform.googleapis.com` and `aiplatform.eu.rep.googleapis.com` of Vertex
 * AI, and `eu.api.openai.com`.
 */
const regionalHost = /^[a-z]+-[a-z]+\d+-aiplatform\.|^aiplatform\.[a-z]+\.rep\.|^[a-z]{2}\.api\.openai\.com$/

/** Whether a call ran in a region. Bedrock shows it in the id of the model, others in the host. */
const isRegional = ({ model, provider, serverAddress }: Call): boolean =>
  provider !== undefined && fromName(provider) === "aws.bedrock"
    ? nameOf(model).inRegion
    : serverAddress !== undefined && regionalHost.test(serverAddress)

/** The factor of a price for the place where the model ran, or `undefined` if it is not known. */
const factorFor = (price: Price, call: Call): number | undefined => {
  if (!anywhere.has(call.residency)) return price.residency?.[call.residency!]
  const factor = price.residency?.[regional]
  return factor !== undefined && isRegional(call) ? factor : 1
}

/** The cost of a call's searches in nano-dollars, or `undefined` if it is not known. */
const searchesOf = ({ webSearch }: Price, { webSearches = 0 }: Call): number | undefined => {
  if (webSearches === 0) return 0
  return webSearch === undefined || !isCount(webSearches) ? undefined : Math.round(webSearch * 1e6) * webSearches
}

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
      const searches = searchesOf(price, call)
      if (rates === undefined || factor === undefined || searches === undefined) return undefined
      const tokens = costOf(rates, call.usage, factor)
      return tokens === undefined ? undefined : tokens + searches
    }
  }
}

let currentPricing: ReturnType<typeof make> | undefined

/** @internal */
export const current: ReturnType<typeof make> = {
  asOf,
  cost: (call) => (currentPricing ??= make(tablePrices(), { asOf })).cost(call)
}
