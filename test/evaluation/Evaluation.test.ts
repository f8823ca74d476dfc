/** Scores are recorded on the trace in the form of each backend, and measured. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted } from "effect"
import * as AgentOps from "../../src/AgentOps.ts"
import { Evaluation, Score, ScoreExporter } from "../../src/evaluation/index.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { Convention, Decoder, MetricExporter } from "../../src/index.ts"
import { TestTracing } from "../../src/testing/index.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrived, arrivedLogs, type Server, server } from "../support/otlp/server.ts"

const stars = Score.numeric("stars", { min: 1, max: 5 })
const tone = Score.labelled("tone", { rude: 0, kind: 1 })
const grounded = Score.passed("grounded")

const target = { traceId: "0192f0c17e1a7c3e9d5b3a1f0c9e2b44", spanId: "9d5b3a1f0c9e2b44" }

const jsonOf = ({ received }: Server) =>
  received.map(({ body, headers, path }) => ({
    path,
    auth: headers["authorization"],
    body: JSON.parse(body.toString()) as Record<string, unknown>
  }))

describe("a scale", () => {
  it("makes scores of its values", () => {
    assert.deepStrictEqual(stars.of(4, { source: "user", explanation: "quick" }), {
      name: "stars",
      value: 4,
      min: 1,
      max: 5,
      label: undefined,
      explanation: "quick",
      source: "user",
      metadata: undefined
    })
    assert.deepStrictEqual([tone.of("rude").value, tone.of("kind").label], [0, "kind"])
    assert.deepStrictEqual([grounded.of(true).label, grounded.of(false).value, grounded.of(true).source], [
      "pass",
      0,
      "code"
    ])
    assert.strictEqual(Score.normalized(stars.of(4)), 0.75)
  })
})

describe("a score", () => {
  it.effect("of the current session, or of the call, is an event of its span", () =>
    Effect.gen(function*() {
      const spans = yield* TestTracing.spansOf(
        Effect.gen(function*() {
          yield* Evaluation.record(stars.of(4, { explanation: "It was quick", source: "model" }))
          yield* traceTool(Evaluation.record(tone.of("kind")), "reply")
          yield* traceLlmWith(Evaluation.record(grounded.of(false)), { responseId: "resp_1" })
        }).pipe(Session.withSession({ name: "support" }))
      )
      const scored = spans.flatMap((span) =>
        span.events.filter(({ name }) => name === "gen_ai.evaluation.result").map((
          { attributes }
        ) => [span.name, attributes])
      )
      assert.deepStrictEqual(
        scored,
        [
          ["agent.tool", {
            "gen_ai.evaluation.name": "tone",
            "gen_ai.evaluation.score.value": 1,
            "gen_ai.evaluation.score.label": "kind",
            "agentops.evaluation.source": "code",
            "agentops.evaluation.scale.min": 0,
            "agentops.evaluation.scale.max": 1
          }],
          ["llm.completion", {
            "gen_ai.evaluation.name": "grounded",
            "gen_ai.evaluation.score.value": 0,
            "gen_ai.evaluation.score.label": "fail",
            "gen_ai.response.id": "resp_1",
            "agentops.evaluation.source": "code",
            "agentops.evaluation.scale.min": 0,
            "agentops.evaluation.scale.max": 1
          }],
          ["support.session", {
            "gen_ai.evaluation.name": "stars",
            "gen_ai.evaluation.score.value": 4,
            "gen_ai.evaluation.explanation": "It was quick",
            "agentops.evaluation.source": "model",
            "agentops.evaluation.scale.min": 1,
            "agentops.evaluation.scale.max": 5
          }]
        ].map(([name, attributes]) => [name === "support.session" ? spans.at(-1)!.name : name, attributes])
      )
    }))

  it.effect("of a remote span is a span below it, which backends show as an evaluation", () =>
    Effect.gen(function*() {
      const [span] = yield* TestTracing.spansOf(
        Evaluation.feedback(tone.of("kind", { explanation: "Thanks!" }), target)
      )
      assert.strictEqual(span!.traceId, target.traceId)
      assert.strictEqual(span!.parentSpanId, target.spanId)
      assert.strictEqual(span!.attributes["gen_ai.evaluation.name"], "tone")
      assert.strictEqual(span!.attributes["agentops.evaluation.source"], "user")
      assert.strictEqual(Decoder.decode(span!).category, "evaluation")
      for (
        const convention of [
          Convention.openInference,
          Convention.langfuse,
          Convention.agentOps,
          Convention.genAi("latest")
        ]
      ) {
        const [told] = yield* Effect.gen(function*() {
          yield* Evaluation.record(tone.of("kind"), target)
          return yield* Effect.flatMap(Exporter.Memory, (memory) => memory.spans)
        }).pipe(
          Effect.provide(
            Exporter.memory({ convention }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
          )
        )
        assert.strictEqual(told!.attributes["gen_ai.evaluation.score.label"], "kind")
      }
    }))

  it.effect("by the ids of a span around it, is an event of that span", () =>
    Effect.gen(function*() {
      const spans = yield* TestTracing.spansOf(
        Effect.gen(function*() {
          const { span } = yield* Session.Session
          yield* traceTool(Evaluation.record(stars.of(2), { traceId: span.traceId, spanId: span.spanId }), "reply")
        }).pipe(Session.withSession({ name: "support" }))
      )
      assert.deepStrictEqual(spans.map(({ events }) => events.length), [0, 0, 1])
    }))

  it.effect("outside its scale, or without a span, is an error that explains it", () =>
    Effect.gen(function*() {
      const messageOf = (effect: Effect.Effect<void, Score.InvalidScore>) =>
        Effect.map(Effect.flip(effect), ({ message }) => message)
      const inSession = Session.withSession({ name: "x" })
      assert.strictEqual(
        yield* messageOf(inSession(Evaluation.record(stars.of(6)))),
        "stars: 6 is not on the scale from 1 to 5. Give a value of the scale, or a scale that has the value"
      )
      for (const value of [Number.NaN, Infinity, 0]) {
        assert.match(yield* messageOf(inSession(Evaluation.record(stars.of(value)))), /is not on the scale/)
      }
      assert.match(yield* messageOf(inSession(Evaluation.record(tone.of("nice" as "kind")))), /NaN is not on the scale/)
      assert.match(yield* messageOf(inSession(Evaluation.record(Score.passed("").of(true)))), /it has no name/)
      assert.match(yield* messageOf(Evaluation.record(grounded.of(true))), /there is no span here/)
      for (
        const ids of [{ ...target, spanId: "1" }, { ...target, traceId: "0".repeat(32) }, { traceId: "x", spanId: "y" }]
      ) {
        assert.match(yield* messageOf(Evaluation.record(grounded.of(true), ids)), /its span are no ids/)
      }
    }))

  it.live("is a log record at its span, with OpenTelemetry's name", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const exporters = Layer.mergeAll(Exporter.otlp({ url: collector.url }), Exporter.otlpLogs({ url: collector.url }))
      yield* withOutput(() =>
        Evaluation.record(grounded.of(true)).pipe(
          Session.withSession({ name: "support" }),
          Effect.provide(exporters.pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))))
        )
      )
      const [record] = arrivedLogs(collector)
      const [span] = arrived(collector)
      assert.strictEqual(record!["eventName"], "gen_ai.evaluation.result")
      assert.deepStrictEqual([record!["traceId"], record!["spanId"]], [span!["traceId"], span!["spanId"]])
      const attributes = Object.fromEntries(
        (record!["attributes"] as ReadonlyArray<{ readonly key: string; readonly value: unknown }>).map((
          { key, value }
        ) => [key, value])
      )
      assert.deepStrictEqual(attributes["gen_ai.evaluation.name"], { stringValue: "grounded" })
      assert.deepStrictEqual(attributes["gen_ai.evaluation.score.value"], { doubleValue: 1 })
    }))

  it.effect("is measured, whatever its scale, from 0 to 1", () =>
    Effect.gen(function*() {
      const metrics = yield* Effect.gen(function*() {
        yield* Evaluation.record(stars.of(4))
        yield* Evaluation.record(stars.of(5))
        yield* Evaluation.feedback(tone.of("rude"))
        return yield* Effect.flatMap(MetricExporter.Memory, (memory) => memory.metrics)
      }).pipe(
        Session.withSession({ name: "support" }),
        Effect.provide(MetricExporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))))
      )
      const found = metrics.find(({ name }) => name === "agentops.evaluation.score")
      assert.deepStrictEqual(
        found?.points.map((
          point
        ) => [
          point.attributes["gen_ai.evaluation.name"],
          point.attributes["agentops.evaluation.source"],
          point.distribution?.sum
        ]),
        [["stars", "code", 1.75], ["tone", "user", 0]]
      )
    }))
})

describe("a backend's own API", () => {
  const scored = Effect.gen(function*() {
    yield* Evaluation.record(stars.of(4, { source: "model", explanation: "quick" }), target)
    yield* Evaluation.feedback(tone.of("kind"), target)
    yield* Evaluation.record(grounded.of(true, { metadata: { rule: 3 } }), target)
  })

  it.live("Phoenix has annotations of spans", () =>
    Effect.gen(function*() {
      const backend = yield* server((_, index) => index === 0 ? { status: 503 } : {})
      yield* scored.pipe(
        Effect.provide(
          ScoreExporter.phoenix({ url: `${backend.url}/`, apiKey: Redacted.make("key") }).pipe(
            Layer.provideMerge(TestTracing.layer())
          )
        )
      )
      const [refused, ...taken] = jsonOf(backend)
      assert.deepStrictEqual(refused, taken[0])
      assert.deepStrictEqual(
        taken,
        [
          {
            span_id: target.spanId,
            name: "stars",
            annotator_kind: "LLM",
            identifier: "model",
            result: { score: 4, explanation: "quick" },
            metadata: { min: 1, max: 5 }
          },
          {
            span_id: target.spanId,
            name: "tone",
            annotator_kind: "HUMAN",
            identifier: "user",
            result: { score: 1, label: "kind" },
            metadata: { min: 0, max: 1 }
          },
          {
            span_id: target.spanId,
            name: "grounded",
            annotator_kind: "CODE",
            identifier: "code",
            result: { score: 1, label: "pass" },
            metadata: { rule: 3, min: 0, max: 1 }
          }
        ].map((data) => ({ path: "/v1/span_annotations?sync=false", auth: "Bearer key", body: { data: [data] } }))
      )
    }))

  it.live("Langfuse has scores of observations", () =>
    Effect.gen(function*() {
      const backend = yield* server()
      yield* scored.pipe(Effect.provide(
        ScoreExporter.langfuse({
          url: backend.url,
          publicKey: "pk",
          secretKey: Redacted.make("sk"),
          environment: "test"
        }).pipe(Layer.provideMerge(TestTracing.layer()))
      ))
      const sent = jsonOf(backend)
      assert.deepStrictEqual(
        sent.map(({ auth, path }) => [path, auth]),
        sent.map(() => ["/api/public/scores", `Basic ${Buffer.from("pk:sk").toString("base64")}`])
      )
      assert.deepStrictEqual(
        sent.map((
          { body }
        ) => [
          body["name"],
          body["dataType"],
          body["value"],
          body["comment"],
          body["traceId"],
          body["observationId"],
          body["environment"]
        ]),
        [
          ["stars", "NUMERIC", 4, "quick", target.traceId, target.spanId, "test"],
          ["tone", "CATEGORICAL", "kind", undefined, target.traceId, target.spanId, "test"],
          ["grounded", "BOOLEAN", 1, undefined, target.traceId, target.spanId, "test"]
        ]
      )
    }))

  it.live("that refuses a score is logged, and the program continues", () =>
    Effect.gen(function*() {
      const backend = yield* server(() => ({ status: 401, body: { error: "no key" } }))
      const logged = yield* withOutput(({ logged }) =>
        Effect.as(
          scored.pipe(
            Effect.provide(ScoreExporter.phoenix({ url: backend.url }).pipe(Layer.provideMerge(TestTracing.layer())))
          ),
          logged
        )
      )
      assert.lengthOf(backend.received, 3)
      assert.match(logged[0]!, /^Warn: effect-agentops: Phoenix did not take the score stars.*401/)
      const wrong = yield* Effect.exit(
        Effect.provide(
          Effect.void,
          ScoreExporter.phoenix({ url: "nowhere" }).pipe(Layer.provideMerge(TestTracing.layer()))
        )
      )
      assert.match(String(Exit.isFailure(wrong) && wrong.cause), /url/)
    }))
})

describe("a judge of running sessions", () => {
  const session = (name: string, calls = 1) =>
    Effect.forEach(Array.from({ length: calls }), () => traceTool(Effect.succeed(1), "look")).pipe(
      Session.withSession({ name })
    )

  const judged = (
    options: Evaluation.OnlineOptions,
    program: Effect.Effect<unknown, never>,
    judge: (session: Evaluation.JudgedSession) => Effect.Effect<Score.Score | ReadonlyArray<Score.Score>, Error>
  ) =>
    Effect.gen(function*() {
      // The release of the inner layer waits for the judge.
      yield* program.pipe(Effect.provide(Evaluation.online(judge, options)))
      return yield* Effect.flatMap(Exporter.Memory, (memory) => memory.spans)
    }).pipe(Effect.provide(TestTracing.layer()))

  it.live("scores their roots with all their spans, and not its own sessions", () =>
    Effect.gen(function*() {
      const seen: Array<readonly [string, number]> = []
      const spans = yield* judged({}, Effect.all([session("a", 2), session("b")]), ({ endState, name, spans }) =>
        Effect.sync(() => {
          seen.push([`${name} ${endState}`, spans.length])
          return [grounded.of(true), stars.of(3, { source: "model" })]
        }))
      assert.deepStrictEqual(seen, [["a Success", 5], ["b Success", 3]])
      const roots = spans.filter(({ attributes }) =>
        ["a", "b"].includes(String(attributes["agentops.session.name"])) &&
        attributes["agentops.session.end_state"] !== undefined
      )
      const evaluations = spans.filter(({ name }) =>
        name.startsWith("evaluation ")
      )
      assert.lengthOf(evaluations, 4)
      assert.deepStrictEqual(
        new Set(evaluations.map(({ parentSpanId }) =>
          parentSpanId
        )),
        new Set(roots.map(({ spanId }) => spanId))
      )
    }))

  it.live("judges sampled sessions only, within its budget", () =>
    Effect.gen(function*() {
      let count = 0
      const judge = () =>
        traceLlmWith(Effect.sync(() => ++count), {
          provider: "openai",
          model: "gpt-4o",
          usage: { inputTokens: 100_000, outputTokens: 0 }
        }).pipe(
          Effect.as(grounded.of(true))
        )
      const ten = Effect.forEach(Array.from({ length: 10 }), () => session("a"))
      yield* judged({ sampler: { description: "none", decide: () => ({ sampled: false }) } }, ten, judge)
      assert.strictEqual(count, 0)
      // Each costs a quarter of a dollar.
      yield* judged({ maxCost: 0.6 }, ten, judge)
      assert.strictEqual(count, 3)
    }))

  it.live("a judge that fails or is too slow does not affect the program", () =>
    Effect.gen(function*() {
      const spans = yield* withOutput(() => judged({}, session("a"), () => Effect.fail(new Error("no model"))))
      assert.isDefined(spans)
      let count = 0
      yield* judged(
        { capacity: 2 },
        Effect.forEach(Array.from({ length: 20 }), () => session("a")),
        () => Effect.delay(Effect.sync(() => (count++, grounded.of(true))), 5)
      )
      assert.isBelow(count, 20)
      assert.isAtLeast(count, 2)
    }))
})
