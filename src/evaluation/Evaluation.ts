/**
 * Records scores of what an agent did, and feedback of its users, on the trace.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { hasValidIds } from "../core/internal/ids.ts"
import { currentParent } from "../trace/internal/startSpan.ts"
import { emit, eventSpanOf } from "./internal/emit.ts"
import * as Score from "./Score.ts"
import type { Target as SpanIds } from "./Score.ts"

export { type JudgedSession, online, type OnlineOptions } from "./Online.ts"

/**
 * A span in any process: the ids that a page keeps to send feedback later, or `Span.traceId` and `spanId` of a
 * session's root.
 *
 * @category models
 * @since 0.1.0
 */
export interface Target extends SpanIds {}

const noTarget = (name: string) =>
  new Score.InvalidScore({
    name,
    problem: "there is no span here that it could be a score of",
    fix: "Record it inside of a session or an event, or give its traceId and spanId"
  })

const invalidTarget = (name: string) =>
  new Score.InvalidScore({
    name,
    problem: "the ids of its span are no ids",
    fix: "Give a traceId of 32 hex digits and a spanId of 16"
  })

const isSame = (span: Tracer.AnySpan, { spanId, traceId }: Target): boolean =>
  span.spanId === spanId && span.traceId === traceId

/** An enclosing span is used itself, so that the score becomes an event of it. */
const spanOf = (context: Context.Context<never>, target: Target | undefined): Tracer.AnySpan | undefined => {
  const current = Option.getOrUndefined(currentParent(context))
  if (target === undefined) return current === undefined ? undefined : eventSpanOf(current)
  for (let span = current; span !== undefined;) {
    if (isSame(span, target)) return span
    span = span._tag === "Span" ? Option.getOrUndefined(span.parent) : undefined
  }
  return Tracer.externalSpan({
    traceId: target.traceId.toLowerCase(),
    spanId: target.spanId.toLowerCase(),
    sampled: true
  })
}

/**
 * Records a score of the current session or event, or of any span by its ids, even later and from another process.
 *
 * **Details**
 *
 * The score is OpenTelemetry's `gen_ai.evaluation.result`. While its span is open, it is an event of that span.
 * Otherwise it is a new span below that span, which each backend shows as an evaluation. With `Exporter.otlpLogs` it is
 * also a log record of the span. `ScoreExporter` sends it to backends that have their own API for scores. The histogram
 * `agentops.evaluation.score` records it from 0 to 1, with its name, label and source.
 *
 * Fails with an `InvalidScore` if the value is outside its scale, or if there is no span to score.
 *
 * **Example** (a check at the end of a session)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session } from "effect-agentops"
 * import { Evaluation, Score } from "effect-agentops/evaluation"
 * import { TestTracing } from "effect-agentops/testing"
 *
 * const grounded = Score.passed("grounded")
 *
 * const program = Evaluation.record(grounded.of(true, { explanation: "It cites the order" })).pipe(
 *   Session.withSession({ name: "support" })
 * )
 * const [session] = await Effect.runPromise(TestTracing.spansOf(program))
 * session.events.map(({ name, attributes }) => [name, attributes["gen_ai.evaluation.score.label"]])
 * // => [["gen_ai.evaluation.result", "pass"]]
 * ```
 *
 * @category recording
 * @since 0.1.0
 */
export const record = (score: Score.Score, target?: Target): Effect.Effect<void, Score.InvalidScore> =>
  Effect.contextWith((context: Context.Context<never>) => {
    const invalid = Score.check(score)
    if (invalid !== undefined) return Effect.fail(invalid)
    const span = spanOf(context, target)
    if (span === undefined) return Effect.fail(noTarget(score.name))
    if (!hasValidIds(span)) return Effect.fail(target === undefined ? noTarget(score.name) : invalidTarget(score.name))
    return emit(score, span)
  })

/**
 * Records a user's score, with the source `user`.
 *
 * **Example** (a thumb, minutes later)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Evaluation, Score } from "effect-agentops/evaluation"
 * import { TestTracing } from "effect-agentops/testing"
 *
 * const thumb = Score.labelled("thumb", { down: 0, up: 1 })
 * const answer = { traceId: "0192f0c17e1a7c3e9d5b3a1f0c9e2b44", spanId: "9d5b3a1f0c9e2b44" }
 *
 * const program = Evaluation.feedback(thumb.of("up"), answer)
 * const [span] = await Effect.runPromise(TestTracing.spansOf(program))
 * span.parentSpanId // => "9d5b3a1f0c9e2b44"
 * ```
 *
 * @category recording
 * @since 0.1.0
 */
export const feedback = (score: Score.Score, target?: Target): Effect.Effect<void, Score.InvalidScore> =>
  record({ ...score, source: "user" }, target)
