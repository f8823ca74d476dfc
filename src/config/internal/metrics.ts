/**
 * Reads the configuration of metrics from the environment, and makes the readers.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { ConfigurationError } from "../../core/ConfigurationError.ts"
import { readEndpoint } from "../../core/internal/signalVariables.ts"
import { millis, numeric, oneOf, parsed, someOf, text } from "../../core/internal/variables.ts"
import * as MetricExporter from "../../export/MetricExporter.ts"
import type { AgentOps } from "../../trace/Tracing.ts"

const exporterNames = ["otlp", "agentops", "prometheus", "console"] as const

/** @internal */
export interface MetricsEnvironment {
  readonly exporters: ReadonlyArray<typeof exporterNames[number]>
  readonly push: MetricExporter.PushOptions
  readonly otlp: MetricExporter.OtlpOptions
  readonly prometheus: MetricExporter.PrometheusOptions
  /** The variable behind each option. */
  readonly names: Readonly<Record<string, string>>
}

const variable = "OTEL_METRICS_EXPORTER"

const readExporters = Effect.gen(function*() {
  const named = yield* someOf(variable, exporterNames)
  if (named === "none") return []
  if (named !== undefined || (yield* text(variable)) !== undefined) return named ?? []
  return (yield* text("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")) === undefined ? [] : ["otlp" as const]
})

const readOtlp = Effect.fnUntraced(function*(push: MetricExporter.PushOptions, wanted: boolean) {
  const { names, options, signalName, signalUrl, timeout } = yield* readEndpoint("METRICS", wanted)
  const histograms = yield* oneOf("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", [
    "explicit_bucket_histogram",
    "base2_exponential_bucket_histogram"
  ])
  const otlp: MetricExporter.OtlpOptions = {
    ...push,
    ...options,
    metricsUrl: signalUrl,
    timeout,
    temporality: yield* oneOf("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", [
      "cumulative",
      "delta",
      "lowmemory"
    ]),
    histograms: histograms === "base2_exponential_bucket_histogram" ? "exponential" : "explicit"
  }
  return { otlp, names: { ...names, metricsUrl: signalName } }
})

/** @internal */
export const readMetricsEnvironment: Effect.Effect<MetricsEnvironment, ConfigurationError> = Effect.gen(function*() {
  const exporters = yield* readExporters
  const push = {
    interval: yield* millis("OTEL_METRIC_EXPORT_INTERVAL"),
    exportTimeout: yield* millis("OTEL_METRIC_EXPORT_TIMEOUT")
  }
  const { names, otlp } = yield* readOtlp(push, exporters.includes("otlp"))
  const portName = "OTEL_EXPORTER_PROMETHEUS_PORT"
  const port = numeric(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 })))
  return {
    exporters,
    push,
    otlp,
    prometheus: {
      host: yield* text("OTEL_EXPORTER_PROMETHEUS_HOST"),
      port: yield* parsed(portName, port, "Give a port between 0 and 65535")
    },
    names: {
      ...names,
      interval: "OTEL_METRIC_EXPORT_INTERVAL",
      exportTimeout: "OTEL_METRIC_EXPORT_TIMEOUT",
      port: portName
    }
  }
})

type Exporter = Layer.Layer<never, ConfigurationError, AgentOps>

const exporterOf = (name: typeof exporterNames[number], environment: MetricsEnvironment): Exporter => {
  switch (name) {
    case "otlp":
      return MetricExporter.otlp(environment.otlp)
    case "agentops":
      return MetricExporter.agentOps(environment.push)
    case "prometheus":
      return Layer.effectDiscard(Layer.build(MetricExporter.prometheus(environment.prometheus)))
    case "console":
      return MetricExporter.console(environment.push)
  }
}

/** The metric readers of an environment. Their errors name the variable. @internal */
export const metricExporters = (environment: MetricsEnvironment): ReadonlyArray<Exporter> =>
  environment.exporters.map((name) =>
    exporterOf(name, environment).pipe(
      Layer.catch(({ field, fix, problem }) =>
        Layer.effectDiscard(
          Effect.fail(new ConfigurationError({ field: environment.names[field] ?? field, problem, fix }))
        )
      )
    )
  )
