/** Scores in a real Phoenix: as its annotations, as an event of the span, and as an evaluator span. */
import { Effect, Layer, Schedule } from "effect"
import { AgentOps, Convention, Exporter, Session, traceTool } from "effect-agentops"
import { Evaluation, Score, ScoreExporter } from "effect-agentops/evaluation"
import type { Path } from "./paths.ts"
import { folder, freePort, run } from "./programs.ts"

const grounded = Score.passed("grounded")
const stars = Score.numeric("stars", { min: 1, max: 5 })

/** One score in an open session, and a user's score after the session has arrived. */
const scored = Effect.gen(function*() {
  const { span } = yield* Session.Session
  yield* traceTool(Effect.succeed("rain"), "weather")
  yield* Evaluation.record(grounded.of(true, { explanation: "It cites the tool", source: "model" }))
  return { traceId: span.traceId, spanId: span.spanId }
}).pipe(
  Session.withSession({ name: "support" }),
  Effect.tap((ids) => Effect.andThen(AgentOps.flush("10 seconds"), Evaluation.feedback(stars.of(4), ids)))
)

const json = (url: string) =>
  Effect.tryPromise(() => fetch(url).then((response) => response.json() as Promise<unknown>))

interface Page<A> {
  readonly data: ReadonlyArray<A>
}

interface Annotation {
  readonly name: string
  readonly annotator_kind: string
  readonly result: { readonly label: string | null; readonly score: number | null }
}

interface Told {
  readonly name: string
  readonly span_kind: string
  readonly parent_id: string | null
  readonly events: ReadonlyArray<{ readonly name: string }>
}

const expected = "grounded LLM pass 1, stars HUMAN null 4"

export const phoenixScorePaths = (phoenix: string): ReadonlyArray<Path> => [{
  name: "scores, Phoenix",
  run: Effect.gen(function*() {
    const [port, grpc, directory] = [yield* freePort, yield* freePort, yield* folder]
    yield* run(phoenix, ["serve"], port, {
      PHOENIX_HOST: "127.0.0.1",
      PHOENIX_PORT: String(port),
      PHOENIX_GRPC_PORT: String(grpc),
      PHOENIX_WORKING_DIR: directory,
      PHOENIX_TELEMETRY_ENABLED: "false"
    }, 120)
    const url = `http://127.0.0.1:${port}`
    const { spanId } = yield* scored.pipe(Effect.provide(
      Layer.mergeAll(
        Exporter.otlp({ url, convention: Convention.openInference, content: true }),
        ScoreExporter.phoenix({ url })
      ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "interop" })))
    ))
    const found = Effect.gen(function*() {
      const annotations = (yield* json(`${url}/v1/projects/default/span_annotations?span_ids=${spanId}`)) as Page<
        Annotation
      >
      const spans = (yield* json(`${url}/v1/projects/default/spans?limit=20`)) as Page<Told>
      const told = annotations.data.map(({ annotator_kind, name, result }) =>
        `${name} ${annotator_kind} ${result.label} ${result.score}`
      ).toSorted().join(", ")
      const event = spans.data.some(({ events }) => events.some(({ name }) => name === "gen_ai.evaluation.result"))
      const below = spans.data.some((span) => span.span_kind === "EVALUATOR" && span.parent_id === spanId)
      return { good: told === expected && event && below, detail: `${told}; event ${event}, evaluator ${below}` }
    })
    return yield* found.pipe(
      Effect.repeat({ until: ({ good }) => good, schedule: Schedule.spaced("500 millis"), times: 20 })
    )
  })
}]
