/** Metrics are read the same from protobuf and from JSON, and kept as series for either temporality. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../src/AgentOps.ts"
import type { Metric } from "../../src/core/MetricData.ts"
import type { ReadPoint } from "../../src/core/MetricPoint.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import { encodeMetricsJson } from "../../src/otlp/internal/metricsJson.ts"
import { encodeMetrics } from "../../src/otlp/internal/metricsProtobuf.ts"
import { readMetrics, readMetricsJson } from "../../src/otlp/internal/metricsReader.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import * as MemoryStore from "../../src/viewer/MemoryStore.ts"
import * as MetricSeries from "../../src/viewer/MetricSeries.ts"
import * as Server from "../../src/viewer/Server.ts"
import * as SqliteStore from "../../src/viewer/SqliteStore.ts"
import { TraceSink, TraceStore } from "../../src/viewer/TraceStore.ts"
import { metrics } from "../support/otlp/arbitraryMetrics.ts"

const resource = { attributes: { "service.name": "shop" } }

const base = { scope: { name: "a" }, description: "", startTime: 1_000_000_000n, valueType: "int" } as const

const counter = (time: bigint, value: number, temporality: Metric["temporality"]): Metric => ({
  ...base,
  name: "orders",
  unit: "{order}",
  type: "counter",
  temporality,
  time,
  points: [{ attributes: { kind: "new" }, value }]
})

const histogram = (time: bigint, count: number, sum: number): Metric => ({
  ...base,
  name: "latency",
  unit: "s",
  valueType: "double",
  type: "histogram",
  temporality: "cumulative",
  time,
  points: [{ attributes: {}, distribution: { count, sum, min: 0.5, max: 2, boundaries: [1], counts: [1, count - 1] } }]
})

const read = (...all: ReadonlyArray<Metric>): ReadonlyArray<ReadPoint> => readMetrics(encodeMetrics(all, resource))

describe("metrics", () => {
  it.prop("are the same in protobuf and in JSON", [metrics], ([all]) => {
    const fromBytes = readMetrics(encodeMetrics(all, resource))
    const fromJson = readMetricsJson(JSON.parse(encodeMetricsJson(all, resource)))
    assert.strictEqual(fromBytes.length, all.reduce((sum, { points }) => sum + points.length, 0))
    assert.deepStrictEqual(fromJson, fromBytes)
  })

  it("are added up if they are deltas", () => {
    const points = [counter(1n, 2, "delta"), counter(2_000_000n, 3, "delta")].flatMap((metric) => read(metric))
    const series = points.reduce<MetricSeries.MetricSeries | undefined>(MetricSeries.fold, undefined)
    assert.strictEqual(series!.value, 5)
    assert.deepStrictEqual(series!.points.map(({ value }) => value), [2, 5])
  })

  it("are not counted twice, and late points change nothing", () => {
    const points = [5n, 5n, 1n].flatMap((time) => read(counter(time * 1_000_000n, Number(time), "cumulative")))
    const series = points.reduce<MetricSeries.MetricSeries | undefined>(MetricSeries.fold, undefined)
    assert.deepStrictEqual(series!.points, [{ time: 5, value: 5 }])
  })

  for (const [name, layer] of [["MemoryStore", MemoryStore.layer()], ["SqliteStore", SqliteStore.layer()]] as const) {
    it.effect(`${name} keeps a series for each set of attributes`, () =>
      Effect.gen(function*() {
        const sink = yield* TraceSink
        yield* sink.addMetrics(read(counter(1_000_000n, 2, "cumulative"), histogram(1_000_000n, 2, 3)))
        yield* sink.addMetrics(read(counter(2_000_000n, 7, "cumulative")))
        const series = yield* (yield* TraceStore).metrics
        assert.deepStrictEqual(
          series.map(({ attributes, count, name, points, service, sum, unit, value }) => [
            name,
            service,
            unit,
            attributes,
            value,
            count,
            sum,
            points.map((point) => point.value)
          ]),
          [
            ["latency", "shop", "s", {}, undefined, 2, 3, [1.5]],
            ["orders", "shop", "{order}", { kind: "new" }, 7, undefined, undefined, [2, 7]]
          ]
        )
      }).pipe(Effect.provide(layer)))
  }

  it.live("arrive from a traced program over HTTP", () =>
    Effect.gen(function*() {
      const url = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
      yield* Effect.void.pipe(
        traceLlmWith({ provider: "openai", model: "gpt-4o", usage: { inputTokens: 12, outputTokens: 3 } }),
        Session.withSession({ name: "metered" }),
        Effect.provide(MetricExporter.otlp({ url }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "shop" }))))
      )
      const series = yield* (yield* TraceStore).metrics
      const told = series.filter(({ name }) => name.startsWith("gen_ai.client.inference.usage."))
      assert.deepStrictEqual(
        told.map(({ attributes, name, service, value }) => [
          name,
          service,
          attributes["gen_ai.request.model"],
          value
        ]),
        [
          ["gen_ai.client.inference.usage.input_tokens", "shop", "gpt-4o", 12],
          ["gen_ai.client.inference.usage.output_tokens", "shop", "gpt-4o", 3]
        ]
      )
    }).pipe(Effect.provide(Server.layer({ port: 0 }).pipe(Layer.provideMerge(MemoryStore.layer())))))
})
