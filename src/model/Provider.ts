/**
 * Providers by their names in OpenTelemetry.
 *
 * SDKs, gateways and frameworks have different names for the same provider: `google`, `google.generative-ai` and
 * `gemini` are all `gcp.gemini`. Spans and metrics use OpenTelemetry's name.
 *
 * @since 0.1.0
 */

const names: Readonly<Record<string, ReadonlyArray<string>>> = {
  "anthropic": ["claude", "chatanthropic"],
  "aws.bedrock": [
    "amazon-bedrock",
    "bedrock",
    "aws-bedrock",
    "bedrock-converse",
    "bedrock-runtime",
    "aws",
    "chatbedrockconverse"
  ],
  "azure.ai.inference": ["az.ai.inference", "azure-ai-inference", "azure-ai", "azure-ai-foundry"],
  "azure.ai.openai": [
    "az.ai.openai",
    "azure",
    "azure-openai",
    "azureopenai",
    "azure-openai-responses",
    "azurechatopenai"
  ],
  "cohere": ["cohere-chat", "chatcohere"],
  "deepseek": ["deepseek-ai"],
  "gcp.gemini": [
    "google",
    "google.generative-ai",
    "google-generative-ai",
    "gemini",
    "google-genai",
    "google-gemini",
    "google-ai-studio",
    "google-ai",
    "googlegenai",
    "chatgooglegenerativeai"
  ],
  "gcp.vertex_ai": [
    "google.vertex",
    "google-vertex",
    "google-vertexai",
    "vertex",
    "vertex-ai",
    "vertexai",
    "google-vertex-ai",
    "googlevertexai",
    "vertex.anthropic",
    "google-vertex-anthropic",
    "google.vertex.anthropic",
    "chatvertexai"
  ],
  "gcp.gen_ai": ["gcp.gen-ai"],
  "groq": ["chatgroq"],
  "ibm.watsonx.ai": ["watsonx", "ibm-watsonx", "watsonx-ai", "ibm.watsonx"],
  "mistral_ai": ["mistral", "mistralai", "mistral-ai", "chatmistralai"],
  "moonshot_ai": ["moonshot", "moonshotai", "moonshot-ai", "kimi"],
  "ollama": ["chatollama"],
  "openai": ["openai-compatible", "chatopenai", "open-ai"],
  "openrouter": ["open-router"],
  "perplexity": ["perplexity-ai"],
  "x_ai": ["xai", "x-ai", "grok", "chatxai"]
}

const plain = (name: string): string => name.trim().toLowerCase().replaceAll(/[_\s]/g, "-")

let byName: Map<string, string> | undefined

const table = (): Map<string, string> =>
  byName ??= new Map(
    Object.entries(names).flatMap(([provider, others]) =>
      [provider, ...others].map((name) => [plain(name), provider] as const)
    )
  )

/** The suffix with which the AI SDK names one of a provider's APIs. */
const api =
  /[.](?:chat|completions?|responses|messages|embeddings?|text-embedding|image|speech|transcription|generate-content|language-model|rerank)$/

/**
 * Returns OpenTelemetry's name for a provider from its name in an SDK. An unknown name stays unchanged, without the API
 * suffix of the AI SDK.
 *
 * **Example** (the names of some SDKs)
 *
 * ```ts
 * import { Provider } from "effect-agentops"
 *
 * Provider.fromName("google.generative-ai") // => "gcp.gemini"
 * Provider.fromName("AzureOpenAI") // => "azure.ai.openai"
 * Provider.fromName("xai.chat") // => "x_ai"
 * Provider.fromName("acme") // => "acme"
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromName = (name: string): string => {
  const known = table()
  const self = plain(name)
  const found = known.get(self)
  if (found !== undefined) return found
  const short = self.replace(api, "")
  return known.get(short) ?? (short === self ? name : name.trim().slice(0, short.length))
}

const hosts: ReadonlyArray<readonly [host: RegExp, provider: string]> = [
  [/(?:^|\.)openai\.azure\.|\.cognitiveservices\.azure\./, "azure.ai.openai"],
  [/\.services\.ai\.azure\.|\.models\.ai\.azure\.|\.inference\.ai\.azure\./, "azure.ai.inference"],
  [/(?:^|\.)api\.openai\./, "openai"],
  [/(?:^|\.)api\.anthropic\./, "anthropic"],
  [/^generativelanguage\.googleapis\./, "gcp.gemini"],
  [/(?:^|-|\.)aiplatform\.(?:[a-z-]+\.)*googleapis\./, "gcp.vertex_ai"],
  [/(?:^|\.)bedrock(?:-runtime|-mantle|-agent-runtime)?(?:-fips)?\./, "aws.bedrock"],
  [/(?:^|\.)api\.groq\./, "groq"],
  [/(?:^|\.)(?:api|codestral)\.mistral\./, "mistral_ai"],
  [/(?:^|\.)api\.x\.ai/, "x_ai"],
  [/(?:^|\.)api\.deepseek\./, "deepseek"],
  [/(?:^|\.)api\.perplexity\./, "perplexity"],
  [/(?:^|\.)api\.moonshot\./, "moonshot_ai"],
  [/(?:^|\.)api\.cohere\./, "cohere"],
  [/(?:^|\.)openrouter\./, "openrouter"],
  [/(?:^|\.)ml\.cloud\.ibm\./, "ibm.watsonx.ai"],
  [/(?:^|\.)ollama\.com$/, "ollama"],
  [/^ai-gateway\.vercel\./, "gateway"],
  [/(?:^|\.)api\.(?:together|fireworks|cerebras|deepinfra|sambanova|novita|hyperbolic)\./, ""]
]

/**
 * Returns OpenTelemetry's name for the provider at a URL or host, or `undefined` for an unknown address, such as your
 * own server or a proxy.
 *
 * **Example** (the base URL of an OpenAI client)
 *
 * ```ts
 * import { Provider } from "effect-agentops"
 *
 * Provider.fromUrl("https://api.groq.com/openai/v1") // => "groq"
 * Provider.fromUrl("https://acme.openai.azure.com/openai/v1") // => "azure.ai.openai"
 * Provider.fromUrl("http://127.0.0.1:8000/v1") // => undefined
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromUrl = (url: string): string | undefined => {
  const host = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(url)?.[1]?.toLowerCase()
  if (host === undefined || host === "") return undefined
  const found = hosts.find(([pattern]) => pattern.test(host))?.[1]
  return found === "" ? /api\.([a-z]+)\./.exec(host)?.[1] : found
}
