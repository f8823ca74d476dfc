/**
 * Token usage: how many tokens one or more LLM calls took in and gave out.
 *
 * Providers count differently: OpenAI's input count includes what it read from
 * its prompt cache, Anthropic's leaves it out. A `Usage` has one meaning, that of
 * OpenTelemetry's GenAI conventions: **input includes cached tokens, output
 * includes reasoning tokens**, and the parts are told beside the whole. Usages
 * add up, with {@link zero} as the neutral element, so a session's usage is the
 * sum of its calls' in any order.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Reducer_ from "effect/Reducer"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { defined } from "../core/internal/defined.ts"
import { field, finite, reader } from "../core/internal/lenient.ts"
import { attempt } from "../core/internal/look.ts"

/**
 * The tokens of one or more LLM calls.
 *
 * **Details**
 *
 * `inputTokens` includes `cacheReadTokens` and `cacheWriteTokens`;
 * `outputTokens` includes `reasoningTokens`. A part that is `undefined` was not
 * reported, which is not the same as zero.
 *
 * @category models
 * @since 0.1.0
 */
export interface Usage {
  /** Tokens of the prompt, cached ones included: `gen_ai.usage.input_tokens`. */
  readonly inputTokens: number
  /** Tokens of the answer, reasoning included: `gen_ai.usage.output_tokens`. */
  readonly outputTokens: number
  /** Input tokens read from the provider's cache: `gen_ai.usage.cache_read.input_tokens`. */
  readonly cacheReadTokens?: number | undefined
  /** Input tokens written to the provider's cache: `gen_ai.usage.cache_write.input_tokens`. */
  readonly cacheWriteTokens?: number | undefined
  /** Output tokens spent on reasoning: `gen_ai.usage.reasoning.output_tokens`. */
  readonly reasoningTokens?: number | undefined
}

const within = (parts: number, whole: number, message: string): string | undefined =>
  parts <= whole ? undefined : message

/**
 * The schema of a usage whose numbers agree with each other.
 *
 * **Details**
 *
 * Every count is a non-negative integer; cache reads and writes together are at
 * most the input, reasoning is at most the output. Use it to check numbers that
 * you make or store. For numbers as a provider reported them, see
 * {@link Reported}.
 *
 * **Example** (checking a usage)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { Usage } from "effect-agentops"
 *
 * const isUsage = Schema.is(Usage.Usage)
 * isUsage({ inputTokens: 10, outputTokens: 5, cacheReadTokens: 8 }) // => true
 * isUsage({ inputTokens: 10, outputTokens: 5, cacheReadTokens: 11 }) // => false
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const Usage = Schema.Struct({
  inputTokens: Schema.Natural,
  outputTokens: Schema.Natural,
  cacheReadTokens: Schema.optional(Schema.Natural),
  cacheWriteTokens: Schema.optional(Schema.Natural),
  reasoningTokens: Schema.optional(Schema.Natural)
}).check(
  Schema.makeFilter((usage: Usage) =>
    within(
      (usage.cacheReadTokens ?? 0) + (usage.cacheWriteTokens ?? 0),
      usage.inputTokens,
      "cached tokens are part of the input tokens and cannot exceed them"
    )
  ),
  Schema.makeFilter((usage: Usage) =>
    within(
      usage.reasoningTokens ?? 0,
      usage.outputTokens,
      "reasoning tokens are part of the output tokens and cannot exceed them"
    )
  )
)

/**
 * The schema of a usage as somebody reported it: numbers, whatever they say.
 *
 * **Details**
 *
 * A provider that reports more cached tokens than input is still evidence, so
 * spans carry this schema, and encoding it is the identity. {@link isConsistent}
 * tells whether the numbers agree.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Reported = Schema.Struct({
  inputTokens: Schema.Number,
  outputTokens: Schema.Number,
  cacheReadTokens: Schema.optional(Schema.Number),
  cacheWriteTokens: Schema.optional(Schema.Number),
  reasoningTokens: Schema.optional(Schema.Number)
})

/**
 * Makes a usage of the counts that are known; input and output default to zero.
 *
 * **Details**
 *
 * It changes no number and checks none, so it never throws: telemetry reports
 * what it was told. Ask {@link isConsistent}, or decode with the {@link Usage}
 * schema, where it matters that the numbers agree.
 *
 * **Example** (a call that read part of its prompt from the cache)
 *
 * ```ts
 * import { Usage } from "effect-agentops"
 *
 * Usage.make({ inputTokens: 1200, outputTokens: 80, cacheReadTokens: 1024 })
 * // => { inputTokens: 1200, outputTokens: 80, cacheReadTokens: 1024 }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (counts: { readonly [K in keyof Usage]?: Usage[K] | undefined }): Usage =>
  defined({
    inputTokens: counts.inputTokens ?? 0,
    outputTokens: counts.outputTokens ?? 0,
    cacheReadTokens: counts.cacheReadTokens,
    cacheWriteTokens: counts.cacheWriteTokens,
    reasoningTokens: counts.reasoningTokens
  })

/**
 * No tokens: the usage that changes nothing when added.
 *
 * @category constructors
 * @since 0.1.0
 */
export const zero: Usage = { inputTokens: 0, outputTokens: 0 }

/**
 * Whether the numbers of a usage agree with each other, as the {@link Usage}
 * schema asks.
 *
 * **Example** (a report that cannot be)
 *
 * ```ts
 * import { Usage } from "effect-agentops"
 *
 * Usage.isConsistent({ inputTokens: 10, outputTokens: 5 }) // => true
 * Usage.isConsistent({ inputTokens: 10, outputTokens: 5, reasoningTokens: 6 }) // => false
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isConsistent: (usage: Usage) => boolean = SchemaParser.is(Usage)

const plus = (self: number | undefined, that: number | undefined): number | undefined =>
  self === undefined ? that : that === undefined ? self : self + that

/**
 * Adds two usages, count by count.
 *
 * **Details**
 *
 * A part that only one of them reports is taken as reported; one that neither
 * reports stays unreported. Addition is associative and commutative, and
 * {@link zero} is its identity.
 *
 * **Example** (two calls)
 *
 * ```ts
 * import { Usage } from "effect-agentops"
 *
 * const first = Usage.make({ inputTokens: 100, outputTokens: 20, reasoningTokens: 5 })
 * const second = Usage.make({ inputTokens: 50, outputTokens: 10 })
 *
 * Usage.add(first, second) // => { inputTokens: 150, outputTokens: 30, reasoningTokens: 5 }
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const add: {
  (that: Usage): (self: Usage) => Usage
  (self: Usage, that: Usage): Usage
} = dual(2, (self: Usage, that: Usage): Usage =>
  make({
    inputTokens: self.inputTokens + that.inputTokens,
    outputTokens: self.outputTokens + that.outputTokens,
    cacheReadTokens: plus(self.cacheReadTokens, that.cacheReadTokens),
    cacheWriteTokens: plus(self.cacheWriteTokens, that.cacheWriteTokens),
    reasoningTokens: plus(self.reasoningTokens, that.reasoningTokens)
  }))

/**
 * Addition as a `Reducer`, for `Struct.makeReducer`, `Option.makeReducer` and the like.
 *
 * @category combining
 * @since 0.1.0
 */
export const Reducer: Reducer_.Reducer<Usage> = Reducer_.make<Usage>(add, zero)

/**
 * Adds up any number of usages; none of them give {@link zero}.
 *
 * **Example** (the usage of a session)
 *
 * ```ts
 * import { Usage } from "effect-agentops"
 *
 * const calls = [
 *   Usage.make({ inputTokens: 100, outputTokens: 20 }),
 *   Usage.make({ inputTokens: 50, outputTokens: 10 })
 * ]
 * Usage.addAll(calls) // => { inputTokens: 150, outputTokens: 30 }
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const addAll: (usages: Iterable<Usage>) => Usage = Reducer.combineAll

/**
 * All tokens, in and out. Cached and reasoning tokens are already among them.
 *
 * **Example** (a total)
 *
 * ```ts
 * import { Usage } from "effect-agentops"
 *
 * Usage.total({ inputTokens: 15, outputTokens: 20, cacheReadTokens: 10 }) // => 35
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const total = (usage: Usage): number => usage.inputTokens + usage.outputTokens

const readAnthropic = reader(Schema.Struct({
  input_tokens: finite,
  output_tokens: finite,
  cache_read_input_tokens: finite,
  cache_creation_input_tokens: finite,
  output_tokens_details: field(Schema.Struct({ thinking_tokens: finite }))
}))

/**
 * Reads the `usage` of an Anthropic message.
 *
 * **Details**
 *
 * Anthropic's `input_tokens` leaves cached tokens out, so the input here is
 * `input_tokens + cache_read_input_tokens + cache_creation_input_tokens`, as
 * OpenTelemetry's Anthropic convention says.
 *
 * A count is taken as reported when it is a finite number, even where it cannot
 * be right; otherwise it counts as not reported. `undefined` when neither input
 * nor output was reported. Never throws.
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
export const fromAnthropic = (usage: unknown): Usage | undefined => {
  const wire = attempt(() => readAnthropic(usage))
  const input = plus(wire?.input_tokens, plus(wire?.cache_read_input_tokens, wire?.cache_creation_input_tokens))
  if (wire === undefined || plus(input, wire.output_tokens) === undefined) return undefined
  return make({
    inputTokens: input,
    outputTokens: wire.output_tokens,
    cacheReadTokens: wire.cache_read_input_tokens,
    cacheWriteTokens: wire.cache_creation_input_tokens,
    reasoningTokens: wire.output_tokens_details?.thinking_tokens
  })
}

const InputDetails = Schema.Struct({ cached_tokens: finite, cache_write_tokens: finite })

const OutputDetails = Schema.Struct({ reasoning_tokens: finite })

const readOpenAi = reader(Schema.Struct({
  prompt_tokens: finite,
  completion_tokens: finite,
  prompt_tokens_details: field(InputDetails),
  completion_tokens_details: field(OutputDetails),
  input_tokens: finite,
  output_tokens: finite,
  input_tokens_details: field(InputDetails),
  output_tokens_details: field(OutputDetails)
}))

/**
 * Reads the `usage` of an OpenAI response, and of servers that speak its API.
 *
 * **Details**
 *
 * Chat and legacy completions say `prompt_tokens` and `completion_tokens`, the
 * Responses API `input_tokens` and `output_tokens`; each has its `…_details` with
 * `cached_tokens`, `cache_write_tokens` and `reasoning_tokens`. All of these are
 * already parts of the whole.
 *
 * A count is taken as reported when it is a finite number, even where it cannot
 * be right; otherwise it counts as not reported. `undefined` when neither input
 * nor output was reported. Never throws.
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
export const fromOpenAi = (usage: unknown): Usage | undefined => {
  const wire = attempt(() => readOpenAi(usage))
  const input = wire?.prompt_tokens ?? wire?.input_tokens
  const output = wire?.completion_tokens ?? wire?.output_tokens
  if (wire === undefined || plus(input, output) === undefined) return undefined
  const inputDetails = wire.prompt_tokens_details ?? wire.input_tokens_details
  return make({
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: inputDetails?.cached_tokens,
    cacheWriteTokens: inputDetails?.cache_write_tokens,
    reasoningTokens: (wire.completion_tokens_details ?? wire.output_tokens_details)?.reasoning_tokens
  })
}
