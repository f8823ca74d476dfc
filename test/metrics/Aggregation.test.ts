import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as AgentOps from "../../src/AgentOps.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import * as Instrument from "../../src/metrics/Instrument.ts"
import { bucketOf, ExponentialBuckets } from "../../src/metrics/internal/exponentialBuckets.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Sampler from "../../src/trace/Sampler.ts"
import * as Session from "../../src/trace/Session.ts"
import { server } from "../support/otlp/server.ts"
import { decodeProtobuf } from "../support/otlp/wire.ts"

const live = (options?: Partial<Parameters<typeof AgentOps.layer>[0]>) =>
  MetricExporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test", ...options })))

const read = (name: string) =>
  Effect.flatMap(
    MetricExporter.Memory,
    ({ metrics }) => Effect.map(metrics, (all) => all.find((metric) => metric.name === name))
  )

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

/** Positive numbers of every magnitude. */
const positive = Arbitrary.map(
  Arbitrary.all({ exponent: int(-1022, 1023), within: int(0, 2 ** 30) }),
  ({ exponent, within }) => 2 ** exponent * (1 + within / 2 ** 31)
)

describe("exponential buckets", () => {
  it.prop(
    "contain each value between their bounds, at every scale",
    { value: positive, scale: int(-10, 20) },
    ({ scale, value }) => {
      const bucket = bucketOf(value, scale)
      // Compared as logarithms, because the bounds may exceed the range of a number.
      const log = Math.log2(value)
      const width = 2 ** -scale
      const slack = 1e-9 * Math.max(1, Math.abs(log))
      assert.isAbove(log, bucket * width - slack)
      assert.isAtMost(log, (bucket + 1) * width + slack)
    }
  )

  it("a power of two is the upper bound of its bucket", () => {
    for (let exponent = -1022; exponent <= 1023; exponent++) {
      for (const scale of [-3, -1, 0, 1, 5, 20]) {
        const bucket = bucketOf(2 ** exponent, scale)
        assert.isAtLeast((bucket + 1) * 2 ** -scale, exponent)
        assert.isBelow(bucket * 2 ** -scale, exponent)
      }
    }
  })

  it.prop(
    "are at most 160, count every value once, and contain each value in their bounds",
    { values: Arbitrary.array(positive, { maxLength: 40 }), zeros: int(0, 3) },
    ({ values: some, zeros }) => {
      const values = [...some, ...Array.from({ length: zeros }, () => 0)]
      const buckets = new ExponentialBuckets()
      for (const value of values) buckets.add(value)
      const { counts, offset, scale, zeroCount } = buckets.data
      assert.isAtMost(counts.length, 160)
      assert.strictEqual(zeroCount + counts.reduce((sum, count) => sum + count, 0), values.length)
      const expected = new Map<number, number>()
      for (const value of values) {
        if (value === 0) continue
        const bucket = bucketOf(value, scale)
        expected.set(bucket, (expected.get(bucket) ?? 0) + 1)
      }
      for (const [bucket, count] of expected) assert.strictEqual(counts[bucket - offset], count)
    }
  )

  it("are as fine as their number allows", () => {
    const buckets = new ExponentialBuckets()
    buckets.add(1.5)
    assert.strictEqual(buckets.data.scale, 20)
    for (let value = 2; value <= 1024; value++) buckets.add(value)
    // Slightly fewer than ten doublings in 160 buckets make sixteen buckets each.
    assert.strictEqual(buckets.data.scale, 4)
  })
})

describe("exemplars", () => {
  const latency = Instrument.histogram("latency", { boundaries: [1, 10] })

  it.effect("each bucket has the last measurement that was made in a span, and its time", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(5_000)
      const spans = yield* Effect.forEach([0.5, 0.7, 5], (value) =>
        Effect.gen(function*() {
          const span = yield* Effect.currentSpan
          yield* Instrument.record(latency, value)
          return { value, time: 5_000_000_000n, traceId: span.traceId, spanId: span.spanId }
        }).pipe(Effect.withSpan("work")))
      yield* Instrument.record(latency, 99)
      const [point] = (yield* read("latency"))!.points
      assert.deepStrictEqual(point!.exemplars, [spans[1], spans[2]] as never)
      assert.strictEqual(point!.distribution!.count, 4)
    }).pipe(Effect.provide(live())))

  it.effect("link the metrics of a model call to its span, and those of a session to its root", () =>
    Effect.gen(function*() {
      const id = yield* Effect.succeed("hi").pipe(
        traceLlmWith({ provider: "openai", model: "gpt-4o", cost: 0.1 }),
        Effect.andThen(Session.Session),
        Effect.map((session) => session.traceId),
        Session.withSession({ name: "s" })
      )
      for (const name of ["gen_ai.client.inference.duration", "agentops.usage.cost", "agentops.session.duration"]) {
        const exemplar = (yield* read(name))!.points[0]!.exemplars![0]!
        assert.strictEqual(exemplar.traceId, id, name)
      }
    }).pipe(Effect.provide(live())))

  it.effect("exclude unsampled spans, unless the filter is always_on", () =>
    Effect.gen(function*() {
      const record = Effect.withSpan(Instrument.record(latency, 5), "work")
      const exemplars = Effect.map(read("latency"), (metric) => metric!.points[0]!.exemplars?.length)
      const under = (options: Parameters<typeof live>[0]) =>
        Effect.andThen(record, exemplars).pipe(Effect.provide(Layer.fresh(live(options))))
      assert.strictEqual(yield* under({}), 1)
      assert.strictEqual(yield* under({ sampler: Sampler.never }), undefined)
      assert.strictEqual(yield* under({ sampler: Sampler.never, metrics: { exemplars: "always_on" } }), 1)
      assert.strictEqual(yield* under({ metrics: { exemplars: "always_off" } }), undefined)
    }))

  it.live("are exported in OTLP and in OpenMetrics", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const { text, traceId } = yield* Effect.gen(function*() {
        const { traceId } = yield* Effect.withSpan(
          Effect.andThen(Instrument.record(latency, 5), Effect.currentSpan),
          "work"
        )
        const { url } = yield* MetricExporter.Prometheus
        const text = yield* Effect.promise(() =>
          fetch(url, { headers: { accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5" } })
            .then((response) => response.text())
        )
        return { text, traceId }
      }).pipe(Effect.provide(
        Layer.merge(
          MetricExporter.prometheus({ port: 0 }),
          MetricExporter.otlp({ url: collector.url, histograms: "exponential" })
        ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
      ))
      assert.match(
        text,
        new RegExp(`latency_bucket\\{.*le="10"\\} 1 # \\{trace_id="${traceId}",span_id="\\w{16}"\\} 5 \\d+`)
      )
      assert.isTrue(text.endsWith("# EOF\n"))
      const sent = JSON.stringify(decodeProtobuf(collector.received[0]!.body, "ExportMetricsServiceRequest"))
      assert.include(sent, `"traceId":"${traceId}"`)
      assert.include(sent, "exponentialHistogram")
    }))
})

describe("readers", () => {
  const visits = Instrument.counter("visits", { valueType: "int", attributes: { page: Schema.String } })

  /** The sums of the metric `visits` in each request, with the time from start to end. */
  const sums = (bodies: ReadonlyArray<{ readonly body: Buffer }>) =>
    bodies.map(({ body }) =>
      [...JSON.stringify(decodeProtobuf(body, "ExportMetricsServiceRequest")).matchAll(/"asInt":"(\d+)"/g)]
        .reduce((sum, [, value]) => sum + Number(value), 0)
    )

  it.live("keep a delta while the receiver is away, with its time range", () =>
    Effect.gen(function*() {
      const collector = yield* server((_, index) => ({ status: index < 2 ? 503 : 200 }))
      const statuses = yield* Effect.gen(function*() {
        yield* Instrument.add(visits, 1, { page: "a" })
        const [down] = yield* AgentOps.flush()
        yield* Instrument.add(visits, 2, { page: "a" })
        yield* AgentOps.flush()
        yield* Instrument.add(visits, 4, { page: "a" })
        const [up] = yield* AgentOps.flush()
        return { down, up }
      }).pipe(Effect.provide(
        MetricExporter.otlp({ url: collector.url, temporality: "delta", exportTimeout: "1 milli" }).pipe(
          Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
        )
      ))
      assert.strictEqual(sums(collector.received.slice(2)).reduce((sum, value) => sum + value, 0), 7)
      assert.strictEqual(statuses.down!.name, "otlp-metrics")
      assert.strictEqual(statuses.down!.failing?.reason, "http_503")
      assert.isAbove(statuses.down!.pending, 0)
      assert.deepStrictEqual([statuses.up!.pending, statuses.up!.failing], [0, undefined])
    }))

  it.live("split a request that is too large", () =>
    Effect.gen(function*() {
      const collector = yield* server(({ body }) => ({ status: body.length > 1_500 ? 413 : 200 }))
      yield* Effect.forEach(Array.from({ length: 60 }, (_, i) => i), (i) =>
        Instrument.add(visits, 1, { page: `page ${i}` })).pipe(
          Effect.provide(
            MetricExporter.otlp({ url: collector.url }).pipe(
              Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
            )
          )
        )
      const taken = collector.received.filter(({ body }) =>
        body.length <= 1_500
      )
      assert.strictEqual(sums(taken).reduce((sum, value) => sum + value, 0), 60)
    }))

  it.effect("export Effect's own metrics, each in its form", () =>
    Effect.gen(function*() {
      yield* Metric.update(Metric.counter("jobs", { incremental: true, bigint: true }), 3n)
      yield* Metric.update(Metric.gauge("load", { attributes: { unit: "bytes" } }), 0.5)
      yield* Metric.update(Metric.frequency("words"), "hello")
      const { metrics } = yield* MetricExporter.Memory
      const all = yield* metrics
      const told = (name: string) => {
        const { points, type, unit, valueType } = all.find((metric) => metric.name === name)!
        return { points, type, unit, valueType }
      }
      assert.deepStrictEqual(told("jobs"), {
        points: [{ attributes: {}, value: 3 }],
        type: "counter",
        unit: "1",
        valueType: "int"
      })
      assert.deepStrictEqual(told("load"), {
        points: [{ attributes: {}, value: 0.5 }],
        type: "gauge",
        unit: "By",
        valueType: "double"
      })
      assert.deepStrictEqual(told("words").points, [{ attributes: { key: "hello" }, value: 1 }])
    }).pipe(Effect.provide(live())))
})
