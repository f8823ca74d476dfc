/**
 * Rules of tail sampling: they decide by the facts of a trace whether it is kept.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { randomnessOf, thresholdOf } from "../core/internal/probability.ts"
import { traceStateOf } from "../trace/internal/spanContext.ts"
import type { EndState } from "../trace/Session.ts"
import type { Span } from "../trace/Span.ts"

/**
 * The facts of a trace whose root has ended.
 *
 * **Details**
 *
 * Counts, tags and end state are those of the session, if the trace is one. `cost` is in US dollars. `duration` is the
 * root's.
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
 * A rule that decides whether a trace is kept.
 *
 * **Details**
 *
 * It returns `true` to keep a trace for its facts. A rule that keeps a random share of all traces returns that share
 * instead. The kept spans then record how many traces each represents, as in OpenTelemetry's consistent probability
 * sampling.
 *
 * **Example** (a custom rule)
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
 * Keeps traces that took at least this long.
 *
 * @category rules
 * @since 0.1.0
 */
export const slowerThan = (duration: Duration.Input): Rule => {
  const least = Duration.fromInputUnsafe(duration)
  return (trace) => Duration.isGreaterThanOrEqualTo(trace.duration, least)
}

/**
 * Keeps traces that cost at least this many US dollars, over the calls of known cost.
 *
 * @category rules
 * @since 0.1.0
 */
export const costsAtLeast = (dollars: number): Rule => (trace) => trace.cost >= dollars

/**
 * Keeps traces that used at least this many tokens, in and out.
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
 * Keeps a random share of all traces, the same in every service, by the randomness that `Sampler.ratio` uses.
 *
 * **Details**
 *
 * A trace that is kept only by this rule has its threshold in `tracestate` (`ot=th:…`), so that a backend can estimate
 * the number of all traces. The share is of all traces, including those that a head sampler dropped.
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
 * Keeps the traces that any of the rules keeps.
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
 * Keeps the traces that all of the rules keep.
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
