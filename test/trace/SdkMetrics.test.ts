/** The metrics of tracing itself agree with what a real receiver received and did not receive. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import * as AgentOps from "../../src/AgentOps.ts"
import type { Attributes } from "../../src/core/Attribute.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import { sdk } from "../../src/trace/SdkMetrics.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import type { Reaction } from "../support/otlp/server.ts"
import { arrived, server } from "../support/otlp/server.ts"

const exporter = {
  "otel.component.name": "otlp_http_span_exporter/otlp",
  "otel.component.type": "otlp_http_span_exporter"
}
const processor = {
  "otel.component.name": "batching_span_processor/otlp",
  "otel.component.type": "batching_span_processor"
}
const recorded = { "otel.span.sampling_result": "RECORD_AND_SAMPLE" }

/** The current series of a metric. */
const read = Effect.fnUntraced(function*({ name }: { readonly name: string }) {
  const { metrics } = yield* MetricExporter.Memory
  const points = (yield* metrics).find((metric) => metric.name === name)?.points ?? []
  return points.map(({ attributes, distribution, value }): [Attributes, number | undefined] => [
    attributes,
    value ?? distribution?.count
  ])
})

/** Spans that are no events of the library. */
const spans = (count: number) => Effect.forEach(Array.from({ length: count }), () => Effect.withSpan(Effect.void, "s"))

const live = (
  url: string,
  options: Omit<Exporter.OtlpOptions, "url"> = {},
  metrics: Layer.Layer<MetricExporter.Memory, unknown, AgentOps.AgentOps> = MetricExporter.memory()
) =>
  Layer.mergeAll(Exporter.otlp({ url, shutdownTimeout: 0, ...options }), metrics).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
  )

describe("SdkMetrics", () => {
  it.live("equal what the receiver received", () =>
    Effect.gen(function*() {
      const receiver = yield* server()
      const { received, url } = receiver
      yield* Effect.gen(function*() {
        yield* pipe(
          Effect.succeed(1),
          traceTool("look_up"),
          Effect.andThen(read(sdk.live)),
          Effect.tap((live) => Effect.sync(() => assert.deepStrictEqual(live, [[recorded, 1]]))),
          Session.withSession({ name: "s" })
        )
        const caller = Tracer.externalSpan({ traceId: "1".repeat(32), spanId: "1".repeat(16) })
        yield* Effect.withSpan(Effect.void, "remote", { parent: caller })
        yield* Effect.withSpan(Effect.void, "unsampled", { sampled: false, root: true })
        yield* AgentOps.flush()
        assert.strictEqual(arrived(receiver).length, 4)
        assert.sameDeepMembers(yield* read(sdk.started), [
          [{ "otel.span.parent.origin": "none", "otel.span.sampling_result": "DROP" }, 1],
          [{ "otel.span.parent.origin": "none", ...recorded }, 1],
          [{ "otel.span.parent.origin": "local", ...recorded }, 2],
          [{ "otel.span.parent.origin": "remote", ...recorded }, 1]
        ])
        assert.sameDeepMembers(yield* read(sdk.live), [[recorded, 0]])
        assert.sameDeepMembers(yield* read(sdk.queueSize), [[processor, 0]])
        assert.sameDeepMembers(yield* read(sdk.queueCapacity), [[processor, 1_000_000]])
        assert.sameDeepMembers(yield* read(sdk.processed), [[processor, 4]])
        assert.sameDeepMembers(yield* read(sdk.inFlight), [[exporter, 0]])
        assert.sameDeepMembers(yield* read(sdk.exported), [[exporter, 4]])
        assert.sameDeepMembers(yield* read(sdk.operationDuration), [
          [{ ...exporter, "http.response.status_code": 200 }, received.length]
        ])
      }).pipe(Effect.provide(live(url)))
    }).pipe(Effect.scoped))

  it.live("count waiting spans, and those dropped by a full queue", () =>
    Effect.gen(function*() {
      const { url } = yield* server(() => "hang")
      yield* Effect.gen(function*() {
        // Four full batches are being sent, which is the maximum.
        for (const sent of [4, 8, 12, 16]) {
          yield* spans(4)
          while ((yield* read(sdk.inFlight))[0]?.[1] !== sent) yield* Effect.sleep("5 millis")
        }
        yield* spans(23)
        assert.sameDeepMembers(yield* read(sdk.queueSize), [[processor, 4]])
        assert.sameDeepMembers(yield* read(sdk.queueCapacity), [[processor, 4]])
        assert.sameDeepMembers(yield* read(sdk.processed), [
          [{ ...processor, "error.type": "queue_full" }, 19],
          [processor, 16]
        ])
        assert.sameDeepMembers(yield* read(sdk.exported), [[exporter, 0]])
        assert.deepStrictEqual(yield* AgentOps.status, [
          { name: "otlp", delivered: 0, pending: 20, dropped: { queue_full: 19 } }
        ])
      }).pipe(Effect.provide(live(url, { maxQueueSize: 4, maxBatchSize: 4 })))
    }).pipe(Effect.scoped))

  it.live.each<[Reaction, string, number]>([
    [{ status: 404 }, "http_404", 404],
    [{ body: { partialSuccess: { rejectedSpans: 3, errorMessage: "no" } } }, "rejected", 200],
    [{ status: 413 }, "too_large", 413]
  ])("count %j as %s", ([reaction, reason, status]) =>
    Effect.gen(function*() {
      const { received, url } = yield* server(() => reaction)
      yield* Effect.gen(function*() {
        yield* spans(3)
        yield* AgentOps.flush()
        assert.sameDeepMembers(yield* read(sdk.processed), [[processor, 3]])
        assert.sameDeepMembers(yield* read(sdk.exported), [[exporter, 0], [
          { ...exporter, "error.type": reason },
          3
        ]])
        const durations = yield* read(sdk.operationDuration)
        assert.deepStrictEqual(
          durations.map(([attributes, count]) => [attributes["http.response.status_code"], count]),
          [
            [status, received.length]
          ]
        )
        assert.isString(durations[0]![0]["error.type"])
      }).pipe(Effect.provide(live(url)))
    }).pipe(Effect.scoped))

  it.live("tell each failed request, and the spans once they arrive", () =>
    Effect.gen(function*() {
      const { url } = yield* server((_, index) => index === 0 ? { status: 503 } : {})
      yield* Effect.gen(function*() {
        yield* spans(2)
        yield* AgentOps.flush()
        assert.sameDeepMembers(yield* read(sdk.exported), [[exporter, 2]])
        assert.sameDeepMembers(yield* read(sdk.operationDuration), [
          [{ ...exporter, "error.type": "http_503", "http.response.status_code": 503 }, 1],
          [{ ...exporter, "http.response.status_code": 200 }, 1]
        ])
      }).pipe(Effect.provide(live(url)))
    }).pipe(Effect.scoped))

  it.live("add up exporters of one name", () =>
    Effect.gen(function*() {
      const one = yield* server()
      const other = yield* server()
      yield* Effect.gen(function*() {
        yield* spans(3)
        yield* AgentOps.flush()
        assert.sameDeepMembers(yield* read(sdk.exported), [[exporter, 6]])
      }).pipe(Effect.provide(
        Layer.mergeAll(Exporter.otlp({ url: one.url }), Exporter.otlp({ url: other.url }), MetricExporter.memory())
          .pipe(
            Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
          )
      ))
    }).pipe(Effect.scoped))

  it.live("are read by Prometheus", () =>
    Effect.gen(function*() {
      const receiver = yield* server()
      const text = yield* Effect.gen(function*() {
        yield* spans(5)
        yield* AgentOps.flush()
        const { url } = yield* MetricExporter.Prometheus
        return yield* Effect.promise(() => fetch(url).then((response) => response.text()))
      }).pipe(Effect.provide(
        Layer.mergeAll(Exporter.otlp({ url: receiver.url }), MetricExporter.prometheus({ port: 0 })).pipe(
          Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
        )
      ))
      const lines = text.split("\n")
      assert.include(lines, "# TYPE otel_sdk_exporter_span_exported_total counter")
      assert.include(lines, "# TYPE otel_sdk_processor_span_queue_size gauge")
      const value = (name: string) => lines.find((line) => line.startsWith(`${name}{`))?.split(" ")[1]
      assert.strictEqual(value("otel_sdk_exporter_span_exported_total"), "5")
      assert.strictEqual(value("otel_sdk_processor_span_processed_total"), "5")
      assert.strictEqual(value("otel_sdk_processor_span_queue_capacity"), "1000000")
      assert.strictEqual(value("otel_sdk_span_started_total"), "5")
    }).pipe(Effect.scoped))

  it.live("are deltas on request", () =>
    Effect.gen(function*() {
      const { received, url } = yield* server()
      yield* Effect.gen(function*() {
        yield* spans(3)
        yield* AgentOps.flush()
        yield* spans(2)
        yield* AgentOps.flush()
        yield* AgentOps.flush()
      }).pipe(Effect.provide(
        Layer.mergeAll(
          Exporter.otlp({ url }),
          MetricExporter.otlp({ url, protocol: "json", temporality: "delta", interval: "1 hour" })
        ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
      ))
      const started = received.filter(({ path }) => path === "/v1/metrics").flatMap(({ body }) =>
        [...body.toString().matchAll(/"otel\.sdk\.span\.started".*?"asInt":"?(\d+)/g)].map(([, value]) => Number(value))
      )
      assert.strictEqual(started.reduce((sum, value) => sum + value, 0), 5)
      assert.strictEqual(started[0], 3)
    }).pipe(Effect.scoped))
})
