/**
 * Compares the price table with a table that others maintain. Both agree about a name, or the reason for the difference
 * is listed here.
 */
import { assert, describe, it } from "@effect/vitest"
import type { MatchLogic } from "@pydantic/genai-prices"
import * as peer from "@pydantic/genai-prices"
import * as GenAiPrices from "../../src/integrations/genai-prices/GenAiPrices.ts"
import * as Pricing from "../../src/model/Pricing.ts"
import type { Usage } from "../../src/model/Usage.ts"

const providers = {
  "anthropic": "anthropic",
  "cohere": "cohere",
  "deepseek": "deepseek",
  "gcp.gemini": "google",
  "mistral_ai": "mistral",
  "moonshot_ai": "moonshotai",
  "openai": "openai",
  "x_ai": "x-ai"
}

const namesOf = (match: MatchLogic): ReadonlyArray<string> =>
  "or" in match
    ? match.or.flatMap(namesOf)
    : "and" in match
    ? match.and.flatMap(namesOf)
    : "equals" in match
    ? [match.equals]
    : "starts_with" in match
    ? [match.starts_with.replace(/@$/, "")]
    : []

const usage = { inputTokens: 1000, outputTokens: 1000 }

const peerCost = (providerId: string, model: string): number | undefined => {
  const price = peer.calcPrice({ input_tokens: 1000, output_tokens: 1000 }, model, { providerId })
  return price === null ? undefined : Math.round(price.total_price * 1e9)
}

/** Why this table has no price or a different one. */
const reasons: ReadonlyArray<readonly [names: RegExp, reason: string]> = [
  [
    /audio|realtime|tts|transcribe|whisper|voice|voxtral|live/,
    "audio costs otherwise than text, and these tokens do not say which they are"
  ],
  [/image|omni/, "images cost otherwise than text, and these tokens do not say which they are"],
  [/embed-v4/, "images cost otherwise than text, and these tokens do not say which they are"],
  [/^ft:|\.ft-/, "a tuned model's price depends on its base, which a prefix does not tell for sure"],
  [/:extended|:free/, "an offer of a router's"],
  [/ocr/, "charged by the page"],
  [/^gpt-oss|^gemma/, "open weights, which their maker does not sell by the token"],
  [/^deepseek-(?:chat|reasoner|r1|v4)/, "the price depends on the hour"],
  [
    /^mistral-small-latest$|^mistral-small-3\.2|^mixtral-8x22b-instruct$|^grok-4\.20-multi-agent/,
    "the peer is older: the price has changed since"
  ]
]

describe("the table of prices and @pydantic/genai-prices", () => {
  const names = Object.entries(providers).flatMap(([provider, providerId]) =>
    [...new Set(peer.findProvider({ providerId })!.models.flatMap((model) => namesOf(model.match)))].map((model) => ({
      provider,
      providerId,
      model
    }))
  )
  const disagreed = names.filter(({ model, provider, providerId }) =>
    Pricing.current.cost({ provider, model, usage }) !== peerCost(providerId, model)
  )

  it("are compared over some hundred names and mostly agree", () => {
    assert.isAbove(names.length, 450)
    assert.isAbove(names.length - disagreed.length, 380)
  })

  it("agree, or the reason is listed", () => {
    const unexplained = disagreed.filter(({ model }) => !reasons.some(([pattern]) => pattern.test(model)))
    assert.deepStrictEqual(unexplained, [])
  })

  it("differ for each of the listed reasons", () => {
    for (const [pattern, reason] of reasons) {
      assert.isTrue(disagreed.some(({ model }) => pattern.test(model)), reason)
    }
  })

  const regions = ["", "us.", "eu.", "jp.", "global."]
  const onBedrock = [
    "claude-3-5-haiku-20241022-v1:0",
    "claude-3-7-sonnet-20250219-v1:0",
    "claude-sonnet-4-20250514-v1:0",
    "claude-sonnet-4-5-20250929-v1:0",
    "claude-haiku-4-5-20251001-v1:0",
    "claude-opus-4-5-20251101-v1:0",
    "claude-opus-4-6-v1",
    "claude-sonnet-4-6",
    "claude-opus-4-7"
  ].flatMap((model) => regions.map((region) => `${region}anthropic.${model}`))
  it.each(onBedrock)("agree about Bedrock's %s", (model) => {
    const cost = peerCost("aws", model)
    assert.isDefined(cost)
    assert.strictEqual(Pricing.current.cost({ provider: "aws.bedrock", model, usage }), cost)
  })

  it.each(["claude-sonnet-4-6", "claude-opus-4-0", "gpt-5", "gpt-4o"])(
    "agree about searches of the web by %s",
    (model) => {
      const provider = model.startsWith("claude") ? "anthropic" : "openai"
      const price = peer.calcPrice({ input_tokens: 1_000, output_tokens: 0, web_searches: 3 }, model, {
        providerId: provider
      })
      assert.strictEqual(
        Pricing.current.cost({ provider, model, usage: { inputTokens: 1_000, outputTokens: 0 }, webSearches: 3 }),
        Pricing.fromDollars(price!.total_price)
      )
    }
  )

  const parts: ReadonlyArray<readonly [string, string, Usage, Record<string, number>]> = [
    ["openai", "gpt-realtime", {
      inputTokens: 900,
      outputTokens: 300,
      textInputTokens: 100,
      audioInputTokens: 800,
      audioOutputTokens: 200
    }, {
      input_tokens: 900,
      output_tokens: 300,
      input_audio_tokens: 800,
      output_audio_tokens: 200
    }],
    ["gcp.gemini", "gemini-2.5-flash", { inputTokens: 900, outputTokens: 300, audioInputTokens: 500 }, {
      input_tokens: 900,
      output_tokens: 300,
      input_audio_tokens: 500
    }],
    ["anthropic", "claude-sonnet-4-6", {
      inputTokens: 900,
      outputTokens: 3,
      cacheReadTokens: 300,
      cacheWriteTokens: 500,
      cacheWrite1hTokens: 200
    }, {
      input_tokens: 900,
      output_tokens: 3,
      cache_read_tokens: 300,
      cache_write_tokens: 500,
      cache_write_1h_tokens: 200
    }]
  ]
  for (const [provider, model, ours, theirs] of parts) {
    it(`charge the parts of ${model} equally`, () => {
      const price = peer.calcPrice(theirs, model, { providerId: providers[provider as keyof typeof providers] })
      assert.strictEqual(Pricing.current.cost({ provider, model, usage: ours }), Math.round(price!.total_price * 1e9))
      assert.strictEqual(
        GenAiPrices.pricing.cost({ provider, model, usage: ours }),
        Math.round(price!.total_price * 1e9)
      )
    })
  }

  it("can be combined by a program that wants the package's prices", () => {
    const { cost } = GenAiPrices.pricing
    assert.strictEqual(
      cost({ provider: "groq", model: "llama-3.3-70b-versatile", usage }),
      peerCost("groq", "llama-3.3-70b-versatile")
    )
    assert.strictEqual(
      cost({ provider: "google.generative-ai", model: "gemini-2.5-pro", usage }),
      peerCost("google", "gemini-2.5-pro")
    )
    assert.isUndefined(cost({ provider: "openai", model: "gpt-5", usage, tier: "flex" }))
    assert.isUndefined(cost({ provider: "openai", model: "gpt-unheard-of", usage }))
    assert.isUndefined(cost({ provider: "acme", model: "gpt-4o", usage }))
  })
})
