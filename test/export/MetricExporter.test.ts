import { assert, describe, it } from "@effect/vitest"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader
} from "@opentelemetry/sdk-metrics"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as AgentOps from "../../src/AgentOps.ts"
import { prometheusName } from "../../src/export/internal/metrics/prometheusName.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import * as Instrument from "../../src/metrics/Instrument.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { type Received, server } from "../support/otlp/server.ts"

// oxlint-disable typescript/no-explicit-any -- bodies are read as they are, apart from the code under test

const logged = <A, E, R>(self: Effect.Effect<A, E, R>, logs: Array<string>) =>
  Effect.provide(self, Logger.layer([Logger.make(({ message }) => void logs.push(String(message)))]))

const visits = Instrument.counter("visits", { valueType: "int", attributes: { page: Schema.String } })

const provide = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  layer: Layer.Layer<never, unknown, AgentOps.AgentOps>
) => Effect.provide(self, Layer.provideMerge(layer, AgentOps.layer({ serviceName: "test" })))

/** The values of the metric `visits` in an OTLP JSON body. */
const visitsIn = ({ body }: Received) => {
  const request = JSON.parse(body.toString())
  return request.resourceMetrics.flatMap((resource: any) =>
    resource.scopeMetrics.flatMap((scope: any) =>
      scope.metrics.filter((metric: any) => metric.name === "visits").map((metric: any) => ({
        temporality: metric.sum.aggregationTemporality,
        points: metric.sum.dataPoints.map((
          point: any
        ) => [point.attributes[0].value.stringValue, Number(point.asInt ?? point.asDouble)])
      }))
    )
  )
}

describe("MetricExporter", () => {
  describe("otlp", () => {
    it.live("sends measurements on flush and at the end", () =>
      Effect.gen(function*() {
        const { received, url } = yield* server()
        yield* Effect.gen(function*() {
          yield* Instrument.add(visits, 1, { page: "a" })
          yield* AgentOps.flush()
          yield* Instrument.add(visits, 2, { page: "a" })
          yield* Instrument.add(visits, 5, { page: "b" })
        }).pipe((self) =>
          provide(self, MetricExporter.otlp({ url, protocol: "json", headers: { "X-Key": Redacted.make("secret") } }))
        )
        assert.deepStrictEqual(received.map(({ headers, path }) => [path, headers["content-type"], headers["x-key"]]), [
          ["/v1/metrics", "application/json", "secret"],
          ["/v1/metrics", "application/json", "secret"]
        ])
        assert.deepStrictEqual(received.map(visitsIn), [
          [{ temporality: 2, points: [["a", 1]] }],
          [{ temporality: 2, points: [["a", 3], ["b", 5]] }]
        ])
        const { resource, scopeMetrics } = JSON.parse(received[0]!.body.toString()).resourceMetrics[0]
        assert.deepInclude(resource.attributes, { key: "service.name", value: { stringValue: "test" } })
        assert.deepStrictEqual(scopeMetrics[0].scope.name, "effect-agentops")
      }))

    it.live("tells only what is new with delta", () =>
      Effect.gen(function*() {
        const { received, url } = yield* server()
        yield* Effect.gen(function*() {
          yield* Instrument.add(visits, 1, { page: "a" })
          yield* AgentOps.flush()
          yield* Instrument.add(visits, 2, { page: "a" })
        }).pipe((self) => provide(self, MetricExporter.otlp({ url, protocol: "json", temporality: "delta" })))
        assert.deepStrictEqual(received.map(visitsIn), [
          [{ temporality: 1, points: [["a", 1]] }],
          [{ temporality: 1, points: [["a", 2]] }]
        ])
      }))

    it.live("uses protobuf, optionally with gzip", () =>
      Effect.gen(function*() {
        const { received, url } = yield* server()
        const many = Effect.forEach(Array.from({ length: 50 }, (_, i) => i), (i) =>
          Instrument.add(visits, 1, { page: `page-${i}` }))
        yield* provide(many, MetricExporter.otlp({ metricsUrl: `${url}/here`, compression: "gzip" }))
        assert.deepStrictEqual(
          received.map(({ headers, path }) => [path, headers["content-type"], headers["content-encoding"]]),
          [
            ["/here", "application/x-protobuf", "gzip"]
          ]
        )
        assert.include(received[0]!.body.toString("latin1"), "page-49")
      }))

    it.effect("sends by the program's clock, and only if there are metrics", () =>
      Effect.gen(function*() {
        const { received, url } = yield* server()
        // The server answers in real time, so the test waits for it after the clock has moved.
        const until = (count: number) =>
          Effect.promise(async () => {
            for (let i = 0; i < 500 && received.length < count; i++) await new Promise((done) => setTimeout(done, 5))
          })
        yield* Effect.gen(function*() {
          yield* TestClock.adjust("10 seconds")
          assert.strictEqual(received.length, 0)
          yield* Instrument.add(visits, 1, { page: "a" })
          yield* TestClock.adjust("9 seconds")
          assert.strictEqual(received.length, 0)
          yield* TestClock.adjust("1 second")
          yield* until(1)
          assert.strictEqual(received.length, 1)
        }).pipe((self) => provide(self, MetricExporter.otlp({ url, interval: "10 seconds" })))
      }))

    it.live("retries if allowed, and otherwise warns once", () =>
      Effect.gen(function*() {
        const logs: Array<string> = []
        const { received, url } = yield* server((_, index) => ({ status: index === 0 ? 503 : index < 3 ? 400 : 200 }))
        yield* Effect.gen(function*() {
          yield* Instrument.add(visits, 1, { page: "a" })
          yield* AgentOps.flush()
          assert.strictEqual(received.length, 2)
          yield* AgentOps.flush()
          yield* AgentOps.flush()
          assert.strictEqual(received.length, 4)
        }).pipe((self) => provide(self, MetricExporter.otlp({ url, protocol: "json" })), (self) => logged(self, logs))
        assert.deepStrictEqual(visitsIn(received[3]!)[0].points, [["a", 1]])
        assert.strictEqual(logs.length, 2)
        assert.match(logs[0]!, /otlp-metrics is failing: .* answered 400.*The next export makes up for it/)
        assert.match(logs[1]!, /otlp-metrics delivers again/)
      }))

    it.live("reports rejected points", () =>
      Effect.gen(function*() {
        const logs: Array<string> = []
        const partial = JSON.stringify({ partialSuccess: { rejectedDataPoints: "3", errorMessage: "too old" } })
        const { url } = yield* server(() => ({ status: 200, body: partial }))
        yield* logged(
          provide(Instrument.add(visits, 1, { page: "a" }), MetricExporter.otlp({ url, protocol: "json" })),
          logs
        )
        assert.match(logs.join("\n"), /rejected 3 data points: too old/)
      }))

    it.live("harms neither program nor release without a receiver", () =>
      Effect.gen(function*() {
        const logs: Array<string> = []
        const url = yield* Effect.scoped(Effect.map(server(), ({ url }) => url))
        const result = yield* logged(
          provide(Effect.as(Instrument.add(visits, 1, { page: "a" }), "done"), MetricExporter.otlp({ url })),
          logs
        )
        assert.strictEqual(result, "done")
        assert.match(logs.join("\n"), /no connection/)
      }))

    it.effect("refuses invalid settings", () =>
      Effect.gen(function*() {
        const fieldOf = (options: MetricExporter.OtlpOptions) =>
          Layer.build(MetricExporter.otlp(options).pipe(Layer.provide(AgentOps.layer({ serviceName: "test" })))).pipe(
            Effect.scoped,
            Effect.flip,
            Effect.map(({ field }) => field)
          )
        assert.strictEqual(yield* fieldOf({ url: "collector" }), "url")
        assert.strictEqual(yield* fieldOf({ interval: 0 }), "interval")
      }))
  })

  describe("agentOps", () => {
    it.live("requests a token, and a new one when it is refused", () =>
      Effect.gen(function*() {
        let tokens = 0
        const { received, url } = yield* server(({ headers, path }) => {
          if (path === "/v3/auth/token") return { status: 200, body: JSON.stringify({ token: `t${++tokens}` }) }
          return { status: headers.authorization === "Bearer t1" ? 401 : 200 }
        })
        yield* provide(
          Instrument.add(visits, 1, { page: "a" }),
          MetricExporter.agentOps({ apiKey: "00000000-0000-4000-8000-000000000000", apiUrl: url, url })
        )
        assert.deepStrictEqual(received.map(({ headers, path }) => [path, headers.authorization]), [
          ["/v3/auth/token", undefined],
          ["/v1/metrics", "Bearer t1"],
          ["/v3/auth/token", undefined],
          ["/v1/metrics", "Bearer t2"]
        ])
      }))

    it.effect("warns without a key, and does not affect the program", () =>
      Effect.gen(function*() {
        const logs: Array<string> = []
        yield* logged(provide(Instrument.add(visits, 1, { page: "a" }), MetricExporter.agentOps({ apiKey: "" })), logs)
        assert.match(logs.join(), /no AGENTOPS_API_KEY/)
      }))
  })

  describe("console", () => {
    it.effect("prints a line for each series", () =>
      Effect.gen(function*() {
        const lines: Array<string> = []
        const program = Effect.gen(function*() {
          yield* Instrument.add(visits, 3, { page: "a" })
          yield* pipe(Effect.void, traceLlmWith({ provider: "openai", model: "gpt-4o", cost: 0.5 }))
        })
        yield* provide(program, MetricExporter.console()).pipe(
          Effect.provideService(Console.Console, {
            ...globalThis.console,
            log: (text: string) => void lines.push(text)
          } as never)
        )
        const text = lines.join("\n")
        assert.include(text, "visits  3  page=a")
        assert.match(text, /^agentops\.usage\.cost {2}500000000 nanodollars {2}gen_ai\.operation\.name=chat/m)
        assert.match(text, /^gen_ai\.client\.inference\.duration {2}1 × 0 s, 0 to 0/m)
      }))
  })

  describe("prometheus", () => {
    const scrape = Effect.gen(function*() {
      const { url } = yield* MetricExporter.Prometheus
      return yield* Effect.promise(async () => {
        const response = await fetch(url)
        return { type: response.headers.get("content-type"), text: await response.text() }
      })
    })

    const live = (options?: MetricExporter.PrometheusOptions) =>
      MetricExporter.prometheus({ port: 0, ...options }).pipe(
        Layer.provideMerge(
          AgentOps.layer({ serviceName: "shop \"one\"", attributes: { "deployment.environment.name": "test" } })
        )
      )

    it.live("responds in Prometheus's text format", () =>
      Effect.gen(function*() {
        const size = Instrument.histogram("shop.size", {
          unit: "By",
          description: "How\nlarge",
          boundaries: [1, 10],
          attributes: { "a.b": Schema.String, a_b: Schema.String }
        })
        for (const value of [0.5, 1, 5, 50]) yield* Instrument.record(size, value, { "a.b": "x\\\"\n", a_b: "y" })
        yield* Instrument.add(visits, 2, { page: "a" })
        const { text, type } = yield* scrape
        const scope = `otel_scope_name="effect-agentops",otel_scope_version="0.1.0"`
        assert.strictEqual(type, "text/plain; version=0.0.4; charset=utf-8")
        const lines = text.split("\n")
        assert.deepStrictEqual(lines.slice(0, 2), ["# HELP target_info Target metadata", "# TYPE target_info gauge"])
        assert.match(
          lines[2]!,
          /^target_info\{deployment_environment_name="test",service_name="shop \\"one\\"",.*\} 1$/
        )
        const labels = String.raw`a_b="x\\\"\n;y"`
        assert.deepStrictEqual(lines.slice(3).filter((line) => !line.includes("visits")), [
          String.raw`# HELP shop_size_bytes How\nlarge`,
          "# TYPE shop_size_bytes histogram",
          `shop_size_bytes_bucket{${labels},${scope},le="1"} 2`,
          `shop_size_bytes_bucket{${labels},${scope},le="10"} 3`,
          `shop_size_bytes_bucket{${labels},${scope},le="+Inf"} 4`,
          `shop_size_bytes_sum{${labels},${scope}} 56.5`,
          `shop_size_bytes_count{${labels},${scope}} 4`,
          ""
        ])
        assert.include(lines, `visits_total{${scope},page="a"} 2`)
      }).pipe(Effect.provide(live())))

    it("names metrics as Prometheus expects", () => {
      const name = (name: string, unit: string, type: "counter" | "gauge" | "histogram" | "sum") =>
        prometheusName({ name, unit, type })
      assert.strictEqual(
        name("gen_ai.client.inference.duration", "s", "histogram"),
        "gen_ai_client_inference_duration_seconds"
      )
      assert.strictEqual(
        name("gen_ai.client.inference.usage.input_tokens", "{token}", "counter"),
        "gen_ai_client_inference_usage_input_tokens_total"
      )
      assert.strictEqual(name("agentops.usage.cost", "nanodollars", "counter"), "agentops_usage_cost_nanodollars_total")
      assert.strictEqual(name("load", "1", "gauge"), "load_ratio")
      assert.strictEqual(name("speed", "By/s", "gauge"), "speed_bytes_per_second")
      assert.strictEqual(name("wait_seconds", "s", "gauge"), "wait_seconds")
      assert.strictEqual(name("jobs_total", "1", "counter"), "jobs_total")
      assert.strictEqual(name("2nd--metric", "", "sum"), "_2nd_metric")
    })

    it("has the Collector's name of each unit", () => {
      const units = {
        d: "days",
        TiBy: "tibibytes",
        TBy: "terabytes",
        m: "meters",
        V: "volts",
        A: "amperes",
        J: "joules",
        W: "watts",
        g: "grams",
        Cel: "celsius",
        Hz: "hertz",
        "%": "percent",
        "m/s": "meters_per_second",
        "By/m": "bytes_per_minute",
        "{call}/h": "per_hour",
        "/s": "per_second",
        "1/mo": "per_month",
        "furlong/fortnight": "furlong_per_fortnight",
        "k$": "k_",
        "{token}": "",
        "": ""
      }
      for (const [unit, word] of Object.entries(units)) {
        assert.strictEqual(
          prometheusName({ name: "x.y", unit, type: "histogram" }),
          word === "" ? "x_y" : `x_y_${word}`
        )
      }
      // A word that the name already has is not repeated, wherever it is. The suffix of a counter comes last.
      assert.strictEqual(prometheusName({ name: "seconds.of.work", unit: "s", type: "sum" }), "seconds_of_work")
      assert.strictEqual(prometheusName({ name: "total.jobs", unit: "1", type: "counter" }), "jobs_total")
      assert.strictEqual(prometheusName({ name: "ratio.of", unit: "1", type: "gauge" }), "of_ratio")
    })

    it.live("refuses other hosts, and closes with the layer", () =>
      Effect.gen(function*() {
        const url = yield* Effect.gen(function*() {
          const { url } = yield* MetricExporter.Prometheus
          const status = (path: string, method = "GET") =>
            Effect.promise(() => fetch(new URL(path, url), { method }).then((response) => response.status))
          assert.deepStrictEqual(yield* Effect.all([status("/metrics?x=1"), status("/"), status("/metrics", "POST")]), [
            200,
            404,
            405
          ])
          assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
          return url
        }).pipe(Effect.provide(live()))
        assert.isTrue(yield* Effect.promise(() => fetch(url).then(() => false, () => true)))
      }))

    it.live("names a port in use", () =>
      Effect.gen(function*() {
        const { url } = yield* MetricExporter.Prometheus
        const error = yield* Effect.flip(
          Effect.scoped(Layer.build(Layer.fresh(live({ port: Number(new URL(url).port) }))))
        )
        assert.match(error.message, /^port: no listening on 127\.0\.0\.1:\d+: .*EADDRINUSE/)
      }).pipe(Effect.provide(live())))
  })

  describe("fromReader", () => {
    it.live("feeds a reader of OpenTelemetry's, flushes it and shuts it down", () =>
      Effect.gen(function*() {
        const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
        let shut = 0
        const { shutdown } = exporter
        exporter.shutdown = () => {
          shut++
          return shutdown.call(exporter)
        }
        const names = () =>
          exporter.getMetrics().flatMap(({ scopeMetrics }) =>
            scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name))
          )
        yield* provide(
          Effect.gen(function*() {
            yield* Instrument.add(visits, 1, { page: "a" })
            yield* AgentOps.flush()
            assert.include(names(), "visits")
          }),
          MetricExporter.fromReader(() => new PeriodicExportingMetricReader({ exporter }))
        )
        assert.strictEqual(shut, 1)
      }))
  })
})
