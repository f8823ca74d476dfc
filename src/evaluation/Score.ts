/**
 * Scores on a scale.
 *
 * A scale is made once and types its scores: a number in a range, one of several labels, or passed or failed.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * Who gives the score: a check in code, a judging model, a person who was asked to, or a user, whose score is feedback.
 *
 * @category models
 * @since 0.1.0
 */
export type Source = "code" | "model" | "human" | "user"

/**
 * A value on a scale.
 *
 * **Details**
 *
 * `value` is between `min` and `max` of its scale, and higher is better. `label` is the value's name on a scale of
 * labels.
 *
 * @category models
 * @since 0.1.0
 */
export interface Score {
  readonly name: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly label: string | undefined
  readonly explanation: string | undefined
  readonly source: Source
  readonly metadata: Readonly<Record<string, unknown>> | undefined
}

/**
 * Optional details of a score.
 *
 * @category models
 * @since 0.1.0
 */
export interface Details {
  /** The reason for the score. It is content, because a model's reason may quote an answer. */
  readonly explanation?: string | undefined
  /** Default `code`. */
  readonly source?: Source | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/**
 * A score outside its scale, or without a span: `problem` describes the error, and `fix` its remedy.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidScore extends Data.TaggedError("InvalidScore")<{
  readonly name: string
  readonly problem: string
  readonly fix: string
}> {
  override get message(): string {
    return `${this.name}: ${this.problem}. ${this.fix}`
  }
}

/**
 * A scale. `of` makes a score from a value.
 *
 * @category models
 * @since 0.1.0
 */
export interface Scale<in V> {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly of: (value: V, details?: Details) => Score
}

const score = (
  { max, min, name }: { readonly name: string; readonly min: number; readonly max: number },
  value: number,
  label: string | undefined,
  details: Details | undefined
): Score => ({
  name,
  value,
  min,
  max,
  label,
  explanation: details?.explanation,
  source: details?.source ?? "code",
  metadata: details?.metadata
})

/**
 * A scale of numbers, by default from 0 to 1.
 *
 * **Example** (stars)
 *
 * ```ts
 * import { Score } from "effect-agentops/evaluation"
 *
 * const stars = Score.numeric("stars", { min: 1, max: 5 })
 * stars.of(4, { source: "user" }).value // => 4
 * ```
 *
 * @category scales
 * @since 0.1.0
 */
export const numeric = (
  name: string,
  options?: { readonly min?: number | undefined; readonly max?: number | undefined }
): Scale<number> => {
  const scale = { name, min: options?.min ?? 0, max: options?.max ?? 1 }
  return { ...scale, of: (value, details) => score(scale, value, undefined, details) }
}

/**
 * A scale of labels, each with its value.
 *
 * **Example** (a tone)
 *
 * ```ts
 * import { Score } from "effect-agentops/evaluation"
 *
 * const tone = Score.labelled("tone", { rude: 0, neutral: 0.5, kind: 1 })
 * tone.of("kind").value // => 1
 * ```
 *
 * @category scales
 * @since 0.1.0
 */
export const labelled = <const L extends Readonly<Record<string, number>>>(
  name: string,
  labels: L
): Scale<keyof L & string> & { readonly labels: L } => {
  const values = Object.values(labels)
  const scale = { name, min: Math.min(...values), max: Math.max(...values) }
  return { ...scale, labels, of: (label, details) => score(scale, labels[label] ?? Number.NaN, label, details) }
}

/**
 * A scale with two values: passed is 1, and failed is 0.
 *
 * @category scales
 * @since 0.1.0
 */
export const passed = (name: string): Scale<boolean> => {
  const scale = { name, min: 0, max: 1 }
  return { ...scale, of: (value, details) => score(scale, value ? 1 : 0, value ? "pass" : "fail", details) }
}

/**
 * Checks a score, and returns its error if it is invalid.
 *
 * @category checking
 * @since 0.1.0
 */
export const check = ({ max, min, name, value }: Score): InvalidScore | undefined =>
  name === ""
    ? new InvalidScore({ name: "score", problem: "it has no name", fix: "Give its scale a name, such as \"helpful\"" })
    : Number.isFinite(value) && value >= min && value <= max
    ? undefined
    : new InvalidScore({
      name,
      problem: `${value} is not on the scale from ${min} to ${max}`,
      fix: "Give a value of the scale, or a scale that has the value"
    })

/**
 * The position of a score on its scale, from 0 to 1.
 *
 * @category reading
 * @since 0.1.0
 */
export const normalized = ({ max, min, value }: Score): number => max === min ? 1 : (value - min) / (max - min)

/**
 * The ids of the span that a score belongs to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Target {
  readonly traceId: string
  readonly spanId: string
}
