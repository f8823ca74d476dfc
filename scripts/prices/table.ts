/**
 * Converts the data of genai-prices to the compact table of `src/model/internal/prices.ts`.
 *
 * A model is left out if its tokens alone do not determine its price: if the price depends on the hour, or is charged
 * by the second, the image or the page.
 */

type Rate = number | {
  readonly base: number
  readonly tiers: ReadonlyArray<{ readonly start: number; readonly price: number }>
}

type Prices = Readonly<Record<string, Rate | undefined>>

interface Constraint {
  readonly type: string
  readonly start_date?: string
}

interface Match {
  readonly equals?: string
  readonly starts_with?: string
  readonly ends_with?: string
  readonly contains?: string
  readonly regex?: string
  readonly or?: ReadonlyArray<Match>
  readonly and?: ReadonlyArray<Match>
}

export interface Provider {
  readonly id: string
  readonly models: ReadonlyArray<{
    readonly id: string
    readonly match: Match
    readonly prices: Prices | ReadonlyArray<{ readonly prices: Prices; readonly constraint?: Constraint | undefined }>
    readonly price_variants?: ReadonlyArray<{
      readonly when: Readonly<Record<string, string>>
      readonly prices: Prices
      readonly constraint?: Constraint | undefined
    }>
  }>
}

/** The providers whose own list prices are used, with their names in OpenTelemetry. */
const providers: Readonly<Record<string, string>> = {
  anthropic: "anthropic",
  aws: "aws.bedrock",
  cohere: "cohere",
  deepseek: "deepseek",
  google: "gcp.gemini",
  mistral: "mistral_ai",
  moonshotai: "moonshot_ai",
  openai: "openai",
  "x-ai": "x_ai"
}

/** Other makers' models in a provider's list. Their makers' prices apply. */
const foreign: Readonly<Record<string, RegExp>> = {
  aws: /claude|^(?:openai|google|moonshotai|zai)\.|^(?:global|regional)\./,
  google: /claude|gemma/,
  mistral: /^(?:deepseek|zai)|:free/,
  // Its weights are free, and it does not sell the model.
  openai: /^gpt-oss/
}

/** Models that are charged by more than their tokens. */
const beside = /ocr|whisper|moderation|fast-tts|rerank|voice|sonic|^ft:|\.ft-|:extended|aya-expanse|embed-v4/

/** Models without a plain kind of tokens. They have a price only if the modality is reported. */
const modal = /audio|realtime|tts|transcribe|image|live|omni|voxtral|nano-banana/

/** Models with open weights, which anyone may serve at another price. */
const open =
  /^open-|instruct|mixtral|ministral|nemo|devstral-small|magistral-small|pixtral-12b|mistral-7b|mistral-tiny|^deepseek-(?!chat$|reasoner$)|kimi|llama|qwen|nemotron|gpt-oss/

const columns = ["input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok"]

const named: Readonly<Record<string, string>> = {
  ai: "input_audio_mtok",
  ao: "output_audio_mtok",
  ar: "cache_audio_read_mtok",
  ii: "input_image_mtok",
  io: "output_image_mtok",
  ir: "cache_image_read_mtok"
}

const at = (rate: Rate | undefined, above: number): number | undefined => {
  if (rate === undefined || typeof rate === "number") return rate
  return rate.tiers.reduce((price, tier) => tier.start <= above ? tier.price : price, rate.base)
}

const steps = (prices: Prices): ReadonlyArray<number> =>
  [
    ...new Set(
      Object.values(prices).flatMap((rate) => typeof rate === "object" ? rate.tiers.map((tier) => tier.start) : [])
    )
  ].sort((a, b) => a - b)

/** A price with six decimals, as in the table. */
const show = (price: number | undefined): string => price === undefined ? "-" : String(Math.round(price * 1e6) / 1e6)

const ratesAt = (prices: Prices, above: number): string => {
  const cells = columns.map((name) => show(at(prices[name], above)))
  if (cells[0] === "-") cells[0] = "0"
  if (cells[1] === "-") cells[1] = "0"
  while (cells.at(-1) === "-") cells.pop()
  for (const [short, name] of Object.entries(named)) {
    const price = at(prices[name], above)
    if (price !== undefined) cells.push(`${short}=${show(price)}`)
  }
  return cells.join(" ")
}

/** The prices of a day, or `undefined` if they depend on the hour. */
const currentPrices = (prices: Provider["models"][number]["prices"], day: string): Prices | undefined => {
  if (!Array.isArray(prices)) return prices as Prices
  let found: Prices | undefined
  for (
    const { constraint, prices: conditional } of prices as ReadonlyArray<{ prices: Prices; constraint?: Constraint }>
  ) {
    if (constraint?.type === "time_of_date" || constraint !== undefined && constraint.start_date === undefined) {
      return undefined
    }
    if (constraint?.start_date === undefined || constraint.start_date <= day) found = conditional
  }
  return found
}

const dated = /\\d\{8\}|\\d\{4\}-/

/** The ids of a model. One that ends with `*` matches every id with that beginning. */
const idsOf = (match: Match): ReadonlyArray<string> => {
  if (match.or !== undefined) return match.or.flatMap(idsOf)
  if (match.and !== undefined) return match.and.filter((clause) => clause.regex === undefined).flatMap(idsOf)
  if (match.equals !== undefined) return [match.equals]
  if (match.ends_with !== undefined) return [match.ends_with]
  const start = match.starts_with ?? match.contains
  if (start !== undefined) return [`${start.replace(/@$/, "")}*`]
  // A lookup ignores the date of a snapshot.
  if (match.regex === undefined || dated.test(match.regex) || !match.regex.startsWith("^")) return []
  const literal = /^\^([a-z0-9.\\-]+?)-?(?:\\d|\[|\(|$)/.exec(match.regex)?.[1]
  return literal === undefined ? [] : [`${literal.replaceAll("\\", "")}-*`]
}

/** Bedrock's ids start with a vendor and end with the version of an API. */
const bare = (source: string, id: string): string =>
  source !== "aws"
    ? id.replace(/^.*\//, "")
    : id.replace(/^[a-z0-9]+\./, "").replace(/:\d+(\*?)$/, "$1").replace(/(embed.*-v\d+)?(?:-v\d+)?(\*?)$/, "$1$2")

/**
 * The factors of the places where a model may run: Anthropic's `inference_geo` from Opus 4.6 on, the regional endpoints
 * of Bedrock and Vertex AI from Sonnet 4.5 on, and OpenAI's for models since March 5, 2026, from GPT 5.4 on.
 */
const residency = (provider: string, id: string): string => {
  if (provider === "openai") return /^gpt-(?:5[.-][4-9]|[6-9])/.test(id) ? " | regional*1.1" : ""
  if (provider !== "anthropic") return ""
  const [, minor] = /claude-(?:(?:opus|sonnet|haiku)-(4-[5-9]|[5-9])|fable|mythos)/.exec(id) ?? [undefined, "none"]
  return minor === "none" ? "" : `${minor === "4-5" ? "" : " | us*1.1"} | regional*1.1`
}

const lineOf = (source: string, model: Provider["models"][number], day: string): string | undefined => {
  const provider = providers[source]!
  const prices = currentPrices(model.prices, day)
  if (prices === undefined || foreign[source]?.test(model.id) === true || beside.test(model.id)) return undefined
  if (prices["input_mtok"] === undefined && prices["output_mtok"] === undefined) return undefined
  if (prices["requests_kcount"] !== undefined) return undefined
  const ids = [...new Set([...idsOf(model.match), model.id].map((id) => bare(source, id.toLowerCase())))]
    .filter((id, _, all) => !id.startsWith("ft:") && (id.endsWith("*") || !all.includes(`${id}*`)))
  const isModal = modal.test(model.id)
  if (isModal && !Object.values(named).some((name) => prices[name] !== undefined)) return undefined
  const flag = isModal ? "!" : open.test(bare(source, model.id)) ? "+" : ""
  const parts = [`${provider}${flag} ${ids.join(",")} ${ratesAt(prices, 0)}`]
  const over = (when: string, prices: Prices) => {
    if (when !== "") parts.push(`${when} ${ratesAt(prices, 0)}`)
    for (const step of steps(prices)) parts.push(`${when}>${step} ${ratesAt(prices, step)}`)
  }
  over("", prices)
  const seen = new Set<string>()
  const variants = (model.price_variants ?? []).filter(({ constraint }) =>
    constraint === undefined || (constraint.start_date ?? "9") <= day
  ).toSorted((a, b) => (b.constraint?.start_date ?? "").localeCompare(a.constraint?.start_date ?? ""))
  for (const { prices: variant, when } of variants) {
    const names = Object.keys(when)
    const tier = when["processing"] ?? when["service_tier"]
    const key = tier ?? (when["speed"] === undefined ? undefined : `~${when["speed"]}`)
    if (names.length !== 1 || key === undefined || tier === "default" || seen.has(key)) continue
    seen.add(key)
    over(key, { ...prices, ...variant })
  }
  const web = prices["web_searches_kcount"]
  return parts.join(" | ") + residency(provider, model.id) + (typeof web === "number" ? ` | web=${web}` : "")
}

/** The lines of the table as of a day. */
export const tableOf = (data: ReadonlyArray<Provider>, day: string): ReadonlyArray<string> =>
  data.filter((provider) => providers[provider.id] !== undefined).flatMap((provider) =>
    provider.models.flatMap((model) => lineOf(provider.id, model, day) ?? [])
  ).toSorted()
