/**
 * Prices from `@pydantic/genai-prices`. Use it to update prices without updating this package, or for a provider that
 * the library's own table does not have.
 *
 * It has its own entry point, `effect-agentops/genai-prices`, and needs `@pydantic/genai-prices`.
 *
 * @since 0.1.0
 */
import * as peer from "@pydantic/genai-prices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { defined } from "../../core/internal/defined.ts"
import * as Pricing from "../../model/Pricing.ts"
import * as Provider from "../../model/Provider.ts"
import type { Usage } from "../../model/Usage.ts"

/** The package's ids of the providers that have another name in OpenTelemetry. */
const ids: Readonly<Record<string, string>> = {
  "aws.bedrock": "aws",
  "azure.ai.inference": "azure",
  "azure.ai.openai": "azure",
  "gcp.gemini": "google",
  "gcp.gen_ai": "google",
  "gcp.vertex_ai": "google",
  "mistral_ai": "mistral",
  "moonshot_ai": "moonshotai",
  "x_ai": "x-ai"
}

const counts = (usage: Usage): Parameters<typeof peer.calcPrice>[0] => {
  const all = {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    input_audio_tokens: usage.audioInputTokens,
    output_audio_tokens: usage.audioOutputTokens,
    cache_audio_read_tokens: usage.audioCacheReadTokens
  }
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count !== undefined)) as never
}

/**
 * A pricing with the package's current prices.
 *
 * **Details**
 *
 * The package has no service tiers, so a call that was not served at the plain price has no cost.
 *
 * **Example** (the cost of a call)
 *
 * ```ts
 * import * as GenAiPrices from "effect-agentops/genai-prices"
 *
 * GenAiPrices.pricing.cost({
 *   provider: "groq",
 *   model: "llama-3.3-70b-versatile",
 *   usage: { inputTokens: 1_000_000, outputTokens: 0 }
 * }) // => 590_000_000
 * ```
 *
 * @category prices
 * @since 0.1.0
 */
export const pricing: Pricing.Pricing = {
  asOf: undefined,
  cost: ({ model, provider, residency, speed, tier, usage, webSearches }) => {
    if (![tier, speed, residency].every((how) => how === undefined || how === "default" || how === "standard")) {
      return undefined
    }
    const name = provider === undefined ? undefined : Provider.fromName(provider)
    const providerId = name === undefined ? undefined : ids[name] ?? name
    // It throws for impossible numbers.
    try {
      const price = peer.calcPrice(
        { ...counts(usage), ...defined({ web_searches: webSearches }) },
        model,
        providerId === undefined ? {} : { providerId }
      )
      return price === null ? undefined : Pricing.fromDollars(price.total_price)
    } catch {
      return undefined
    }
  }
}

/**
 * Prices LLM events by the package, and by the surrounding pricing for models that it does not know.
 *
 * **Example** (prices that a package manager keeps up to date)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session, traceLlmWith } from "effect-agentops"
 * import * as GenAiPrices from "effect-agentops/genai-prices"
 *
 * const call = Effect.succeed("Hi!").pipe(
 *   traceLlmWith({
 *     provider: "groq",
 *     model: "llama-3.3-70b-versatile",
 *     usage: { inputTokens: 1_000_000, outputTokens: 0 }
 *   })
 * )
 * const [summary] = await Effect.runPromise(
 *   call.pipe(Session.withSummary({ name: "demo" }), Effect.provide(GenAiPrices.layer))
 * )
 * summary.costNanos // => 590_000_000
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never> = Layer.effect(
  Pricing.Pricing,
  Effect.map(Pricing.Pricing, (outer) => ({
    asOf: outer.asOf,
    cost: (call) => pricing.cost(call) ?? outer.cost(call)
  }))
)
