/**
 * Reads the usage and cost of a model call, in any vocabulary.
 *
 * @internal
 */
import type { Attributes } from "../../../core/Attribute.ts"
import * as Usage from "../../../model/Usage.ts"
import { number } from "./aliases.ts"
import { asNumber, isRecord, parsed } from "./json.ts"
import { names } from "./names.ts"

// Langfuse has one JSON object for all counts, and one for all costs.
const details = (attributes: Attributes, name: string): Readonly<Record<string, unknown>> => {
  const value = parsed(attributes[`langfuse.observation.${name}`])
  return isRecord(value) ? value : {}
}

// Langfuse counts each token under one kind: `input` excludes cached tokens, and `output` excludes reasoning tokens. If
// the total shows that a program counted them twice, the counts are used as they are.
const countedUsage = (attributes: Attributes): { readonly [K in keyof Usage.Usage]?: Usage.Usage[K] | undefined } => {
  const counted = details(attributes, "usage_details")
  const of = (...keys: ReadonlyArray<string>) => asNumber(keys.map((key) => counted[key]).find((n) => n !== undefined))
  const input = of("input", "prompt_tokens", "input_tokens")
  const output = of("output", "completion_tokens", "output_tokens")
  const cacheReadTokens = of("input_cached_tokens", "cache_read_input_tokens", "input_cache_read")
  const cacheWriteTokens = of("input_cache_creation", "cache_creation_input_tokens")
  const reasoningTokens = of("output_reasoning_tokens", "output_reasoning")
  const total = of("total", "total_tokens")
  const apart = (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0) + (reasoningTokens ?? 0)
  const isWhole = total !== undefined && (input ?? 0) + (output ?? 0) + apart > total
  const whole = (n: number | undefined, parts: number) => n === undefined || isWhole ? n : n + parts
  return {
    inputTokens: whole(input, (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0)),
    outputTokens: whole(output, reasoningTokens ?? 0),
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens
  }
}

/** @internal */
export const usageOf = (attributes: Attributes): Usage.Usage | undefined => {
  const counted = countedUsage(attributes)
  const inputTokens = number(attributes, names.inputTokens) ?? counted.inputTokens
  const outputTokens = number(attributes, names.outputTokens) ?? counted.outputTokens
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  return Usage.make({
    inputTokens,
    outputTokens,
    cacheReadTokens: number(attributes, names.cacheReadTokens) ?? counted.cacheReadTokens,
    cacheWriteTokens: number(attributes, names.cacheWriteTokens) ?? counted.cacheWriteTokens,
    reasoningTokens: number(attributes, names.reasoningTokens) ?? counted.reasoningTokens
  })
}

/** The cost in US dollars. @internal */
export const costOf = (attributes: Attributes): number | undefined =>
  number(attributes, names.cost) ?? asNumber(details(attributes, "cost_details")["total"])
