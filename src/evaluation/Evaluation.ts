/**
 * Scores of what an agent did, and feedback of its users: told where the trace is.
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
 * A span in any process: what a page keeps to send feedback later, and `Span.traceId` and `spanId` of a session's root.
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

/** The span itself where it is one of those around, so that the score is an event of it. */
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
 * Records a score of the current session or event, or of any span by its ids, also later and from another process.
 *
 * **Details**
 *
 * It is OpenTelemetry's `gen_ai.evaluation.result`: an event of the span where that is still open, and otherwise a span
 * of its own below it, which each backend shows as an evaluation; and a log record at the span, where
 * `Exporter.otlpLogs` is there. `ScoreExporter` tells it to the backends that have an API of their own for scores. The
 * histogram `agentops.evaluation.score` has it from 0 to 1, with its name, label and source.
 *
 * Fails with an `InvalidScore` where the value is not on its scale, or there is nothing that it is a score of.
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
 * Records what a user says: a score with the source `user`.
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
