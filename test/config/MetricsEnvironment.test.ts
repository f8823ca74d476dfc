import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as net from "node:net"
import * as AgentOps from "../../src/AgentOps.ts"
import { AgentOpsLive } from "../../src/AgentOpsLive.ts"
import { readMetricsEnvironment } from "../../src/config/internal/metrics.ts"
import type { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import { leniently } from "../../src/core/internal/variables.ts"
import * as Instrument from "../../src/metrics/Instrument.ts"
import { withOutput } from "../support/otlp/output.ts"
import { server } from "../support/otlp/server.ts"

type Env = Readonly<Record<string, string>>

const withEnv = (env: Env) =>
  Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord({ ...env }))

const layers: ReadonlyArray<[string, Layer.Layer<AgentOps.AgentOps, ConfigurationError>]> = [
  ["AgentOpsLive", AgentOpsLive],
  ["AgentOps.layerFromConfig", AgentOps.layerFromConfig]
]

const visits = Instrument.counter("visits")

const freePort = Effect.callback<number>((resume) => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

const quiet = { OTEL_TRACES_EXPORTER: "none" }

describe.each(layers)("%s", (_, layer) => {
  const run = <A, E>(env: Env, program: Effect.Effect<A, E>) =>
    withOutput((output) =>
      program.pipe(
        Effect.provide(layer),
        withEnv({ ...quiet, ...env }),
        Effect.map((value) => [value, output] as const)
      )
    )

  it.live("sends metrics to the named collector", () =>
    Effect.gen(function*() {
      const { received, url } = yield* server()
      yield* run({ OTEL_METRICS_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_ENDPOINT: url }, Instrument.add(visits, 1))
      yield* run({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/mine` }, Instrument.add(visits, 1))
      assert.deepStrictEqual(received.map(({ path }) => path), ["/v1/metrics", "/mine"])
    }))

  it.live("sends no metrics by default", () =>
    Effect.gen(function*() {
      const { received, url } = yield* server()
      yield* run({ OTEL_EXPORTER_OTLP_ENDPOINT: url }, Instrument.add(visits, 1))
      yield* run(
        { OTEL_METRICS_EXPORTER: "none", OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url },
        Instrument.add(visits, 1)
      )
      yield* run(
        { OTEL_SDK_DISABLED: "true", OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url },
        Instrument.add(visits, 1)
      )
      assert.deepStrictEqual(received, [])
    }))

  it.live("offers metrics to Prometheus, and prints them", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const [text, { printed }] = yield* run(
        { OTEL_METRICS_EXPORTER: "prometheus,console", OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
        Effect.andThen(
          Instrument.add(visits, 3),
          Effect.promise(() => fetch(`http://127.0.0.1:${port}/metrics`).then((response) => response.text()))
        )
      )
      assert.match(text, /^visits_total\{.*\} 3$/m)
      assert.match(printed.join("\n"), /^visits {2}3$/m)
    }))
})

describe("the configuration of metrics", () => {
  it.effect("contains each setting, and the variable for metrics comes before the shared one", () =>
    Effect.gen(function*() {
      const read = yield* readMetricsEnvironment.pipe(withEnv({
        OTEL_METRICS_EXPORTER: "otlp, prometheus",
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://all",
        OTEL_EXPORTER_OTLP_METRICS_HEADERS: "a=1",
        OTEL_EXPORTER_OTLP_HEADERS: "b=2",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: "gzip",
        OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "5000",
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "Delta",
        OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "base2_exponential_bucket_histogram",
        OTEL_METRIC_EXPORT_INTERVAL: "1000",
        OTEL_METRIC_EXPORT_TIMEOUT: "2000",
        OTEL_EXPORTER_PROMETHEUS_HOST: "::1",
        OTEL_EXPORTER_PROMETHEUS_PORT: "9999"
      }))
      assert.deepStrictEqual(read.exporters, ["otlp", "prometheus"])
      assert.deepStrictEqual(read.prometheus, { host: "::1", port: 9999 })
      const { headers, ...otlp } = read.otlp
      assert.deepStrictEqual(Object.keys(headers!), ["a"])
      assert.deepStrictEqual(otlp, {
        interval: Duration.seconds(1),
        exportTimeout: Duration.seconds(2),
        url: "http://all",
        metricsUrl: undefined,
        protocol: "json",
        compression: "gzip",
        timeout: Duration.seconds(5),
        temporality: "delta",
        histograms: "exponential",
        tls: { ca: undefined, cert: undefined, key: undefined }
      })
    }))

  const wrong: ReadonlyArray<[string, string]> = [
    ["OTEL_METRIC_EXPORT_INTERVAL", "soon"],
    ["OTEL_METRIC_EXPORT_TIMEOUT", "-1"],
    ["OTEL_EXPORTER_PROMETHEUS_PORT", "99999"]
  ]

  it.effect.each(wrong)(
    "%s=%s is named in a failure, and ignored by the lenient layer",
    ([name, value]) =>
      Effect.gen(function*() {
        const env = { OTEL_METRICS_EXPORTER: "otlp", [name]: value }
        const error = yield* Effect.flip(readMetricsEnvironment.pipe(withEnv(env)))
        assert.strictEqual(error.field, name)
        const read = yield* leniently(readMetricsEnvironment).pipe(withEnv(env))
        assert.deepStrictEqual(read.exporters, ["otlp"])
      })
  )

  it.effect("names the variable of an impossible interval", () =>
    Effect.gen(function*() {
      const error = yield* Effect.void.pipe(
        Effect.provide(AgentOps.layerFromConfig),
        withEnv({ ...quiet, OTEL_METRICS_EXPORTER: "console", OTEL_METRIC_EXPORT_INTERVAL: "0" }),
        Effect.flip
      )
      assert.strictEqual(error.field, "OTEL_METRIC_EXPORT_INTERVAL")
    }))
})
