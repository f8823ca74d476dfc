/**
 * Converts the token counts of each API to the one meaning of `Usage`.
 *
 * A server may use another server's name for a count, put it in another place or leave a part out of the whole. Its
 * total shows which.
 */
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import type { Usage } from "../../UsageCounts.ts"
import { make } from "../../UsageCounts.ts"
import { get, list, number, object } from "./lookup.ts"

type Counts = { -readonly [K in keyof Usage]?: number | undefined }

/** Wraps a reader so that a throwing value gives `undefined`. */
const reading = (from: (usage: unknown) => Counts | undefined) => (usage: unknown): Usage | undefined => {
  const counts = tryOrUndefined(() => from(usage))
  return counts === undefined ? undefined : make(counts)
}

/**
 * The largest of the reported counts, because a name that a server does not use is often zero beside the one that it
 * uses.
 */
const most = (...counts: ReadonlyArray<unknown>): number | undefined => {
  let found: number | undefined
  for (const count of counts) {
    const n = number(count)
    if (n !== undefined && (found === undefined || n > found)) found = n
  }
  return found
}

const positive = (count: number | undefined): number | undefined => count !== undefined && count > 0 ? count : undefined

const sum = (...counts: ReadonlyArray<number | undefined>): number | undefined =>
  counts.reduce((a, b) => a === undefined ? b : b === undefined ? a : a + b, undefined)

export interface Modalities {
  readonly text?: number | undefined
  readonly image?: number | undefined
  readonly audio?: number | undefined
}

/** The counts by modality, unless all of it is text. Then the whole count is enough. */
const byModality = (
  input: Modalities,
  output: Modalities,
  cached: Modalities
): Counts => {
  const other = (counts: Modalities) => (counts.image ?? 0) > 0 || (counts.audio ?? 0) > 0
  const modalities: Counts = {}
  if (other(input)) {
    modalities.textInputTokens = positive(input.text)
    modalities.imageInputTokens = positive(input.image)
    modalities.audioInputTokens = positive(input.audio)
  }
  if (other(output)) {
    modalities.textOutputTokens = positive(output.text)
    modalities.imageOutputTokens = positive(output.image)
    modalities.audioOutputTokens = positive(output.audio)
  }
  if (other(cached)) {
    modalities.textCacheReadTokens = positive(cached.text)
    modalities.imageCacheReadTokens = positive(cached.image)
    modalities.audioCacheReadTokens = positive(cached.audio)
  }
  return modalities
}

const modalitiesOf = (details: unknown): Modalities => ({
  text: number(get(details, "text_tokens")),
  image: number(get(details, "image_tokens")),
  audio: number(get(details, "audio_tokens"))
})

const oneHour = (creation: unknown): number | undefined => positive(number(get(creation, "ephemeral_1h_input_tokens")))

export const fromOpenAi = reading((usage) => {
  if (object(usage) === undefined) return undefined
  const promptTokens = number(get(usage, "prompt_tokens")) ?? number(get(usage, "input_tokens"))
  const completionTokens = number(get(usage, "completion_tokens")) ?? number(get(usage, "output_tokens"))
  const total = number(get(usage, "total_tokens"))
  if (promptTokens === undefined && completionTokens === undefined) return undefined
  const inputDetails = get(usage, "prompt_tokens_details") ?? get(usage, "input_tokens_details") ??
    get(usage, "input_token_details") ?? get(usage, "prompt_token_details")
  const outputDetails = get(usage, "completion_tokens_details") ?? get(usage, "output_tokens_details") ??
    get(usage, "output_token_details") ?? get(usage, "completion_token_details")
  const cacheReadTokens = most(
    get(inputDetails, "cached_tokens"),
    get(inputDetails, "cache_read_tokens"),
    get(inputDetails, "cache_read_input_tokens"),
    get(usage, "cached_tokens"),
    get(usage, "num_cached_tokens"),
    get(usage, "prompt_cache_hit_tokens"),
    get(usage, "cache_read_input_tokens"),
    get(usage, "cache_read_tokens")
  )
  const cacheWriteTokens = most(
    get(inputDetails, "cache_write_tokens"),
    get(inputDetails, "cache_creation_tokens"),
    get(inputDetails, "cache_creation_input_tokens"),
    get(usage, "cache_creation_input_tokens"),
    get(usage, "cache_creation_tokens"),
    get(usage, "cache_write_input_tokens"),
    get(usage, "cache_write_tokens")
  )
  const reasoningTokens = most(get(outputDetails, "reasoning_tokens"), get(usage, "reasoning_tokens"))
  let input = promptTokens ?? (total === undefined ? undefined : Math.max(0, total - (completionTokens ?? 0)))
  let output = completionTokens
  const cached = (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0)
  // If more tokens were cached than the prompt has, and the total confirms it, the prompt count excludes cached tokens.
  if (input !== undefined && cached > input && total === input + cached + (output ?? 0)) input += cached
  const rest = total === undefined || input === undefined ? 0 : total - input - (output ?? 0)
  if (rest > 0) output = total! - input!
  else if (total !== undefined && (reasoningTokens ?? 0) > (output ?? 0)) output = sum(output, reasoningTokens)
  return {
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: oneHour(
      get(usage, "cache_creation") ?? get(inputDetails, "cache_creation_token_details")
    ),
    reasoningTokens,
    ...byModality(
      modalitiesOf(inputDetails),
      modalitiesOf(outputDetails),
      modalitiesOf(get(inputDetails, "cached_tokens_details"))
    )
  }
})

export const fromAnthropic = reading((usage) => {
  if (object(usage) === undefined) return undefined
  const fresh = number(get(usage, "input_tokens"))
  const cacheReadTokens = number(get(usage, "cache_read_input_tokens"))
  const creation = get(usage, "cache_creation")
  const cacheWriteTokens = number(get(usage, "cache_creation_input_tokens")) ?? sum(
    number(get(creation, "ephemeral_5m_input_tokens")),
    number(get(creation, "ephemeral_1h_input_tokens"))
  )
  const inputTokens = sum(fresh, cacheReadTokens, cacheWriteTokens)
  const outputTokens = number(get(usage, "output_tokens"))
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  return {
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: oneHour(creation),
    reasoningTokens: number(get(get(usage, "output_tokens_details"), "thinking_tokens"))
  }
})

/** Reads Gemini's counts by modality: `[{ modality: "AUDIO", tokenCount: 5 }]`. */
const modalityList = (...lists: ReadonlyArray<unknown>): Modalities => {
  const found: Record<string, number> = {}
  for (const entry of lists.flatMap(list)) {
    const modality = get(entry, "modality")
    const count = number(get(entry, "token_count") ?? get(entry, "tokens"))
    if (typeof modality !== "string" || count === undefined) continue
    const name = modality.toLowerCase()
    found[name] = (found[name] ?? 0) + count
  }
  return found
}

/** The output count. Google counts thoughts beside the answer, unless the total shows that the answer includes them. */
const withThoughts = (
  input: number | undefined,
  answer: number | undefined,
  thoughts: number | undefined,
  total: number | undefined
): number | undefined => {
  const output = sum(answer, thoughts)
  if (total === undefined) return output
  if (answer !== undefined && (thoughts ?? 0) <= answer && total === (input ?? 0) + answer) return answer
  const rest = total - (input ?? 0)
  return rest > (output ?? 0) ? rest : output
}

export const fromGemini = reading((usage) => {
  const prompt = number(get(usage, "prompt_token_count"))
  const toolUse = number(get(usage, "tool_use_prompt_token_count"))
  const answer = number(get(usage, "candidates_token_count")) ?? number(get(usage, "response_token_count"))
  const thoughts = number(get(usage, "thoughts_token_count"))
  const total = number(get(usage, "total_token_count"))
  const input = sum(prompt, toolUse)
  const output = withThoughts(input, answer, thoughts, total)
  if (input === undefined && output === undefined) return undefined
  return {
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: number(get(usage, "cached_content_token_count")),
    reasoningTokens: thoughts,
    ...byModality(
      modalityList(get(usage, "prompt_tokens_details"), get(usage, "tool_use_prompt_tokens_details")),
      modalityList(get(usage, "candidates_tokens_details"), get(usage, "response_tokens_details")),
      modalityList(get(usage, "cache_tokens_details"))
    )
  }
})

export const fromInteractions = reading((usage) => {
  const input = sum(number(get(usage, "total_input_tokens")), number(get(usage, "total_tool_use_tokens")))
  const thoughts = number(get(usage, "total_thought_tokens"))
  const total = number(get(usage, "total_tokens"))
  const output = withThoughts(input, number(get(usage, "total_output_tokens")), thoughts, total)
  if (input === undefined && output === undefined) return undefined
  return {
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: number(get(usage, "total_cached_tokens")),
    reasoningTokens: thoughts,
    ...byModality(
      modalityList(get(usage, "input_tokens_by_modality"), get(usage, "tool_use_tokens_by_modality")),
      modalityList(get(usage, "output_tokens_by_modality")),
      modalityList(get(usage, "cached_tokens_by_modality"))
    )
  }
})

/** Bedrock's `inputTokens` excludes cached tokens, like Anthropic's. */
export const fromConverse = reading((usage) => {
  const fresh = number(get(usage, "inputTokens"))
  const outputTokens = number(get(usage, "outputTokens"))
  if (fresh === undefined && outputTokens === undefined) return undefined
  const cacheReadTokens = number(get(usage, "cacheReadInputTokens") ?? get(usage, "cacheReadInputTokenCount"))
  const cacheWriteTokens = number(get(usage, "cacheWriteInputTokens") ?? get(usage, "cacheWriteInputTokenCount"))
  const total = number(get(usage, "totalTokens"))
  const cached = (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0)
  // Some models include them. Then the total is the sum of input and output.
  const within = total !== undefined && total === (fresh ?? 0) + (outputTokens ?? 0) && cached <= (fresh ?? 0)
  const oneHourWrites = list(get(usage, "cacheDetails")).filter((entry) => get(entry, "ttl") === "1h")
  return {
    inputTokens: within ? fresh : sum(fresh, cacheReadTokens, cacheWriteTokens),
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: positive(sum(...oneHourWrites.map((entry) => number(get(entry, "inputTokens")))))
  }
})

export const fromCohere = reading((usage) => {
  // The billed count comes first, because the other one includes the server's own text around the prompt.
  const tokens = get(usage, "tokens")
  const billed = get(usage, "billed_units")
  const inputTokens = number(get(billed, "input_tokens")) ?? number(get(tokens, "input_tokens"))
  const outputTokens = number(get(billed, "output_tokens")) ?? number(get(tokens, "output_tokens"))
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  return { inputTokens, outputTokens, cacheReadTokens: number(get(usage, "cached_tokens")) }
})

export const fromOllama = reading((value) => {
  const inputTokens = number(get(value, "prompt_eval_count"))
  const outputTokens = number(get(value, "eval_count"))
  return inputTokens === undefined && outputTokens === undefined ? undefined : { inputTokens, outputTokens }
})

/** One US dollar is ten thousand million of xAI's ticks. */
const ticks = 1e10

/** A number of searches, if there were any. */
export const searches = (count: unknown): number | undefined =>
  typeof count === "number" && count > 0 ? count : undefined

/**
 * The cost of the call in US dollars, as the server reports it: `usage.cost` of OpenRouter and Perplexity,
 * `usage.estimated_cost` of DeepInfra, or xAI's ticks.
 */
export const reportedCost = (
  usage: unknown
): { readonly cost?: number | undefined; readonly costSource?: string | undefined } => {
  const inTicks = number(get(usage, "cost_in_usd_ticks"))
  const cost = number(get(get(usage, "cost"), "total_cost")) ?? number(get(usage, "cost")) ??
    number(get(usage, "estimated_cost")) ?? (inTicks === undefined ? undefined : inTicks / ticks)
  if (cost === undefined || cost < 0) return {}
  // If the caller uses its own key, the router's fee is reported separately from the provider's charge.
  const upstream = get(usage, "is_byok") === true
    ? number(get(get(usage, "cost_details"), "upstream_inference_cost")) ?? 0
    : 0
  return { cost: Math.round((cost + upstream) * 1e9) / 1e9, costSource: "told" }
}
