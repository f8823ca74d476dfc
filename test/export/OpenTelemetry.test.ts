import { assert, describe, it } from "@effect/vitest"
import * as Otel from "@opentelemetry/api"
import { osDetector } from "@opentelemetry/resources"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader
} from "@opentelemetry/sdk-metrics"
import type { ReadableSpan, Sampler as OtelSampler } from "@opentelemetry/sdk-trace-base"
import { InMemorySpanExporter, SamplingDecision } from "@opentelemetry/sdk-trace-base"
import { Data, Effect, Fiber, Layer } from "effect"
import { AgentOps, Exporter, Session, SessionId, traceLlmWith, traceTool } from "effect-agentops"
import * as OpenTelemetry from "effect-agentops/export/OpenTelemetry"
import { TestClock } from "effect/testing"
import { simpleSpanProcessor, TracerProvider } from "../support/openTelemetry/traceSdk.ts"

const setUp = (options?: { readonly sampler?: OtelSampler; readonly ownIds?: boolean }) => {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({
    spanProcessors: [simpleSpanProcessor(exporter)],
    ...options?.sampler === undefined ? {} : { sampler: options.sampler },
    ...options?.ownIds === true ? {} : { idGenerator: OpenTelemetry.idGenerator }
  })
  return { exporter, tracerProvider, layer: OpenTelemetry.layer({ tracerProvider }) }
}

const named = (spans: ReadonlyArray<ReadableSpan>, name: string): ReadableSpan => {
  const span = spans.find((span) => span.name === name)
  assert.isDefined(span, `no span ${name} among ${spans.map((span) => span.name).join(", ")}`)
  return span
}

class NotFound extends Data.TaggedError("NotFound")<{ readonly message: string }> {}

describe("OpenTelemetry.layer", () => {
  it.effect("makes our spans on the user's provider: names, attributes, times, parents, status", () =>
    Effect.gen(function*() {
      const { exporter, layer } = setUp()
      yield* Effect.gen(function*() {
        const call = Effect.as(TestClock.adjust("2 seconds"), "hi")
        yield* traceLlmWith(call, { model: "gpt-4o", usage: { inputTokens: 9, outputTokens: 2 } })
        yield* traceTool(Effect.fail(new NotFound({ message: "no order 7" })), "search").pipe(Effect.ignore)
      }).pipe(Session.withSession({ name: "support" }), Effect.provide(layer))
      const spans = exporter.getFinishedSpans()
      const root = named(spans, "support")
      const llm = named(spans, "llm.completion")
      const tool = named(spans, "agent.tool")
      assert.isUndefined(root.parentSpanContext)
      assert.strictEqual(llm.parentSpanContext?.spanId, root.spanContext().spanId)
      assert.strictEqual(named(spans, "llm.api.call").parentSpanContext?.spanId, llm.spanContext().spanId)
      assert.deepStrictEqual([llm.startTime, llm.endTime], [[0, 0], [2, 0]])
      assert.strictEqual(llm.kind, Otel.SpanKind.CLIENT)
      assert.strictEqual(llm.attributes["gen_ai.usage.input_tokens"], 9)
      assert.strictEqual(llm.status.code, Otel.SpanStatusCode.UNSET)
      assert.strictEqual(tool.attributes["error.type"], "NotFound")
      // An error message is content, and content is off.
      assert.deepStrictEqual(tool.status, { code: Otel.SpanStatusCode.ERROR, message: "NotFound" })
      assert.strictEqual(tool.events[0]?.attributes?.["exception.type"], "NotFound")
      assert.strictEqual(root.attributes["agentops.session.errors"], 1)
      assert.strictEqual(llm.instrumentationScope.name, "effect-agentops")
    }))

  it.effect("an instrumentation scope is the provider's tracer of that name", () =>
    Effect.gen(function*() {
      const { exporter, layer } = setUp()
      yield* traceTool(Effect.void, "lookup").pipe(
        AgentOps.withInstrumentationScope({ name: "my-db", version: "2", schemaUrl: "https://example.com/1" }),
        Effect.andThen(Effect.void.pipe(Effect.withSpan("outside"))),
        Effect.provide(layer)
      )
      const scopes = exporter.getFinishedSpans().map((
        { instrumentationScope, name }
      ) => [name, instrumentationScope.name])
      assert.deepStrictEqual(scopes, [
        ["tool.execution", "my-db"],
        ["agent.tool", "my-db"],
        ["outside", "effect-agentops"]
      ])
      assert.deepInclude(exporter.getFinishedSpans()[0]!.instrumentationScope, {
        version: "2",
        schemaUrl: "https://example.com/1"
      })
    }))

  it.effect("the session's id is the trace's id, of hundreds at once", () =>
    Effect.gen(function*() {
      const { exporter, layer } = setUp()
      const ids = yield* Effect.all(Array.from({ length: 200 }, () => SessionId.make))
      yield* Effect.forEach(ids, (id) =>
        Effect.forEach([1, 2], (n) =>
          traceTool(Effect.yieldNow, `tool ${n}`), { concurrency: 2 }).pipe(
            Session.withSession({ id, name: id })
          ), { concurrency: "unbounded" }).pipe(Effect.provide(layer))
      const spans = exporter.getFinishedSpans()
      assert.strictEqual(spans.length, 200 * 5)
      for (const id of ids) {
        const trace = spans.filter((span) =>
          span.spanContext().traceId === SessionId.toTraceId(id)
        )
        assert.strictEqual(trace.length, 5)
        assert.isTrue(trace.every((span) => span.attributes["session.id"] === id))
      }
    }))

  it.effect("without our id generator the session takes the provider's trace id", () =>
    Effect.gen(function*() {
      const { exporter, layer } = setUp({ ownIds: true })
      const [summary] = yield* traceTool(Effect.void, "x").pipe(Session.withSummary(), Effect.provide(layer))
      for (const span of exporter.getFinishedSpans()) {
        assert.strictEqual(span.spanContext().traceId, summary.traceId)
        assert.strictEqual(span.attributes["session.id"], summary.id)
      }
      assert.strictEqual(SessionId.toTraceId(summary.id), summary.traceId)
    }))

  it.effect("the provider's sampler decides, and sees the event's attributes", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const sampler: OtelSampler = {
        shouldSample: (_context, _traceId, _name, _kind, attributes) => {
          seen.push(attributes["gen_ai.tool.name"])
          return {
            decision: attributes["gen_ai.tool.name"] === "noisy"
              ? SamplingDecision.NOT_RECORD
              : SamplingDecision.RECORD_AND_SAMPLED
          }
        },
        toString: () => "no noisy tool"
      }
      const { exporter, layer } = setUp({ sampler })
      const [summary] = yield* Effect.gen(function*() {
        yield* traceTool(Effect.void, "noisy")
        yield* traceTool(Effect.void, "search")
      }).pipe(Session.withSummary({ name: "s" }), Effect.provide(layer))
      assert.deepStrictEqual(exporter.getFinishedSpans().map((span) => span.name), [
        "tool.execution",
        "agent.tool",
        "s"
      ])
      assert.include(seen, "noisy")
      assert.strictEqual(summary.toolCalls, 2)
    }))

  it.effect("respects Effect's sampling", () =>
    Effect.gen(function*() {
      const { exporter, layer } = setUp()
      yield* Effect.void.pipe(
        Effect.withSpan("child"),
        Effect.withSpan("quiet", { sampled: false }),
        Effect.provide(layer)
      )
      assert.deepStrictEqual(exporter.getFinishedSpans(), [])
    }))

  it.effect("our exporters may be merged with it, with the same ids", () =>
    Effect.gen(function*() {
      const { exporter, layer } = setUp()
      const spans = yield* Effect.gen(function*() {
        yield* traceTool(Effect.void, "x")
        return yield* (yield* Exporter.Memory).spans
      }).pipe(Effect.provide(Exporter.memory().pipe(Layer.provideMerge(layer))))
      assert.deepStrictEqual(
        spans.map((span) => span.spanId),
        exporter.getFinishedSpans().map((span) => span.spanContext().spanId)
      )
    }))

  it.effect("the provider still works after the layer is released", () =>
    Effect.gen(function*() {
      const { exporter, layer, tracerProvider } = setUp()
      yield* traceTool(Effect.void, "x").pipe(Effect.provide(layer))
      tracerProvider.getTracer("user").startSpan("after").end()
      assert.strictEqual(exporter.getFinishedSpans().at(-1)?.name, "after")
    }))
})

describe("OpenTelemetry.layerMetrics", () => {
  it.effect("records on the user's provider, with the span's own duration, and leaves it running", () =>
    Effect.gen(function*() {
      const { exporter, layer } = setUp()
      const reader = new PeriodicExportingMetricReader({
        exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
        exportIntervalMillis: 3_600_000
      })
      const meterProvider = new MeterProvider({ readers: [reader] })
      const call = traceLlmWith(TestClock.adjust("2 seconds"), {
        model: "gpt-4o",
        usage: { inputTokens: 9, outputTokens: 2 }
      })
      yield* call.pipe(
        Effect.provide(OpenTelemetry.layerMetrics({ meterProvider }).pipe(Layer.provideMerge(layer)))
      )
      const { resourceMetrics } = yield* Effect.promise(() => reader.collect())
      const points = new Map(
        resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics).map((metric) => [
          metric.descriptor.name,
          metric.dataPoints[0]?.value
        ])
      )
      assert.strictEqual(points.get("gen_ai.client.inference.usage.input_tokens"), 9)
      assert.deepInclude(points.get("gen_ai.client.inference.duration"), { sum: 2, count: 1 })
      assert.deepStrictEqual(named(exporter.getFinishedSpans(), "llm.completion").duration, [2, 0])
      meterProvider.getMeter("user").createCounter("after").add(1)
      const after = yield* Effect.promise(() => reader.collect())
      assert.include(
        after.resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics).map((metric) => metric.descriptor.name),
        "after"
      )
      yield* Effect.promise(() => meterProvider.shutdown())
    }))
})

describe("another SDK in the same process", () => {
  it.effect("that registered itself first loses no span, ours or its own", () =>
    Effect.gen(function*() {
      // Like Sentry and similar SDKs, which register themselves globally first.
      const first = setUp()
      Otel.trace.setGlobalTracerProvider(first.tracerProvider)
      const second = setUp()
      assert.isFalse(Otel.trace.setGlobalTracerProvider(second.tracerProvider))
      const work = Effect.forEach(Array.from({ length: 16 }), (_, i) => traceTool(Effect.void, `tool ${i}`), {
        concurrency: "unbounded"
      }).pipe(Session.withSession({ name: "s" }))
      yield* work.pipe(Effect.provide(second.layer))
      assert.strictEqual(second.exporter.getFinishedSpans().length, 33)
      assert.strictEqual(first.exporter.getFinishedSpans().length, 0)
      // Without an explicit provider, the global one is used.
      yield* work.pipe(Effect.provide(OpenTelemetry.layer()))
      assert.strictEqual(first.exporter.getFinishedSpans().length, 33)
      yield* Effect.gen(function*() {
        yield* work
        assert.strictEqual((yield* (yield* Exporter.Memory).spans).length, 33)
      }).pipe(Effect.provide(Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "own" })))))
      assert.strictEqual(first.exporter.getFinishedSpans().length, 33)
      assert.isTrue(Otel.trace.getTracer("user").startSpan("theirs").isRecording())
      Otel.trace.disable()
    }))
})

describe("OpenTelemetry.detect", () => {
  it.effect("returns the results of detectors, and limits the wait for slow ones", () =>
    Effect.gen(function*() {
      const slow = {
        detect: () => ({ attributes: { "cloud.region": new Promise<string>(() => {}), "cloud.provider": "x" } })
      }
      const fiber = yield* Effect.forkChild(OpenTelemetry.detect([osDetector, slow]))
      yield* Effect.promise(() => import("@opentelemetry/resources"))
      yield* TestClock.adjust("5 seconds")
      const attributes = yield* Fiber.join(fiber)
      assert.strictEqual(attributes["os.type"], process.platform)
      assert.strictEqual(attributes["cloud.provider"], "x")
      assert.notProperty(attributes, "cloud.region")
    }))

  it.effect("fails nothing when a detector throws", () =>
    Effect.gen(function*() {
      const faulty = {
        detect: () => {
          throw new Error("no network")
        }
      }
      assert.deepStrictEqual(yield* OpenTelemetry.detect([faulty]), {})
    }))
})

describe("the active context", () => {
  const underManager = Effect.provide(OpenTelemetry.layerContextManager)

  it.live("on the user's provider: nests both ways", () =>
    Effect.gen(function*() {
      const { exporter, layer, tracerProvider } = setUp()
      const user = tracerProvider.getTracer("user")
      yield* Effect.promise(() =>
        user.startActiveSpan("outside", (outside) =>
          Effect.promise(async () => {
            await Promise.resolve()
            user.startSpan("inside").end()
          }).pipe(traceTool("call"), Effect.provide(layer), Effect.runPromise).finally(() => outside.end()))
      )
      const spans = exporter.getFinishedSpans()
      const tool = named(spans, "agent.tool")
      assert.strictEqual(tool.parentSpanContext?.spanId, named(spans, "outside").spanContext().spanId)
      assert.strictEqual(
        named(spans, "inside").parentSpanContext?.spanId,
        named(spans, "tool.execution").spanContext().spanId
      )
    }).pipe(underManager))

  it.live("with our own tracer: OpenTelemetry's spans are children of ours, and ours of an active one", () =>
    Effect.gen(function*() {
      const { exporter, tracerProvider } = setUp()
      const user = tracerProvider.getTracer("user")
      const TracingLive = OpenTelemetry.layerContext.pipe(
        Layer.provideMerge(Exporter.memory()),
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
      const run = Effect.gen(function*() {
        const parent = yield* Effect.promise(() =>
          user.startActiveSpan("outside", (outside) => {
            const promise = Effect.runPromise(Effect.scoped(
              Effect.gen(function*() {
                const context = yield* Layer.build(TracingLive)
                yield* Effect.sync(() => user.startSpan("inside").end()).pipe(
                  traceTool("call"),
                  Effect.provide(context)
                )
                return yield* Effect.flatMap(Exporter.Memory, (memory) => memory.spans).pipe(Effect.provide(context))
              })
            ))
            return promise.finally(() => outside.end())
          })
        )
        return parent
      })
      const ours = yield* run
      const theirs = exporter.getFinishedSpans()
      const execution = ours.find((span) => span.name === "tool.execution")!
      const tool = ours.find((span) => span.name === "agent.tool")!
      assert.strictEqual(named(theirs, "inside").parentSpanContext?.spanId, execution.spanId)
      assert.strictEqual(named(theirs, "inside").spanContext().traceId, execution.traceId)
      assert.strictEqual(tool.parentSpanId, named(theirs, "outside").spanContext().spanId)
    }).pipe(underManager))

  it.live("an effect run inside an effect keeps its session", () =>
    Effect.gen(function*() {
      const TracingLive = OpenTelemetry.layerContext.pipe(
        Layer.provideMerge(Exporter.memory()),
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
      yield* Effect.gen(function*() {
        const context = yield* Effect.context<AgentOps.AgentOps>()
        const inner = traceTool(Effect.void, "inner")
        // A framework's callback, which receives only OpenTelemetry's context.
        yield* Effect.promise(() => Effect.runPromise(Effect.provide(inner, context))).pipe(
          Session.withSession({ name: "outer" })
        )
        const spans = yield* (yield* Exporter.Memory).spans
        const outer = spans.find((span) => span.name === "outer")!
        const tool = spans.find((span) => span.name === "agent.tool")!
        assert.strictEqual(tool.parentSpanId, outer.spanId)
        assert.strictEqual(tool.attributes["session.id"], outer.attributes["session.id"])
      }).pipe(Effect.provide(TracingLive))
    }).pipe(underManager))

  it.live("the manager is removed with its layer, and an existing one stays", () =>
    Effect.gen(function*() {
      const works = () => {
        const key = Otel.createContextKey("probe")
        return Otel.context.with(Otel.context.active().setValue(key, 1), () => Otel.context.active().getValue(key)) ===
          1
      }
      assert.isFalse(works())
      yield* Effect.gen(function*() {
        assert.isTrue(works())
        yield* Effect.void.pipe(Effect.provide(Layer.fresh(OpenTelemetry.layerContextManager)))
        assert.isTrue(works())
      }).pipe(underManager)
      assert.isFalse(works())
    }))
})
