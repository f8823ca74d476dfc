/**
 * Token usage: how many tokens one or more LLM calls took as input and returned as output.
 *
 * Providers count differently: OpenAI's input count includes tokens from its prompt cache, Anthropic's excludes them. A
 * `Usage` has the one meaning of OpenTelemetry's GenAI conventions: **input includes cached tokens, output includes
 * reasoning tokens**, and the parts are reported in addition to the whole. Usages can be added, and {@link zero} is the
 * neutral element, so a session's usage is the sum of its calls' usages in any order.
 *
 * @since 0.1.0
 */
import * as wire from "./internal/wire/usage.ts"
import type { Usage } from "./UsageCounts.ts"

export { add, addAll, isConsistent, make, Reducer, Reported, total, Usage, zero } from "./UsageCounts.ts"

/**
 * Reads the `usage` of an Anthropic message.
 *
 * **Details**
 *
 * Anthropic's `input_tokens` excludes cached tokens, so the input here is `input_tokens + cache_read_input_tokens +
 * cache_creation_input_tokens`, as OpenTelemetry's Anthropic convention specifies.
 *
 * A finite number is taken as reported, even if it cannot be right. Any other value counts as not reported. The result
 * is `undefined` if neither input nor output was reported. Never throws.
 *
 * **Example** (a prompt that is mostly cached)
 *
 * ```ts
 * import { Usage } from "effect-agentops"
 *
 * Usage.fromAnthropic({ input_tokens: 20, cache_read_input_tokens: 1000, output_tokens: 50 })
 * // => { inputTokens: 1020, outputTokens: 50, cacheReadTokens: 1000 }
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromAnthropic: (usage: unknown) => Usage | undefined = wire.fromAnthropic

/**
 * Reads the `usage` of a response of OpenAI, or of a server with its API.
 *
 * **Details**
 *
 * Chat and legacy completions have `prompt_tokens` and `completion_tokens`, the Responses API has `input_tokens` and
 * `output_tokens`. Each has its `…_details` with `cached_tokens`, `cache_write_tokens`, `reasoning_tokens` and counts
 * by modality. The corresponding names of DeepSeek, Moonshot, LiteLLM and others are read too. All of these are parts
 * of the whole. If a server leaves reasoning out of its output, as xAI does, `total_tokens` shows it, and the output
 * here includes it.
 *
 * A finite number, or the text of one, is taken as reported, even if it cannot be right. Any other value counts as not
 * reported. The result is `undefined` if neither input nor output was reported. Never throws.
 *
 * **Example** (chat completions)
 *
 * ```ts
 * import { Usage } from "effect-agentops"
 *
 * Usage.fromOpenAi({
 *   prompt_tokens: 82,
 *   completion_tokens: 18,
 *   prompt_tokens_details: { cached_tokens: 64 }
 * })
 * // => { inputTokens: 82, outputTokens: 18, cacheReadTokens: 64 }
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromOpenAi: (usage: unknown) => Usage | undefined = wire.fromOpenAi

/**
 * Reads the `usageMetadata` of Google's `generateContent`.
 *
 * **Details**
 *
 * Google counts thoughts, and the text that its own tools add to the prompt, beside the prompt and the answer. Input is
 * `promptTokenCount + toolUsePromptTokenCount`, output is `candidatesTokenCount + thoughtsTokenCount`, and
 * `totalTokenCount` fills in a missing count. The result is `undefined` if neither was reported. Never throws.
 *
 * **Example** (an answer with thoughts)
 *
 * ```ts
 * import { Usage } from "effect-agentops"
 *
 * Usage.fromGemini({ promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 20, totalTokenCount: 35 })
 * // => { inputTokens: 10, outputTokens: 25, reasoningTokens: 20 }
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromGemini: (usage: unknown) => Usage | undefined = wire.fromGemini

/**
 * Reads the `usage` of Amazon Bedrock's Converse API.
 *
 * **Details**
 *
 * Its `inputTokens` excludes cached tokens, unless `totalTokens` shows that they are included. The result is
 * `undefined` if neither input nor output was reported. Never throws.
 *
 * **Example** (a prompt that is mostly cached)
 *
 * ```ts
 * import { Usage } from "effect-agentops"
 *
 * Usage.fromConverse({ inputTokens: 20, cacheReadInputTokens: 1000, outputTokens: 50, totalTokens: 1070 })
 * // => { inputTokens: 1020, outputTokens: 50, cacheReadTokens: 1000 }
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromConverse: (usage: unknown) => Usage | undefined = wire.fromConverse
