/**
 * Rules of tail sampling: which traces are kept, by what happened in them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { randomnessOf, thresholdOf } from "../core/internal/probability.ts"
import { traceStateOf } from "../trace/internal/spanContext.ts"
import type { EndState } from "../trace/Session.ts"
import type { Span } from "../trace/Span.ts"

/**
 * What is known of a trace when its root has ended.
 *
 * **Details**
 *
 * Counts, tags and end state are the session's, where the trace is one. `cost` is
 * in US dollars. `duration` is the root's.
 *
 * @category models
 * @since 0.1.0
 */
export interface Trace {
  readonly traceId: string
  readonly root: Span
  readonly spans: ReadonlyArray<Span>
  readonly duration: Duration.Duration
  /** Whether any span failed. */
  readonly failed: boolean
  readonly endState: EndState | undefined
  readonly tags: ReadonlyArray<string>
  readonly tokens: number
  readonly cost: number
}

/**
 * A rule: whether to keep a trace.
 *
 * **Details**
 *
 * `true` is for a trace that is kept for what it is. A rule that keeps a share of all traces by their randomness answers
 * with that share, of one that it keeps: then the spans tell how many they stand for, as OpenTelemetry's consistent
 * probability sampling has it.
 *
 * **Example** (a rule of one's own)
 *
 * ```ts
 * import type { TailSampler } from "effect-agentops"
 *
 * const chatty: TailSampler.Rule = (trace) => trace.spans.length > 100
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export type Rule = (trace: Trace) => boolean | number

/**
 * Keeps traces in which a span failed.
 *
 * @category rules
 * @since 0.1.0
 */
export const failed: Rule = (trace) => trace.failed

/**
 * Keeps sessions that ended in one of the states.
 *
 * @category rules
 * @since 0.1.0
 */
export const endedAs = (...states: ReadonlyArray<EndState>): Rule => (trace) =>
  trace.endState !== undefined && states.includes(trace.endState)

/**
 * Keeps traces that took at least so long.
 *
 * @category rules
 * @since 0.1.0
 */
export const slowerThan = (duration: Duration.Input): Rule => {
  const least = Duration.fromInputUnsafe(duration)
  return (trace) => Duration.isGreaterThanOrEqualTo(trace.duration, least)
}

/**
 * Keeps traces that cost at least so many US dollars, as far as costs are known.
 *
 * @category rules
 * @since 0.1.0
 */
export const costsAtLeast = (dollars: number): Rule => (trace) => trace.cost >= dollars

/**
 * Keeps traces that used at least so many tokens, in and out.
 *
 * @category rules
 * @since 0.1.0
 */
export const tokensAtLeast = (tokens: number): Rule => (trace) => trace.tokens >= tokens

/**
 * Keeps sessions that have one of the tags.
 *
 * @category rules
 * @since 0.1.0
 */
export const tagged = (...tags: ReadonlyArray<string>): Rule => (trace) => tags.some((tag) => trace.tags.includes(tag))

/**
 * Keeps a share of all traces, the same ones in every service, by the randomness that `Sampler.ratio` goes by.
 *
 * **Details**
 *
 * What is kept for this alone tells its threshold in `tracestate` (`ot=th:…`), so that a backend can count what was
 * left out. A share of all there were, not of those that a head sampler let through.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 * @category rules
 * @since 0.1.0
 */
export const share = (part: number): Rule => {
  const probability = Math.min(1, Math.max(0, Number.isNaN(part) ? 0 : part))
  const threshold = thresholdOf(probability)
  return ({ root, traceId }) =>
    threshold !== undefined && randomnessOf(traceId, traceStateOf(root)) >= threshold ? probability : false
}

/**
 * Keeps what any of the rules keeps.
 *
 * @category combinators
 * @since 0.1.0
 */
export const any = (...rules: ReadonlyArray<Rule>): Rule => (trace) => {
  let share = 0
  for (const rule of rules) {
    share = Math.max(share, Number(rule(trace)))
    if (share >= 1) return true
  }
  return share > 0 ? share : false
}

/**
 * Keeps what all of the rules keep.
 *
 * @category combinators
 * @since 0.1.0
 */
export const all = (...rules: ReadonlyArray<Rule>): Rule => (trace) => {
  let share = 1
  for (const rule of rules) {
    const own = Number(rule(trace))
    if (!(own > 0)) return false
    share = Math.min(share, own)
  }
  return share < 1 ? share : true
}
