/**
 * Where metrics go: readers, each a layer.
 *
 * They register with the `AgentOps` layer that they are provided with, like the exporters of spans,
 * in any number and order. Each has the metrics of events and sessions, those that the program
 * records with `Instrument`, and Effect's own `Metric`s.
 *
 * This module rests on `@opentelemetry/sdk-metrics` and `@effect/opentelemetry`, which are optional
 * peers, so it has an entry point of its own: `effect-agentops/export/MetricExporter`.
 *
 * @since 0.1.0
 */
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer"
import type { MetricReader } from "@opentelemetry/sdk-metrics"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Attributes } from "../core/Attribute.ts"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import type { ExportError } from "../delivery/internal/exportError.ts"
import { makeHttpClient } from "../delivery/internal/http/httpClient.ts"
import type { Transport } from "../delivery/internal/transport.ts"
import { AgentOps } from "../trace/Tracing.ts"
import { makeAuthorized } from "./internal/backend/agentOps.ts"
import type { OtlpEndpoint } from "./internal/backend/otlp.ts"
import { httpTransport, httpUrl, makeOtlpTransport, reveal, signalUrl } from "./internal/backend/otlp.ts"
import { formatMetrics } from "./internal/metrics/console.ts"
import { prometheusText } from "./internal/metrics/prometheusText.ts"
import { attach, collect, ManualReader, push } from "./internal/metrics/reader.ts"
import { serve } from "./internal/metrics/scrapeServer.ts"
import type { Metric } from "./internal/metrics/snapshot.ts"
import { toMetrics } from "./internal/metrics/snapshot.ts"

export type { Distribution, Metric, Point } from "./internal/metrics/snapshot.ts"

/**
 * When and how metrics are sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface PushOptions {
  /** How often metrics are read and sent. Default one minute. */
  readonly interval?: Duration.Input | undefined
  /** How long one export may take with all its attempts. Default 30 seconds. */
  readonly timeout?: Duration.Input | undefined
  /** How long the layer's release waits for the last export. Default ten seconds. */
  readonly shutdownTimeout?: Duration.Input | undefined
}

/**
 * How to reach an OTLP endpoint with metrics.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtlpOptions extends PushOptions {
  /** The collector's address, to which `/v1/metrics` is added. Default `http://localhost:4318`. */
  readonly url?: string | undefined
  /** The full address that metrics are posted to, used as it is, instead of `url`. */
  readonly metricsUrl?: string | undefined
  readonly headers?: Readonly<Record<string, string | Redacted.Redacted<string>>> | undefined
  /** Default `protobuf`. */
  readonly protocol?: "protobuf" | "json" | undefined
  /** Default `none`. */
  readonly compression?: "gzip" | "none" | undefined
  /** How long one request may take. Default ten seconds. */
  readonly requestTimeout?: Duration.Input | undefined
  /**
   * What a value tells: all since the start, or what came since the last export. `lowmemory` is
   * `delta` for what a program records and `cumulative` for what is observed. Default `cumulative`.
   */
  readonly temporality?: "cumulative" | "delta" | "lowmemory" | undefined
  /** Whether histograms keep their own buckets or get exponential ones. Default `explicit`. */
  readonly histograms?: "explicit" | "exponential" | undefined
  /** What the exporter is called in the log. Default `otlp-metrics`. */
  readonly name?: string | undefined
}

const Interval = Schema.Finite.check(Schema.isGreaterThan(0))

const pushSettings = Effect.fnUntraced(function*(options: PushOptions | undefined) {
  const millis = (field: string, value: Duration.Input | undefined, fallback: Duration.Input) =>
    ConfigurationError.check(
      Interval,
      field,
      Duration.toMillis(Duration.fromInputUnsafe(value ?? fallback)),
      "Give a duration above zero"
    ).pipe(Effect.map(Duration.millis))
  return {
    interval: yield* millis("interval", options?.interval, "1 minute"),
    timeout: yield* millis("timeout", options?.timeout, "30 seconds"),
    shutdownTimeout: Duration.fromInputUnsafe(options?.shutdownTimeout ?? "10 seconds")
  }
})

type ResourceMetrics = Parameters<typeof ProtobufMetricsSerializer.serializeRequest>[0]

const sendMetrics = (
  { protocol }: OtlpEndpoint,
  transport: Transport,
  headers: Readonly<Record<string, string>>,
  metrics: ResourceMetrics
): Effect.Effect<void, ExportError> =>
  Effect.suspend(() => {
    const serializer = protocol === "json" ? JsonMetricsSerializer : ProtobufMetricsSerializer
    return transport.send({ headers, body: [serializer.serializeRequest(metrics)!], items: "data points" })
  }).pipe(
    Effect.flatMap(({ message }) =>
      message === undefined ? Effect.void : Effect.logWarning(`effect-agentops: ${message}`)
    )
  )

/**
 * Sends metrics to any backend that speaks OTLP over HTTP.
 *
 * **Details**
 *
 * Every `interval`, on `AgentOps.flush`, and when the layer is released. A request that may be tried
 * again is, within `timeout`, as the OTLP specification says. What fails is warned of once. Reads no
 * environment: see `AgentOps.layerFromConfig`.
 *
 * **Gotchas**
 *
 * With `delta`, what an export could not deliver is lost; with `cumulative` the next one has it.
 *
 * **Example** (spans and metrics to one collector)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { AgentOps, Exporter } from "effect-agentops"
 * import * as MetricExporter from "effect-agentops/export/MetricExporter"
 *
 * const TelemetryLive = Layer.mergeAll(Exporter.otlp(), MetricExporter.otlp({ interval: "30 seconds" })).pipe(
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot" }))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const otlp = (
  options?: OtlpOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const endpoint: OtlpEndpoint = {
      url: options?.metricsUrl === undefined
        ? yield* signalUrl(options?.url ?? "http://localhost:4318", "/v1/metrics")
        : yield* httpUrl(options.metricsUrl, "metricsUrl"),
      protocol: options?.protocol ?? "protobuf",
      compression: options?.compression ?? "none",
      timeout: Duration.fromInputUnsafe(options?.requestTimeout ?? "10 seconds")
    }
    const headers = reveal(options?.headers ?? {})
    const transport = yield* makeOtlpTransport(endpoint)
    yield* push({
      ...yield* pushSettings(options),
      name: options?.name ?? "otlp-metrics",
      temporality: options?.temporality ?? "cumulative",
      histograms: options?.histograms ?? "explicit",
      send: (metrics) => sendMetrics(endpoint, transport, headers, metrics)
    })
  }))

/**
 * How to reach AgentOps with metrics.
 *
 * @category models
 * @since 0.1.0
 */
export interface AgentOpsOptions extends PushOptions {
  /** Default: the environment variable `AGENTOPS_API_KEY`. */
  readonly apiKey?: Redacted.Redacted<string> | string | undefined
  /** Where tokens are had. Default `AGENTOPS_API_ENDPOINT`, else `https://api.agentops.ai`. */
  readonly apiUrl?: string | undefined
  /** Where metrics go. Default `https://otlp.agentops.ai/v1/metrics`. */
  readonly url?: string | undefined
}

const text = (name: string) =>
  Config.option(Config.NonEmptyString(name)).pipe(
    Effect.map(Option.getOrUndefined),
    Effect.mapError((error) =>
      new ConfigurationError.ConfigurationError({
        field: name,
        problem: error.message,
        fix: `Correct or unset ${name}`
      })
    )
  )

/**
 * Sends metrics to AgentOps, with a token that the API key buys.
 *
 * **Details**
 *
 * Beside `Exporter.agentOps`, which sends the spans; each buys a token of its own. Without a key it
 * warns and sends nothing.
 *
 * **Gotchas**
 *
 * AgentOps stores OTLP metrics and shows none of them yet: what its dashboard shows comes from spans.
 *
 * @category layers
 * @since 0.1.0
 */
export const agentOps = (
  options?: AgentOpsOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const given = options?.apiKey ?? (yield* text("AGENTOPS_API_KEY"))
    const key = Redacted.isRedacted(given) ? Redacted.value(given) : given
    if (key === undefined || key === "") {
      return yield* Effect.logWarning(
        "effect-agentops: no AGENTOPS_API_KEY, so no metrics are sent to AgentOps. Get a key at https://app.agentops.ai"
      )
    }
    const client = yield* makeHttpClient()
    const endpoint: OtlpEndpoint = {
      url: yield* signalUrl(options?.url ?? "https://otlp.agentops.ai", "/v1/metrics"),
      protocol: "protobuf",
      compression: "none",
      timeout: Duration.seconds(10)
    }
    const authorized = makeAuthorized({
      client,
      apiKey: Redacted.make(key),
      apiUrl: yield* httpUrl(
        options?.apiUrl ?? (yield* text("AGENTOPS_API_ENDPOINT")) ?? "https://api.agentops.ai",
        "apiUrl"
      ),
      appUrl: "https://app.agentops.ai",
      printReplayUrl: false,
      otlp: endpoint
    })
    const transport = httpTransport(endpoint, client)
    yield* push({
      ...yield* pushSettings(options),
      name: "agentops-metrics",
      temporality: "cumulative",
      histograms: "explicit",
      send: (metrics) => authorized((headers) => sendMetrics(endpoint, transport, headers, metrics))
    })
  }))

/**
 * Prints metrics to Effect's `Console`, a line for each series.
 *
 * @category layers
 * @since 0.1.0
 */
export const console = (
  options?: PushOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    yield* push({
      ...yield* pushSettings(options),
      name: "console-metrics",
      temporality: "cumulative",
      histograms: "explicit",
      send: (metrics) => Console.log(formatMetrics(toMetrics(metrics)))
    })
  }))

/**
 * The endpoint that Prometheus scrapes.
 *
 * @category services
 * @since 0.1.0
 */
export class Prometheus extends Context.Service<Prometheus, {
  readonly url: string
}>()("effect-agentops/MetricExporter/Prometheus") {}

/**
 * How metrics are offered to Prometheus.
 *
 * @category models
 * @since 0.1.0
 */
export interface PrometheusOptions {
  /** Default `127.0.0.1`, which only this machine can reach. */
  readonly host?: string | undefined
  /** Default 9464; 0 takes any that is free. */
  readonly port?: number | undefined
  /** Default `/metrics`. */
  readonly path?: string | undefined
}

/**
 * Offers metrics to Prometheus, which comes and asks: provides the address as {@link Prometheus}.
 *
 * **Details**
 *
 * Text format 0.0.4, names, units and labels as OpenTelemetry's compatibility rules say:
 * `gen_ai.client.inference.duration` in `s` is `gen_ai_client_inference_duration_seconds`, counters
 * end in `_total`, and the resource is in `target_info`. A port that is taken is a
 * `ConfigurationError`.
 *
 * **Example** (what there is to scrape)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Instrument } from "effect-agentops"
 * import * as MetricExporter from "effect-agentops/export/MetricExporter"
 *
 * const orders = Instrument.counter("shop.orders", { unit: "{order}" })
 *
 * const program = Effect.gen(function*() {
 *   yield* Instrument.add(orders, 2)
 *   const { url } = yield* MetricExporter.Prometheus
 *   const text = yield* Effect.promise(() => fetch(url).then((response) => response.text()))
 *   return text.split("\n").filter((line) => line.startsWith("# TYPE shop"))
 * })
 *
 * const TelemetryLive = MetricExporter.prometheus({ port: 0 }).pipe(
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "shop" }))
 * )
 * await Effect.runPromise(Effect.provide(program, TelemetryLive)) // => ["# TYPE shop_orders_total counter"]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const prometheus = (
  options?: PrometheusOptions
): Layer.Layer<Prometheus, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effect(
    Prometheus,
    Effect.gen(function*() {
      const { resource } = yield* AgentOps
      const reader = new ManualReader("cumulative")
      const host = options?.host ?? "127.0.0.1"
      const path = options?.path ?? "/metrics"
      yield* attach("prometheus", reader, Effect.void)
      const port = yield* serve({
        host,
        path,
        port: yield* ConfigurationError.check(
          Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 })),
          "port",
          options?.port ?? 9464,
          "Give a port between 0 and 65535"
        ),
        text: Effect.map(
          collect("prometheus", reader),
          (metrics) => prometheusText(toMetrics(metrics), resource.attributes as Attributes)
        )
      })
      return Prometheus.of({ url: `http://${host.includes(":") ? `[${host}]` : host}:${port}${path}` })
    })
  )

/**
 * Metrics that can be asked for, for tests.
 *
 * @category services
 * @since 0.1.0
 */
export class Memory extends Context.Service<Memory, {
  /** All metrics as they stand, since the start. */
  readonly metrics: Effect.Effect<ReadonlyArray<Metric>>
}>()("effect-agentops/MetricExporter/Memory") {}

/**
 * Keeps metrics in memory and provides them as {@link Memory}.
 *
 * **Example** (what a session has cost)
 *
 * ```ts
 * import { Effect, Layer, pipe } from "effect"
 * import { AgentOps, Session, traceLlmWith } from "effect-agentops"
 * import * as MetricExporter from "effect-agentops/export/MetricExporter"
 *
 * const program = Effect.gen(function*() {
 *   yield* pipe(Effect.succeed("Hi!"), traceLlmWith({ cost: 0.002 }), Session.withSession({ name: "chat" }))
 *   const { metrics } = yield* MetricExporter.Memory
 *   return (yield* metrics).find(({ name }) => name === "agentops.usage.cost")?.points[0]?.value
 * })
 *
 * const TestLive = MetricExporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
 * await Effect.runPromise(Effect.provide(program, TestLive)) // => 2_000_000
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const memory = (): Layer.Layer<Memory, never, AgentOps> =>
  Layer.effect(
    Memory,
    Effect.gen(function*() {
      const reader = new ManualReader("cumulative")
      yield* attach("memory", reader, Effect.void)
      return Memory.of({ metrics: Effect.map(collect("memory", reader), toMetrics) })
    })
  )

/**
 * Gives metrics to any `MetricReader` of OpenTelemetry's.
 *
 * **Details**
 *
 * Whoever made the reader says when it reads: a `PeriodicExportingMetricReader` has timers of its
 * own. It is flushed by `AgentOps.flush` and shut down when the layer is released.
 *
 * **Example** (the console exporter of the OpenTelemetry SDK)
 *
 * ```ts
 * import { ConsoleMetricExporter, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
 * import * as MetricExporter from "effect-agentops/export/MetricExporter"
 *
 * const OtelLive = MetricExporter.fromReader(
 *   () => new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })
 * )
 * ```
 *
 * @category interop
 * @since 0.1.0
 */
export const fromReader = (
  reader: () => MetricReader,
  options?: { readonly name?: string | undefined; readonly shutdownTimeout?: Duration.Input | undefined }
): Layer.Layer<never, never, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const name = options?.name ?? "metric-reader"
    const instance = reader()
    const quietly = (what: string, run: () => Promise<void>) =>
      Effect.tryPromise(run).pipe(
        Effect.catch((error) => Effect.logWarning(`effect-agentops: ${name} could not ${what}`, error.cause))
      )
    yield* attach(name, instance, quietly("flush", () => instance.forceFlush()))
    yield* Effect.addFinalizer(() =>
      Effect.timeoutOption(
        Effect.interruptible(quietly("shut down", () => instance.shutdown())),
        options?.shutdownTimeout ?? "10 seconds"
      )
    )
  }))
