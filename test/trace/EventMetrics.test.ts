import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import * as Instrument from "../../src/metrics/Instrument.ts"
import * as Field from "../../src/model/Field.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import * as Event from "../../src/trace/Event.ts"
import * as EventMetrics from "../../src/trace/EventMetrics.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import * as Meter from "../../src/trace/Meter.ts"
import * as Sampler from "../../src/trace/Sampler.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { filesOf } from "../support/recorded/files.ts"

const { traceLlm, traceLlmWith } = LlmEvent

const live = (options?: Partial<AgentOps.Options>) =>
  Layer.mergeAll(MetricExporter.memory(), Exporter.memory()).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: "test", ...options }))
  )

const all = Effect.flatMap(
  MetricExporter.Memory,
  ({ metrics }) => Effect.map(metrics, (all) => all.filter(({ name }) => !name.startsWith("otel.sdk.")))
)

const points = (name: string) =>
  Effect.map(all, (metrics) => metrics.find((metric) => metric.name === name)?.points ?? [])

const values = (name: string) =>
  Effect.map(
    points(name),
    (points) =>
      points.map(({ attributes, distribution, value }) =>
        [distribution === undefined ? value : [distribution.count, distribution.sum], attributes] as const
      )
  )

/** Runs an effect that takes its time on the test clock. */
const timed = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self)
    yield* TestClock.adjust("1 hour")
    return yield* Effect.exit(Fiber.join(fiber))
  })

class Overloaded extends Data.TaggedError("Overloaded") {}

const usage = { inputTokens: 100, outputTokens: 20, cacheReadTokens: 64, reasoningTokens: 8 }

const gpt = { provider: "openai", operation: "chat", model: "gpt-4o", responseModel: "gpt-4o-2024-08-06" }

const G = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-4o",
  "gen_ai.response.model": "gpt-4o-2024-08-06"
}

const call = pipe(Effect.sleep("1500 millis"), traceLlmWith({ ...gpt, usage }))

const inference = "gen_ai.client.inference"

describe("EventMetrics", () => {
  describe("a model call", () => {
    it.effect("has the metrics of the latest convention", () =>
      Effect.gen(function*() {
        yield* timed(call)
        const unknown = { ...G, "gen_ai.token.modality": "unknown" }
        const metrics = Object.fromEntries(
          yield* Effect.forEach(yield* all, ({ name }) => Effect.map(values(name), (values) => [name, values] as const))
        )
        assert.deepStrictEqual(metrics, {
          "agentops.usage.cost": [[370_000, G]],
          [`${inference}.duration`]: [[[1, 1.5], G]],
          [`${inference}.usage.input_tokens`]: [[100, unknown]],
          [`${inference}.usage.output_tokens`]: [[20, unknown]],
          [`${inference}.usage.cache_read.input_tokens`]: [[64, unknown]],
          [`${inference}.usage.reasoning.output_tokens`]: [[8, unknown]],
          [`${inference}.operation.input_tokens`]: [[[1, 100], G]],
          [`${inference}.operation.output_tokens`]: [[[1, 20], G]]
        })
      }).pipe(Effect.provide(live())))

    it.effect("has those of 1.41 by an option", () =>
      Effect.gen(function*() {
        yield* timed(pipe(call, traceAgent("planner")))
        assert.deepStrictEqual((yield* all).map(({ name }) => name).sort(), [
          "agentops.agent.runs",
          "agentops.usage.cost",
          "gen_ai.client.operation.duration",
          "gen_ai.client.token.usage"
        ])
        assert.deepStrictEqual(yield* values("gen_ai.client.operation.duration"), [[[1, 1.5], G]])
        assert.deepStrictEqual(yield* values("gen_ai.client.token.usage"), [
          [[1, 100], { ...G, "gen_ai.token.type": "input" }],
          [[1, 20], { ...G, "gen_ai.token.type": "output" }]
        ])
      }).pipe(Effect.provide(live({ metrics: { convention: "1.41" } }))))

    it.effect("takes as long as its span, to the nanosecond that a double holds", () =>
      Effect.gen(function*() {
        for (const millis of [1, 7, 1234, 81_920]) {
          yield* timed(pipe(Effect.sleep(millis), traceLlmWith({ model: `m-${millis}` })))
        }
        const spans = (yield* (yield* Exporter.Memory).spans).filter((span) => span.name === "llm.completion")
        const durations = yield* points(`${inference}.duration`)
        assert.strictEqual(spans.length, 4)
        for (const span of spans) {
          const point = durations.find(({ attributes }) =>
            attributes["gen_ai.request.model"] === span.attributes["gen_ai.request.model"]
          )
          assert.strictEqual(point?.distribution?.sum, Number(span.endTime - span.startTime) / 1e9)
        }
      }).pipe(Effect.provide(live())))

    it.effect("counts tokens when it fails, as zero without a usage", () =>
      Effect.gen(function*() {
        yield* timed(pipe(Effect.fail(new Overloaded()), traceLlmWith(gpt)))
        yield* timed(pipe(Effect.fail(new Overloaded()), traceLlmWith({ ...gpt, model: "other", usage })))
        const { "gen_ai.request.model": _, ...rest } = G
        const other = { ...rest, "gen_ai.request.model": "other" }
        assert.deepStrictEqual(yield* values(`${inference}.usage.input_tokens`), [
          [0, { ...G, "gen_ai.token.modality": "unknown" }],
          [100, { ...other, "gen_ai.token.modality": "unknown" }]
        ])
        assert.deepStrictEqual(yield* values(`${inference}.operation.output_tokens`), [
          [[1, 0], { ...G, "error.type": "Overloaded" }],
          [[1, 20], { ...other, "error.type": "Overloaded" }]
        ])
        assert.deepStrictEqual(yield* values(`${inference}.duration`), [
          [[1, 0], { ...G, "error.type": "Overloaded" }],
          [[1, 0], { ...other, "error.type": "Overloaded" }]
        ])
        // A call without any answer is free.
        assert.deepStrictEqual(yield* values("agentops.usage.unpriced_calls"), [])
      }).pipe(Effect.provide(live())))

    it.effect("is measured though it is not sampled, and not where tracing is off", () =>
      Effect.gen(function*() {
        yield* timed(call)
        yield* timed(Effect.withTracerEnabled(call, false))
        assert.deepStrictEqual(yield* values(`${inference}.duration`), [[[1, 1.5], G]])
        assert.deepStrictEqual(yield* (yield* Exporter.Memory).spans, [])
      }).pipe(Effect.provide(live({ sampler: Sampler.never }))))

    it.effect("that is no inference has only the general duration", () =>
      Effect.gen(function*() {
        yield* timed(pipe(Effect.void, traceLlmWith({ provider: "openai", operation: "embeddings", cost: 0 })))
        assert.deepStrictEqual((yield* all).map(({ name }) => name).sort(), [
          "agentops.usage.cost",
          "gen_ai.client.operation.duration"
        ])
      }).pipe(Effect.provide(live())))

    it.effect("records the times of its chunks", () =>
      Effect.gen(function*() {
        const chunks = [500, 40, 60].map((millis) => Effect.andThen(Effect.sleep(millis), LlmEvent.chunk))
        const streamed = pipe(Effect.all(chunks), traceLlmWith(gpt))
        yield* timed(streamed)
        yield* LlmEvent.chunk
        assert.deepStrictEqual(yield* values(`${inference}.time_to_first_chunk`), [[[1, 0.5], G]])
        assert.deepStrictEqual(yield* values(`${inference}.time_per_output_chunk`), [[[2, 0.1], G]])
        const spans = yield* (yield* Exporter.Memory).spans
        const { attributes } = spans.find((span) => span.name === "llm.completion")!
        assert.strictEqual(attributes["gen_ai.response.time_to_first_chunk"], 0.5)
        assert.strictEqual(attributes["gen_ai.request.stream"], true)
      }).pipe(Effect.provide(live())))

    it.effect("that is recorded afterwards is measured by its own times", () =>
      Effect.gen(function*() {
        yield* Session.record(LlmEvent.LlmEvent.make({ ...gpt, usage }), {
          startTime: 1_000_000_000n,
          endTime: 3_500_000_000n
        })
        assert.deepStrictEqual(yield* values(`${inference}.duration`), [[[1, 2.5], G]])
      }).pipe(Effect.provide(live())))
  })

  describe("an agent", () => {
    it.effect("counts the calls that it makes itself", () =>
      Effect.gen(function*() {
        const tool = pipe(Effect.sleep("10 millis"), traceTool("search", { type: "function" }))
        const inner = pipe(Effect.all([call, tool, tool]), traceAgent("inner", { models: ["gpt-4o"] }))
        yield* timed(
          pipe(
            Effect.all([call, inner, call, Effect.ignore(pipe(Effect.fail("no"), traceLlmWith(gpt)))]),
            traceAgent("outer")
          )
        )
        yield* timed(tool)
        const agent = (name: string) => ({ "gen_ai.agent.name": name })
        assert.deepStrictEqual(yield* values("gen_ai.invoke_agent.inference_calls"), [
          [[1, 1], agent("inner")],
          [[1, 3], agent("outer")]
        ])
        assert.deepStrictEqual(yield* values("gen_ai.invoke_agent.tool_calls"), [
          [[1, 2], agent("inner")],
          [[1, 0], agent("outer")]
        ])
        assert.deepStrictEqual(yield* values("gen_ai.invoke_agent.duration"), [
          [[1, 1.52], { ...agent("inner"), "gen_ai.request.model": "gpt-4o" }],
          [[1, 4.52], agent("outer")]
        ])
        assert.deepStrictEqual(yield* values("gen_ai.execute_tool.duration"), [
          [[2, 0.02], { "gen_ai.tool.name": "search", "gen_ai.tool.type": "function", ...agent("inner") }],
          [[1, 0.01], { "gen_ai.tool.name": "search", "gen_ai.tool.type": "function" }]
        ])
      }).pipe(Effect.provide(live())))

    it.effect("and a session count their end states", () =>
      Effect.gen(function*() {
        const run = (work: Effect.Effect<unknown, unknown>) =>
          timed(work.pipe(traceAgent("a"), Session.withSession({ name: "s", agent: "a" })))
        yield* run(call)
        yield* run(call)
        yield* run(Effect.fail(new Overloaded()))
        yield* run(Effect.interrupt)
        yield* timed(pipe(Effect.succeed(1), traceAgent("a", { success: (n: number) => n > 1 })))
        const ended = (end: string) => ({ "gen_ai.agent.name": "a", "agentops.agent.end_state": end })
        assert.deepStrictEqual(yield* values("agentops.agent.runs"), [
          [2, ended("Success")],
          [2, ended("Fail")],
          [1, ended("Indeterminate")]
        ])
        const session = (end: string) => ({
          "agentops.session.name": "s",
          "gen_ai.agent.name": "a",
          "agentops.session.end_state": end
        })
        assert.deepStrictEqual(yield* values("agentops.sessions"), [
          [2, session("Success")],
          [1, session("Fail")],
          [1, session("Indeterminate")]
        ])
        assert.deepStrictEqual((yield* values("agentops.session.duration"))[0], [[2, 3], session("Success")])
        assert.deepStrictEqual((yield* values("agentops.session.cost"))[0], [[2, 740_000], session("Success")])
      }).pipe(Effect.provide(live())))

    it.effect("a suspended session is counted once, where it ends, and a batch's cost once", () =>
      Effect.gen(function*() {
        const call = pipe(Effect.void, traceLlmWith({ cost: 0.001 }))
        const token = yield* Effect.andThen(call, Session.suspend()).pipe(Session.withSession({ name: "s" }))
        yield* TestClock.adjust("1 hour")
        yield* call.pipe(Session.resume(token))
        const session = { "agentops.session.name": "s", "agentops.session.end_state": "Success" }
        assert.deepStrictEqual(yield* values("agentops.sessions"), [[1, session]])
        assert.deepStrictEqual(yield* values("agentops.session.cost"), [[[1, 2_000_000], session]])
        yield* call.pipe(Session.withSession({ name: "inner" }), Session.withSession({ name: "batch", sums: true }))
        const costs = (yield* values("agentops.session.cost")).map(([value]) => value)
        assert.deepStrictEqual(costs, [[1, 2_000_000], [1, 1_000_000], [1, 0]])
      }).pipe(Effect.provide(live())))
  })

  describe("a kind of one's own", () => {
    const revenue = Instrument.counter("shop.revenue", {
      unit: "{cent}",
      attributes: { "shop.channel": Schema.String }
    })
    const took = Instrument.histogram("shop.checkout.duration", {
      unit: "s",
      boundaries: [1, 2],
      attributes: { "error.type": Schema.optional(Schema.String) }
    })
    const Checkout = Event.define("shop.checkout", {
      span: "shop.checkout",
      fields: { cents: Field.attribute("shop.cents", Schema.Finite) },
      metrics: ({ duration, errorType, fields }, record) => {
        record(took, duration, { "error.type": errorType })
        if (fields.cents === 13) throw new Error("bad luck")
        if (fields.cents !== undefined) record(revenue, fields.cents, { "shop.channel": "chat" })
      }
    })

    it.effect("has metrics of its own, whose exceptions are ignored", () =>
      Effect.gen(function*() {
        yield* timed(Checkout.trace(Effect.sleep("1 second"), { cents: 500 }))
        yield* timed(Checkout.trace(Effect.fail(new Overloaded()), { cents: 200 }))
        assert.strictEqual(yield* Checkout.trace(Effect.succeed("ok"), { cents: 13 }), "ok")
        assert.deepStrictEqual(yield* values("shop.revenue"), [[700, { "shop.channel": "chat" }]])
        assert.deepStrictEqual(yield* values("shop.checkout.duration"), [
          [[2, 1], {}],
          [[1, 0], { "error.type": "Overloaded" }]
        ])
      }).pipe(Effect.provide(live())))
  })

  describe("Effect's own metrics", () => {
    it.effect("are read by the same readers, with their unit", () =>
      Effect.gen(function*() {
        yield* Effect.forkChild(Effect.void)
        yield* Metric.update(Metric.counter("own.requests", { incremental: true, attributes: { route: "/" } }), 3)
        yield* Metric.update(Metric.timer("own.latency"), Duration.millis(250))
        const metrics = yield* all
        const requests = metrics.find(({ name }) => name === "own.requests")
        assert.deepStrictEqual([requests?.type, requests?.points], ["counter", [{
          attributes: { route: "/" },
          value: 3
        }]])
        const latency = metrics.find(({ name }) => name === "own.latency")
        assert.strictEqual(latency?.unit, "ms")
        assert.deepStrictEqual(latency?.points[0]?.attributes, {})
        assert.strictEqual(latency?.points[0]?.distribution?.sum, 250)
        assert.isDefined(metrics.find(({ name }) => name === "child_fibers_started"), "of the runtime")
      }).pipe(
        Effect.provide(Layer.mergeAll(live(), Metric.enableRuntimeMetricsLayer)),
        Effect.provideService(Metric.MetricRegistry, new Map())
      ))
  })

  describe("recordings", () => {
    it.effect(
      "add up to the tokens and the cost of their session, to the digit",
      () =>
        Effect.gen(function*() {
          const bodies = filesOf("recordings").filter(({ own }) => own).flatMap(({ text }) => {
            const { response } = JSON.parse(text)
            return response.contentType.includes("json") ? [JSON.parse(response.body)] : []
          })
          const [summary] = yield* Effect.forEach(bodies, (body) => traceLlm(Effect.succeed(body))).pipe(
            Session.withSummary({ name: "recordings" })
          )
          const sum = (name: string) =>
            Effect.map(points(name), (points) => points.reduce((sum, { value }) => sum + value!, 0))
          const told = (name: string) =>
            bodies.reduce((sum, { usage }) => sum + (usage[`prompt_${name}`] ?? usage[`input_${name}`]), 0)
          assert.isAbove(bodies.length, 4)
          assert.strictEqual(yield* sum(`${inference}.usage.input_tokens`), told("tokens"))
          assert.strictEqual(yield* sum(`${inference}.usage.input_tokens`), summary.usage.inputTokens)
          assert.strictEqual(yield* sum(`${inference}.usage.output_tokens`), summary.usage.outputTokens)
          assert.strictEqual(yield* sum("agentops.usage.cost"), summary.costNanos)
          assert.strictEqual(summary.costNanos, 11_268_950)
        }).pipe(Effect.provide(live()))
    )
  })

  it("has the boundaries of the convention", () => {
    const of = (name: keyof typeof EventMetrics.latest) => EventMetrics.latest[name].boundaries
    assert.deepStrictEqual(of("inferenceDuration"), [
      0.01,
      0.02,
      0.04,
      0.08,
      0.16,
      0.32,
      0.64,
      1.28,
      2.56,
      5.12,
      10.24,
      20.48,
      40.96,
      81.92
    ])
    assert.deepStrictEqual(of("operationInputTokens"), [
      1,
      4,
      16,
      64,
      256,
      1024,
      4096,
      16384,
      65536,
      262144,
      1048576,
      4194304,
      16777216,
      67108864
    ])
    assert.deepStrictEqual(of("agentDuration"), [
      0.1,
      0.2,
      0.4,
      0.8,
      1.6,
      3.2,
      6.4,
      12.8,
      25.6,
      51.2,
      102.4,
      204.8,
      409.6
    ])
    assert.deepStrictEqual(of("agentToolCalls"), [1, 2, 4, 8, 16, 32, 64, 128])
    assert.deepStrictEqual(EventMetrics.v1_41.tokenUsage.boundaries, of("operationInputTokens"))
    assert.deepStrictEqual(EventMetrics.v1_41.operationDuration.boundaries, of("inferenceDuration"))
  })

  it.effect("drops none of its own measurements", () =>
    Effect.gen(function*() {
      yield* timed(Effect.all([call, call]).pipe(traceAgent("a"), Session.withSession({ name: "s" })))
      assert.deepStrictEqual((yield* Meter.status).filter(({ dropped }) => Object.keys(dropped).length > 0), [])
    }).pipe(Effect.provide(live({ metrics: { development: true } }))))
})
