/**
 * A usage as a value: its counts, their consistency and their addition.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Reducer_ from "effect/Reducer"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"

/**
 * The tokens of one or more LLM calls.
 *
 * **Details**
 *
 * `inputTokens` includes `cacheReadTokens` and `cacheWriteTokens`, and `outputTokens` includes `reasoningTokens`. A
 * part that is `undefined` was not reported, which differs from zero.
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
  /** The tokens among the cache writes that live for an hour, for which some providers charge more. */
  readonly cacheWrite1hTokens?: number | undefined
  /** Output tokens spent on reasoning: `gen_ai.usage.reasoning.output_tokens`. */
  readonly reasoningTokens?: number | undefined
  /** Text tokens of the input, if it has more than text: `gen_ai.usage.text.input_tokens`. */
  readonly textInputTokens?: number | undefined
  /** Image tokens of the input: `gen_ai.usage.image.input_tokens`. */
  readonly imageInputTokens?: number | undefined
  /** Audio tokens of the input: `gen_ai.usage.audio.input_tokens`. */
  readonly audioInputTokens?: number | undefined
  /** Text tokens of the output, if it has more than text: `gen_ai.usage.text.output_tokens`. */
  readonly textOutputTokens?: number | undefined
  /** Image tokens of the output: `gen_ai.usage.image.output_tokens`. */
  readonly imageOutputTokens?: number | undefined
  /** Audio tokens of the output: `gen_ai.usage.audio.output_tokens`. */
  readonly audioOutputTokens?: number | undefined
  /** Text tokens read from the cache: `gen_ai.usage.text.cache_read.input_tokens`. */
  readonly textCacheReadTokens?: number | undefined
  /** Image tokens read from the cache: `gen_ai.usage.image.cache_read.input_tokens`. */
  readonly imageCacheReadTokens?: number | undefined
  /** Audio tokens read from the cache: `gen_ai.usage.audio.cache_read.input_tokens`. */
  readonly audioCacheReadTokens?: number | undefined
}

/** The optional counts of a usage. */
const parts = [
  "cacheReadTokens",
  "cacheWriteTokens",
  "cacheWrite1hTokens",
  "reasoningTokens",
  "textInputTokens",
  "imageInputTokens",
  "audioInputTokens",
  "textOutputTokens",
  "imageOutputTokens",
  "audioOutputTokens",
  "textCacheReadTokens",
  "imageCacheReadTokens",
  "audioCacheReadTokens"
] as const satisfies ReadonlyArray<keyof Usage>

const partsOf = <S extends Schema.Constraint>(schema: S) => {
  const part = Schema.optional(schema)
  return {
    cacheReadTokens: part,
    cacheWriteTokens: part,
    cacheWrite1hTokens: part,
    reasoningTokens: part,
    textInputTokens: part,
    imageInputTokens: part,
    audioInputTokens: part,
    textOutputTokens: part,
    imageOutputTokens: part,
    audioOutputTokens: part,
    textCacheReadTokens: part,
    imageCacheReadTokens: part,
    audioCacheReadTokens: part
  }
}

const within = (parts: number, whole: number, message: string): string | undefined =>
  parts <= whole ? undefined : message

/**
 * The schema of a usage with consistent numbers.
 *
 * **Details**
 *
 * Every count is a non-negative integer. Cache reads and writes together are at most the input, and reasoning is at
 * most the output. Use it to check numbers that you make or store. For numbers that a provider reported, see
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
  ...partsOf(Schema.Natural)
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
  ),
  Schema.makeFilter((usage: Usage) =>
    within(
      usage.cacheWrite1hTokens ?? 0,
      usage.cacheWriteTokens ?? 0,
      "tokens cached for an hour are part of those written to the cache and cannot exceed them"
    )
  ),
  Schema.makeFilter((usage: Usage) =>
    within(
      (usage.textInputTokens ?? 0) + (usage.imageInputTokens ?? 0) + (usage.audioInputTokens ?? 0),
      usage.inputTokens,
      "tokens by modality are part of the input tokens and cannot exceed them"
    )
  ),
  Schema.makeFilter((usage: Usage) =>
    within(
      (usage.textOutputTokens ?? 0) + (usage.imageOutputTokens ?? 0) + (usage.audioOutputTokens ?? 0),
      usage.outputTokens,
      "tokens by modality are part of the output tokens and cannot exceed them"
    )
  )
)

/**
 * The schema of a reported usage, with any numbers.
 *
 * **Details**
 *
 * A report of more cached tokens than input is still evidence, so spans use this schema. Encoding it is the identity.
 * {@link isConsistent} checks whether the numbers agree.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Reported = Schema.Struct({
  inputTokens: Schema.Number,
  outputTokens: Schema.Number,
  ...partsOf(Schema.Number)
})

/**
 * Makes a usage from the known counts. Input and output default to zero.
 *
 * **Details**
 *
 * It changes and checks no number and never throws, because telemetry reports the numbers that it got. If the numbers
 * must agree, use {@link isConsistent} or decode with the {@link Usage} schema.
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
export const make = (counts: { readonly [K in keyof Usage]?: Usage[K] | undefined }): Usage => {
  const usage: { -readonly [K in keyof Usage]: Usage[K] } = {
    inputTokens: counts.inputTokens ?? 0,
    outputTokens: counts.outputTokens ?? 0
  }
  for (const part of parts) {
    if (counts[part] !== undefined) usage[part] = counts[part]
  }
  return usage
}

/**
 * No tokens: the neutral element of addition.
 *
 * @category constructors
 * @since 0.1.0
 */
export const zero: Usage = { inputTokens: 0, outputTokens: 0 }

/**
 * Whether the numbers of a usage agree with each other, according to the {@link Usage} schema.
 *
 * **Example** (an impossible report)
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
 * If only one of them reports a part, the sum has that count. If neither does, the part stays unreported. Addition is
 * associative and commutative, and {@link zero} is its identity.
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
  /**
   * Adds two usages, count by count.
   *
   * **Details**
   *
   * If only one of them reports a part, the sum has that count. If neither does, the part stays unreported. Addition is
   * associative and commutative, and {@link zero} is its identity.
   */
  (that: Usage): (self: Usage) => Usage
  /**
   * Adds two usages, count by count.
   *
   * **Details**
   *
   * If only one of them reports a part, the sum has that count. If neither does, the part stays unreported. Addition is
   * associative and commutative, and {@link zero} is its identity.
   */
  (self: Usage, that: Usage): Usage
} = dual(2, (self: Usage, that: Usage): Usage => {
  const sum: { -readonly [K in keyof Usage]: Usage[K] } = {
    inputTokens: self.inputTokens + that.inputTokens,
    outputTokens: self.outputTokens + that.outputTokens
  }
  for (const part of parts) {
    const count = plus(self[part], that[part])
    if (count !== undefined) sum[part] = count
  }
  return sum
})

/**
 * Addition as a `Reducer`, for `Struct.makeReducer`, `Option.makeReducer` and the like.
 *
 * @category combining
 * @since 0.1.0
 */
export const Reducer: Reducer_.Reducer<Usage> = Reducer_.make<Usage>(add, zero)

/**
 * Adds any number of usages. The sum of none is {@link zero}.
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
 * All tokens, in and out. They include the cached and reasoning tokens.
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
