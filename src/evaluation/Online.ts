/**
 * Judges a sample of the sessions of a running program, in the background and within a budget.
 *
 * `Evaluation` exports all of this.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import { standard } from "../convention/Convention.ts"
import type { SpanData } from "../core/SpanData.ts"
import { encodeSpan } from "../export/internal/encodeSpan.ts"
import * as Sampler from "../trace/Sampler.ts"
import * as Session from "../trace/Session.ts"
import type { Span, TracedSession } from "../trace/Span.ts"
import { AgentOps } from "../trace/Tracing.ts"
import { background } from "./internal/background.ts"
import { emit } from "./internal/emit.ts"
import * as Score from "./Score.ts"

/**
 * A session that has ended, with its spans ordered by end. They have content, redacted as for export.
 *
 * @category models
 * @since 0.1.0
 */
export interface JudgedSession {
  readonly name: string
  readonly traceId: string
  /** The root span. */
  readonly spanId: string
  readonly endState: "Success" | "Fail" | "Indeterminate" | undefined
  readonly spans: ReadonlyArray<SpanData>
}

/**
 * How sessions are judged.
 *
 * @category models
 * @since 0.1.0
 */
export interface OnlineOptions {
  /** Selects the sessions to judge, such as `Sampler.ratio(0.1)`. Default: all. */
  readonly sampler?: Sampler.Sampler | undefined
  /**
   * The most US dollars that the judge's model calls may cost in all. After that no session is judged. Default: no
   * limit.
   */
  readonly maxCost?: number | undefined
  /** How many sessions are judged concurrently. Default 1. */
  readonly concurrency?: number | undefined
  /** How many sessions may wait. Further sessions are dropped. Default 100. */
  readonly capacity?: number | undefined
  /** How many spans of a session are kept, the newest. Default 1000. */
  readonly maxSpans?: number | undefined
  /** How long the release of the layer waits for the waiting sessions. Default 10 seconds. */
  readonly shutdownTimeout?: Duration.Input | undefined
}

/** The name of the judge's own sessions, which are not judged. */
const judging = "agentops.judge"

const maxOpen = 10_000

/** Collects the spans of the selected sessions until their root ends. */
class Collector {
  readonly #open = new Map<string, Array<SpanData>>()
  readonly #wanted: (session: TracedSession) => boolean
  readonly #maxSpans: number

  constructor(wanted: (session: TracedSession) => boolean, maxSpans: number) {
    this.#wanted = wanted
    this.#maxSpans = maxSpans
  }

  add(span: Span): JudgedSession | undefined {
    const { session } = span
    if (session === undefined || session.name === judging || !this.#wanted(session)) return undefined
    let spans = this.#open.get(session.id)
    if (spans === undefined) {
      // Drops the oldest session, because a session that never ends would stay forever.
      if (this.#open.size >= maxOpen) this.#open.delete(this.#open.keys().next().value!)
      this.#open.set(session.id, spans = [])
    }
    spans.push(encodeSpan(span, standard, { content: true }))
    if (spans.length > this.#maxSpans) spans.shift()
    if (!span.isSession) return undefined
    this.#open.delete(session.id)
    return { name: session.name, traceId: span.traceId, spanId: span.spanId, endState: session.endState, spans }
  }
}

const isWanted = (sampler: Sampler.Sampler) => (session: TracedSession): boolean =>
  sampler === Sampler.always || sampler.decide({
    traceId: session.traceId,
    parent: undefined,
    name: session.name,
    kind: "internal",
    attributes: { "session.id": session.id, "agentops.session.name": session.name },
    links: [],
    event: undefined,
    session
  }).sampled

/**
 * Judges sessions after they end, in the background.
 *
 * **Details**
 *
 * `judge` receives a session with its spans and returns one or several scores, which are recorded on the session's root
 * as `Evaluation.record` does. It runs in a session of its own, named `agentops.judge`, so that its model calls are
 * traced, counted and bounded by `maxCost`. The judge's own sessions are not judged. A failing judge is logged as a
 * warning. When `capacity` sessions are waiting, further sessions are dropped, so the program never waits.
 *
 * **Example** (one session in ten)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, Sampler } from "effect-agentops"
 * import { Evaluation, Score } from "effect-agentops/evaluation"
 *
 * const brief = Score.passed("brief")
 *
 * const JudgeLive = Evaluation.online(
 *   ({ spans }) => Effect.succeed(brief.of(spans.length < 50)),
 *   { sampler: Sampler.ratio(0.1), maxCost: 5 }
 * )
 * const TracingLive = Layer.mergeAll(Exporter.console(), JudgeLive).pipe(
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "support" }))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const online = <E, R>(
  judge: (session: JudgedSession) => Effect.Effect<Score.Score | ReadonlyArray<Score.Score>, E, R>,
  options: OnlineOptions = {}
): Layer.Layer<never, never, AgentOps | R> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { addSink } = yield* AgentOps
    const collector = new Collector(isWanted(options.sampler ?? Sampler.always), options.maxSpans ?? 1000)
    const state = { spent: 0 }

    const record = Effect.fnUntraced(function*(session: JudgedSession, score: Score.Score) {
      const invalid = Score.check(score)
      if (invalid !== undefined) return yield* Effect.fail(invalid)
      yield* emit(score, Tracer.externalSpan({ traceId: session.traceId, spanId: session.spanId, sampled: true }))
    })

    const judgeOne = Effect.fnUntraced(function*(session: JudgedSession) {
      if (options.maxCost !== undefined && state.spent >= options.maxCost * 1e9) return
      const given = yield* judge(session).pipe(
        Session.withSession({
          name: judging,
          onEnd: ({ costNanos }) => Effect.sync(() => void (state.spent += costNanos))
        })
      )
      const scores: ReadonlyArray<Score.Score> = Array.isArray(given) ? given : [given as Score.Score]
      for (const score of scores) yield* record(session, score)
    })

    const give = yield* background(
      (session: JudgedSession) =>
        judgeOne(session).pipe(
          Effect.catchCause((cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.void
              : Effect.logWarning(`effect-agentops: session ${session.traceId} could not be judged`, cause)
          )
        ),
      {
        capacity: options.capacity ?? 100,
        concurrency: options.concurrency ?? 1,
        shutdownTimeout: options.shutdownTimeout ?? "10 seconds"
      }
    )
    yield* addSink({
      content: true,
      onEnd: (span) => {
        const session = collector.add(span)
        if (session !== undefined) give(session)
      }
    })
  }))
