import { assert, describe, it } from "@effect/vitest"
import * as Pricing from "../../src/model/Pricing.ts"
import * as Provider from "../../src/model/Provider.ts"

/** The price of a million input tokens in dollars. */
const input = (model: string, provider?: string, more: Partial<Pricing.Call> = {}) => {
  const nanos = Pricing.current.cost({ model, provider, usage: { inputTokens: 10_000, outputTokens: 0 }, ...more })
  return nanos === undefined ? undefined : nanos / 1e7
}

describe("names of models", () => {
  const same: ReadonlyArray<readonly [model: string, provider: string | undefined, of: string, factor?: number]> = [
    ["openai/gpt-4.1-mini", "openrouter", "gpt-4.1-mini"],
    ["azure/gpt-4.1", "azure.ai.openai", "gpt-4.1"],
    ["azure_ai/gpt-4.1", "litellm", "gpt-4.1"],
    ["gpt-4.1-2025-04-14", "azure", "gpt-4.1"],
    ["gpt-4.1", "AzureOpenAI", "gpt-4.1"],
    ["o4-mini-2025-04-16", "openai", "o4-mini"],
    ["GPT-4.1", "openai", "gpt-4.1"],
    [" gpt-4.1 ", "openai", "gpt-4.1"],
    ["anthropic/claude-opus-4.5", "openrouter", "claude-opus-4-5"],
    ["anthropic/claude-opus-4.5:beta", "openai", "claude-opus-4-5"],
    ["anthropic/claude-opus-4-5:nitro", "openrouter", "claude-opus-4-5"],
    ["anthropic/claude-sonnet-4.5:thinking", "openai", "claude-sonnet-4-5"],
    ["claude-opus-4-5-20251101", "anthropic", "claude-opus-4-5"],
    ["claude-opus-4-5@20251101", "gcp.vertex_ai", "claude-opus-4-5"],
    ["publishers/anthropic/models/claude-opus-4-5@20251101", "vertex", "claude-opus-4-5"],
    ["claude-opus-4-5@default", "google-vertex", "claude-opus-4-5"],
    ["claude-sonnet-4-5[1m]", "anthropic", "claude-sonnet-4-5"],
    ["anthropic.claude-haiku-4-5-20251001-v1:0", "aws.bedrock", "claude-haiku-4-5", 1.1],
    ["apac.anthropic.claude-haiku-4-5-20251001-v1:0", "amazon-bedrock", "claude-haiku-4-5", 1.1],
    ["global.anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock", "claude-haiku-4-5"],
    ["us-gov.anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock", "claude-haiku-4-5", 1.1],
    ["jp.anthropic.claude-haiku-4-5-20251001-v1:0", undefined, "claude-haiku-4-5"],
    ["bedrock/converse/eu.anthropic.claude-haiku-4-5-20251001-v1:0", "litellm", "claude-haiku-4-5"],
    ["anthropic.claude-3-5-sonnet-20241022-v2:0", "aws.bedrock", "claude-3-5-sonnet"],
    ["anthropic.claude-3-haiku-20240307-v1:0:200k", "aws.bedrock", "claude-3-haiku"],
    ["claude-3-5-sonnet-v2@20241022", "gcp.vertex_ai", "claude-3-5-sonnet"],
    [
      "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
      "aws.bedrock",
      "claude-haiku-4-5",
      1.1
    ],
    [
      "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
      "aws.bedrock",
      "claude-sonnet-4-5",
      1.1
    ],
    ["us.anthropic.claude-opus-4-6-v1", "aws.bedrock", "claude-opus-4-6", 1.1],
    ["global.anthropic.claude-opus-4-6-v1", "aws.bedrock", "claude-opus-4-6"],
    ["eu.anthropic.claude-sonnet-4-20250514-v1:0", "aws.bedrock", "claude-sonnet-4-0"],
    ["eu.anthropic.claude-sonnet-4-6", "anthropic", "claude-sonnet-4-6"],
    ["anthropic.claude-v2:1", "aws.bedrock", "claude-2"],
    ["gpt-35-turbo-16k", "azure.ai.openai", "gpt-3.5-turbo-16k"],
    ["projects/p/locations/us/publishers/google/models/gemini-2.5-pro", "gcp.vertex_ai", "gemini-2.5-pro"],
    ["gemini-2.0-flash-lite-001", "gcp.gemini", "gemini-2.0-flash-lite"],
    ["openai/o3:floor", "openrouter", "o3"],
    ["us.amazon.nova-lite-v1:0", "aws.bedrock", "nova-lite"],
    ["google/gemini-2.5-pro", "openrouter", "gemini-2.5-pro"],
    ["models/gemini-2.5-pro", "gcp.gemini", "gemini-2.5-pro"],
    ["gemini/gemini-2.5-pro", "litellm", "gemini-2.5-pro"],
    ["vertex_ai/gemini-2.5-pro", "litellm", "gemini-2.5-pro"],
    ["gemini-2.5-pro", "google.generative-ai", "gemini-2.5-pro"],
    ["gemini-2.5-pro-preview-05-06", "gcp.gemini", "gemini-2.5-pro"],
    ["gemini-2.0-flash-001", "gcp.vertex_ai", "gemini-2.0-flash"],
    ["x-ai/grok-3", "openrouter", "grok-3"],
    ["xai/grok-3", "gateway", "grok-3"],
    ["grok-3-latest", "xai", "grok-3"],
    ["grok-4-0709", "x_ai", "grok-4"],
    ["mistral/mistral-large-2411", "gateway", "mistral-large-2411"],
    ["mistral-large-2411", "mistral.chat", "mistral-large-2411"],
    ["cohere/command-r-plus", "openrouter", "command-r-plus"]
  ]
  for (const [model, provider, of, factor = 1] of same) {
    const times = factor === 1 ? "" : `${factor} times `
    it(`${model} at ${provider ?? "nobody's"} costs ${times}as much as ${of}`, () => {
      const owner = Pricing.currentPrices().find(({ models }) =>
        models.some((id) => of.startsWith(id.replace("*", "")))
      )
      assert.isDefined(owner, of)
      assert.isDefined(input(of, owner.provider))
      assert.closeTo(input(model, provider)!, factor * input(of, owner.provider)!, 1e-9)
    })
  }

  const unknown: ReadonlyArray<readonly [model: string, provider: string | undefined, why: string]> = [
    ["gpt-oss-20b", "openai", "anybody may serve it"],
    ["gpt-oss:20b", "ollama", "anybody may serve it"],
    ["openai/gpt-oss-120b", "groq", "Groq's own price is not in the table"],
    ["openai/gpt-oss-120b", "openrouter", "each of its sellers has a price of its own"],
    ["meta-llama/llama-3.3-70b-instruct", "openai", "anybody may serve it"],
    ["mistralai/mixtral-8x7b-instruct", "openai", "anybody may serve it"],
    ["open-mistral-7b", "openai", "anybody may serve it"],
    ["kimi-k2.5", "openai", "anybody may serve it"],
    ["deepseek-v3.2", "openai", "anybody may serve it"],
    ["gpt-4o", "groq", "Groq does not sell it"],
    ["gpt-4o", "ollama", "Ollama does not sell it"],
    ["gpt-4o", "my-gateway", "nobody knows what it charges"],
    ["openai/gpt-4o:online", "openrouter", "the search costs too"],
    ["openai/gpt-4o:free", "openrouter", "another offer"],
    ["openai/gpt-4o:extended", "openrouter", "another offer"],
    ["google/gemini-2.0-flash-exp:free", "openrouter", "another offer"],
    ["google/gemini-2.0-flash-001:online", "openrouter", "the search costs too"],
    ["anthropic/claude-sonnet-4.5:free", "openrouter", "another offer"],
    ["gpt-4o-mini-2024-07-18.ft-0e208cf33a6a46", "azure.ai.openai", "a tuned model costs more"],
    ["ft:gpt-4o:acme::abc:ckpt-step-20", "openai", "a tuned model costs more"],
    ["tunedModels/my-tune", "gcp.gemini", "a tuned model costs more"],
    ["gpt-4o-prod", "azure.ai.openai", "a deployment has any name"],
    ["prod-gpt-4o", "azure.ai.openai", "a deployment has any name"],
    ["cohere.command-r-plus-v1:0", "aws.bedrock", "Bedrock has a price of its own"],
    ["openai.gpt-oss-120b-1:0", "aws.bedrock", "Bedrock has a price of its own"],
    [
      "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123",
      "aws.bedrock",
      "a profile has any name"
    ],
    ["@cf/openai/gpt-oss-20b", "cloudflare", "anybody may serve it"],
    ["openrouter/auto", "openrouter", "the router chooses"],
    ["ft:gpt-4.1-mini-2025-04-14:acme::abc", "openai", "a tuned model costs more"],
    ["gpt-4o-realtime-preview", "openai", "audio and text cost differently"],
    ["gpt-4o-mini-audio-preview", "openai", "audio and text cost differently"],
    ["gpt-realtime", "openai", "audio and text cost differently"],
    ["gemini-2.5-flash-preview-tts", "gcp.gemini", "audio and text cost differently"],
    ["gemini-2.5-flash-image", "gcp.gemini", "images and text cost differently"],
    ["claude-unheard-of-9", "anthropic", "no such model"],
    ["", "openai", "no name"],
    ["/", "openai", "no name"],
    ["my-deployment", "azure.ai.openai", "a deployment has any name"]
  ]
  for (const [model, provider, why] of unknown) {
    it(`${JSON.stringify(model)} at ${provider} has no known price: ${why}`, () =>
      assert.isUndefined(input(model, provider)))
  }

  const served: ReadonlyArray<readonly [string, Partial<Pricing.Call>, number | undefined]> = [
    ["claude-opus-5", {}, 5],
    ["claude-opus-5", { tier: "standard" }, 5],
    ["claude-opus-5", { tier: "batch" }, 2.5],
    ["claude-opus-5", { tier: "priority" }, undefined],
    ["claude-opus-5", { speed: "fast" }, 10],
    ["claude-opus-5", { speed: "standard" }, 5],
    ["claude-opus-5", { speed: "fast", tier: "batch" }, undefined],
    ["claude-opus-5", { residency: "us" }, 5.5],
    ["claude-opus-5", { residency: "us", tier: "batch" }, 2.75],
    ["claude-opus-5", { residency: "global" }, 5],
    ["claude-opus-5", { residency: "not_available" }, 5],
    ["claude-opus-5", { residency: "mars" }, undefined],
    ["claude-3-haiku", { residency: "us" }, undefined],
    ["gpt-5", { tier: "flex" }, 0.625],
    ["gpt-5", { tier: "priority" }, 2.5],
    ["gpt-5", { tier: "batch" }, 0.625],
    ["gpt-5", { tier: "auto" }, 1.25],
    ["gpt-5", { tier: "default" }, 1.25],
    ["gpt-5", { tier: "scale" }, undefined],
    ["gemini-2.5-pro", { tier: "batch" }, 0.625],
    ["gemini-2.5-pro", { usage: { inputTokens: 200_000, outputTokens: 0 } }, 25],
    ["gemini-2.5-pro", { usage: { inputTokens: 200_001, outputTokens: 0 } }, 50.00025]
  ]
  for (const [model, how, right] of served) {
    it(`${model} ${JSON.stringify(how)} costs ${right ?? "nobody knows what"}`, () => {
      const owner = Pricing.currentPrices().find(({ models }) => models.some((id) => id.replace("*", "") === model))
      assert.strictEqual(input(model, owner?.provider, how), right)
    })
  }
})

describe("searches of the web", () => {
  const cost = (provider: string, model: string, more: Partial<Pricing.Call>) =>
    Pricing.current.cost({ provider, model, usage: { inputTokens: 1_000_000, outputTokens: 0 }, ...more })
  const rows: ReadonlyArray<readonly [string, string, Partial<Pricing.Call>, number | undefined]> = [
    ["anthropic", "claude-sonnet-4-6", {}, 3_000_000_000],
    ["anthropic", "claude-sonnet-4-6", { webSearches: 0 }, 3_000_000_000],
    ["anthropic", "claude-sonnet-4-6", { webSearches: 3 }, 3_030_000_000],
    // What a place or a tier makes dearer or cheaper is the tokens alone.
    ["anthropic", "claude-sonnet-4-6", { webSearches: 3, residency: "us" }, 3_330_000_000],
    ["anthropic", "claude-sonnet-4-6", { webSearches: 3, tier: "batch" }, 1_530_000_000],
    ["gcp.vertex_ai", "claude-sonnet-4-6", { webSearches: 1 }, 3_010_000_000],
    ["openai", "gpt-5", { webSearches: 2 }, 1_270_000_000],
    ["mistral_ai", "mistral-small-latest", { webSearches: 1 }, undefined],
    ["anthropic", "claude-sonnet-4-6", { webSearches: 1.5 }, undefined],
    ["anthropic", "claude-sonnet-4-6", { webSearches: -1 }, undefined]
  ]
  for (const [provider, model, more, right] of rows) {
    it(`${model} at ${provider} with ${JSON.stringify(more)} costs ${right ?? "an unknown amount"}`, () =>
      assert.strictEqual(cost(provider, model, more), right))
  }
})

describe("an endpoint for one region or a few", () => {
  const vertex = "aiplatform.googleapis.com"
  const rows: ReadonlyArray<readonly [model: string, provider: string, serverAddress: string, right: number]> = [
    ["claude-sonnet-4-5@20250929", "gcp.vertex_ai", vertex, 3],
    ["claude-sonnet-4-5@20250929", "gcp.vertex_ai", `us-east5-${vertex}`, 3.3],
    ["claude-haiku-4-5@20251001", "google-vertex", `europe-west1-${vertex}`, 1.1],
    ["claude-opus-4-6", "vertex.anthropic.messages", `asia-southeast1-${vertex}`, 5.5],
    ["claude-sonnet-4-6", "gcp.vertex_ai", "aiplatform.us.rep.googleapis.com", 3.3],
    ["claude-sonnet-4-6", "gcp.vertex_ai", "aiplatform.eu.rep.googleapis.com", 3.3],
    // Before Sonnet 4.5 and for Google's own models there is one price.
    ["claude-sonnet-4@20250514", "gcp.vertex_ai", `us-east5-${vertex}`, 3],
    ["claude-3-5-haiku@20241022", "gcp.vertex_ai", `us-east5-${vertex}`, 0.8],
    ["gemini-2.5-flash", "gcp.vertex_ai", `us-central1-${vertex}`, 0.3],
    ["claude-sonnet-4-6", "anthropic", "api.anthropic.com", 3],
    // On Bedrock the id decides, and not the region of the host.
    ["global.anthropic.claude-sonnet-4-6", "aws.bedrock", "bedrock-runtime.us-east-1.amazonaws.com", 3],
    ["us.anthropic.claude-sonnet-4-6", "aws.bedrock", "bedrock-runtime.us-east-1.amazonaws.com", 3.3],
    ["gpt-5.4", "openai", "api.openai.com", 2.5],
    ["gpt-5.4", "openai", "eu.api.openai.com", 2.75],
    ["gpt-5.4-mini-2026-03-17", "openai", "jp.api.openai.com", 0.825],
    ["gpt-6-sol", "openai", "us.api.openai.com", 2.2],
    ["gpt-5", "openai", "eu.api.openai.com", 1.25],
    ["gpt-4.1", "openai", "us.api.openai.com", 2],
    ["gpt-5.4", "openai", "eu.api.openai.com.example.com", 2.5]
  ]
  for (const [model, provider, serverAddress, right] of rows) {
    it(`${model} at ${serverAddress} costs ${right}`, () =>
      assert.strictEqual(input(model, provider, { serverAddress }), right))
  }
})

describe("names of providers", () => {
  const names: ReadonlyArray<readonly [told: string, right: string]> = [
    ["openai", "openai"],
    ["openai.responses", "openai"],
    ["openai.chat", "openai"],
    ["anthropic.messages", "anthropic"],
    ["google", "gcp.gemini"],
    ["google.generative-ai", "gcp.gemini"],
    ["google_genai", "gcp.gemini"],
    ["Gemini", "gcp.gemini"],
    ["google.vertex.chat", "gcp.vertex_ai"],
    ["google-vertex", "gcp.vertex_ai"],
    ["vertex_ai", "gcp.vertex_ai"],
    ["google_vertexai", "gcp.vertex_ai"],
    ["vertex.anthropic.messages", "gcp.vertex_ai"],
    ["amazon-bedrock", "aws.bedrock"],
    ["amazon_bedrock", "aws.bedrock"],
    ["bedrock_converse", "aws.bedrock"],
    ["azure", "azure.ai.openai"],
    ["azure.chat", "azure.ai.openai"],
    ["azure-openai.responses", "azure.ai.openai"],
    ["AzureOpenAI", "azure.ai.openai"],
    ["az.ai.openai", "azure.ai.openai"],
    ["az.ai.inference", "azure.ai.inference"],
    ["mistral", "mistral_ai"],
    ["mistral.chat", "mistral_ai"],
    ["mistralai", "mistral_ai"],
    ["xai", "x_ai"],
    ["xai.responses", "x_ai"],
    ["moonshotai.chat", "moonshot_ai"],
    ["perplexity", "perplexity"],
    ["deepseek.chat", "deepseek"],
    ["groq.chat", "groq"],
    ["cohere.text-embedding", "cohere"],
    ["watsonx", "ibm.watsonx.ai"],
    ["gateway", "gateway"],
    ["openrouter.chat", "openrouter"],
    ["ollama", "ollama"],
    ["Acme", "Acme"],
    ["acme.chat", "acme"],
    ["acme.v2", "acme.v2"],
    ["gcp.gen_ai", "gcp.gen_ai"],
    ["aws.bedrock", "aws.bedrock"],
    ["", ""]
  ]
  for (const [told, right] of names) {
    it(`${JSON.stringify(told)} is ${right}`, () => {
      assert.strictEqual(Provider.fromName(told), right)
      assert.strictEqual(Provider.fromName(Provider.fromName(told)), right)
    })
  }

  const urls: ReadonlyArray<readonly [url: string, right: string | undefined]> = [
    ["https://api.openai.com/v1", "openai"],
    ["https://eu.api.openai.com/v1", "openai"],
    ["https://acme.openai.azure.com/openai/v1/", "azure.ai.openai"],
    ["https://acme.cognitiveservices.azure.com/openai", "azure.ai.openai"],
    ["https://acme.services.ai.azure.com/models", "azure.ai.inference"],
    ["https://api.anthropic.com", "anthropic"],
    ["https://generativelanguage.googleapis.com/v1beta/openai", "gcp.gemini"],
    ["https://europe-west1-aiplatform.googleapis.com/v1/projects/p", "gcp.vertex_ai"],
    ["https://aiplatform.googleapis.com", "gcp.vertex_ai"],
    ["https://bedrock-runtime.us-east-1.amazonaws.com", "aws.bedrock"],
    ["https://bedrock-runtime-fips.us-east-1.amazonaws.com", "aws.bedrock"],
    ["https://api.groq.com/openai/v1", "groq"],
    ["https://api.mistral.ai", "mistral_ai"],
    ["https://codestral.mistral.ai/v1", "mistral_ai"],
    ["https://api.x.ai/v1", "x_ai"],
    ["https://api.deepseek.com", "deepseek"],
    ["https://api.perplexity.ai", "perplexity"],
    ["https://api.moonshot.cn/v1", "moonshot_ai"],
    ["https://openrouter.ai/api/v1", "openrouter"],
    ["https://api.cohere.com/v2", "cohere"],
    ["https://api.together.xyz/v1", "together"],
    ["https://api.fireworks.ai/inference/v1", "fireworks"],
    ["api.groq.com", "groq"],
    ["http://user:pw@api.groq.com:443/v1", "groq"],
    ["http://127.0.0.1:8000/v1", undefined],
    ["http://[::1]:8000/v1", undefined],
    ["http://localhost:11434/v1", undefined],
    ["https://llm.internal/api.openai.com", undefined],
    ["https://notapi.openai.example.org", undefined],
    ["", undefined],
    ["::", undefined]
  ]
  for (const [url, right] of urls) {
    it(`${JSON.stringify(url)} is ${right ?? "nobody's"}`, () => assert.strictEqual(Provider.fromUrl(url), right))
  }
})
