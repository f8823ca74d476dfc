/**
 * Runs a program on a data set. Each case is a session whose outcome is scored and compared with a baseline.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { standard } from "../convention/Convention.ts"
import type { SpanData } from "../core/SpanData.ts"
import { encodeSpan } from "../export/internal/encodeSpan.ts"
import * as Session from "../trace/Session.ts"
import { AgentOps } from "../trace/Tracing.ts"
import * as Evaluation from "./Evaluation.ts"
import type { Result } from "./Report.ts"
import * as Report from "./Report.ts"
import type { InvalidScore, Score } from "./Score.ts"

/**
 * One case of a data set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Case<out I, out X = unknown> {
  /** Identifies the case, also in a baseline. */
  readonly id: string
  readonly input: I
  /** The right output, for scorers that compare. */
  readonly expected?: X | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/**
 * The outcome of a case: its output, its session, and its spans with content.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outcome<out I, out X, out A> {
  readonly case: Case<I, X>
  /** From 1. */
  readonly trial: number
  readonly output: A
  readonly session: Session.Summary
  readonly spans: ReadonlyArray<SpanData>
}

/**
 * Scores an outcome: returns one or several scores, or an effect of them, such as one that asks a model.
 *
 * @category models
 * @since 0.1.0
 */
export type Scorer<I, X, A, E = never, R = never> = (
  outcome: Outcome<I, X, A>
) => Score | ReadonlyArray<Score> | Effect.Effect<Score | ReadonlyArray<Score>, E, R>

/**
 * The task, its cases and its scorers.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<I, X, A, E, R, E2, R2> {
  /** The display name. Sessions are named `name/case`. */
  readonly name: string
  readonly cases: ReadonlyArray<Case<I, X>>
  readonly task: (input: I) => Effect.Effect<A, E, R>
  readonly scorers: ReadonlyArray<Scorer<I, X, A, E2, R2>>
  /** How often each case runs. Default 1. */
  readonly trials?: number | undefined
  /** How many cases run concurrently. Default 1. */
  readonly concurrency?: number | undefined
  /** The US dollars that the model calls of all cases may cost. Later cases are skipped. Default: no limit. */
  readonly maxCost?: number | undefined
}

interface Collected {
  readonly spansOf: (traceId: string) => ReadonlyArray<SpanData>
  readonly forget: (traceId: string) => void
}

/** Collects the spans of the sessions of this run. */
const collect = Effect.gen(function*() {
  const { addSink } = yield* AgentOps
  const byTrace = new Map<string, Array<SpanData>>()
  yield* addSink({
    content: true,
    onEnd: (span) => {
      const spans = byTrace.get(span.traceId)
      if (spans === undefined) byTrace.set(span.traceId, [encodeSpan(span, standard, { content: true })])
      else spans.push(encodeSpan(span, standard, { content: true }))
    }
  })
  return {
    spansOf: (traceId: string) => [...byTrace.get(traceId) ?? []],
    forget: (traceId: string) => void byTrace.delete(traceId)
  }
})

const listed = (scores: Score | ReadonlyArray<Score>): ReadonlyArray<Score> =>
  Array.isArray(scores) ? scores : [scores as Score]

const score = <I, X, A, E, R>(
  scorers: ReadonlyArray<Scorer<I, X, A, E, R>>,
  outcome: Outcome<I, X, A>
): Effect.Effect<ReadonlyArray<Score>, E, R> =>
  Effect.map(
    Effect.forEach(scorers, (scorer) =>
      Effect.suspend(() => {
        const given = scorer(outcome)
        return Effect.isEffect(given) ? given : Effect.succeed(given)
      })),
    (all) => all.flatMap(listed)
  )

const failureOf = (exit: Exit.Exit<unknown, unknown>): string | undefined =>
  Exit.isFailure(exit) ? Cause.pretty(exit.cause).split("\n", 1)[0] : undefined

/**
 * Runs a program on a data set.
 *
 * **Details**
 *
 * Each trial of each case is a session of its own, tagged `evaluation`, with the case in its metadata. The report has
 * its trace id. Scores are recorded on the session's root, as `Evaluation.record` does. The report lists a failed task
 * with its error and scores it lowest on each scale. If a scorer fails, the run fails.
 *
 * **Example** (a table and an exit code)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { EvaluationRun, Report, Score } from "effect-agentops/evaluation"
 * import { TestTracing } from "effect-agentops/testing"
 *
 * const exact = Score.passed("exact")
 *
 * const program = EvaluationRun.run({
 *   name: "capitals",
 *   cases: [
 *     { id: "france", input: "France", expected: "Paris" },
 *     { id: "norway", input: "Norway", expected: "Oslo" }
 *   ],
 *   task: (country) => Effect.succeed(country === "France" ? "Paris" : "Bergen"),
 *   scorers: [(outcome) => exact.of(outcome.output === outcome.case.expected)]
 * }).pipe(Effect.map((report) => report.scores.map(({ mean, name }) => [name, mean])))
 *
 * await Effect.runPromise(Effect.provide(program, TestTracing.layer())) // => [["exact", 0.5]]
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const run = <I, X, A, E, R, E2 = never, R2 = never>(
  options: Options<I, X, A, E, R, E2, R2>
): Effect.Effect<Report.Report, E2 | InvalidScore, AgentOps | Exclude<R, Session.Session> | R2> =>
  Effect.scoped(Effect.gen(function*() {
    const spans: Collected = yield* collect
    const trials = options.trials ?? 1
    const state = { spent: 0 }

    const runOne = Effect.fnUntraced(function*(one: Case<I, X>, trial: number) {
      if (options.maxCost !== undefined && state.spent >= options.maxCost * 1e9) {
        return { case: one.id, trial, skipped: true, scores: [], cost: 0, duration: 0 } satisfies Result
      }
      let ended: Session.Summary | undefined
      let spanId: string | undefined
      const exit = yield* Effect.exit(
        Effect.gen(function*() {
          spanId = (yield* Session.Session).span.spanId
          return yield* options.task(one.input)
        }).pipe(
          Session.withSession({
            name: `${options.name}/${one.id}`,
            tags: ["evaluation"],
            metadata: { ...one.metadata, evaluation: options.name, case: one.id, trial },
            onEnd: (summary) => Effect.sync(() => void (ended = summary))
          })
        )
      )
      const session = ended!
      state.spent += session.costNanos
      const common = {
        case: one.id,
        trial,
        traceId: session.traceId,
        cost: session.costNanos / 1e9,
        duration: session.duration
      }
      const error = failureOf(exit)
      if (Exit.isFailure(exit)) {
        if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
        spans.forget(session.traceId)
        return { ...common, error, scores: [] } satisfies Result
      }
      const scores = yield* score(options.scorers, {
        case: one,
        trial,
        output: exit.value,
        session,
        spans: spans.spansOf(session.traceId)
      })
      for (const given of scores) {
        yield* Evaluation.record(given, { traceId: session.traceId, spanId: spanId! })
      }
      spans.forget(session.traceId)
      return { ...common, scores } satisfies Result
    })

    const all = options.cases.flatMap((one) => Array.from({ length: trials }, (_, i) => [one, i + 1] as const))
    const results = yield* Effect.forEach(all, ([one, trial]) => runOne(one, trial), {
      concurrency: options.concurrency ?? 1
    })
    return Report.make(options.name, results)
  }))
