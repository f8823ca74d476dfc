/**
 * Where metrics go: readers, each a layer.
 *
 * They register with the `AgentOps` layer that they are provided with, like the exporters of spans,
 * in any number and order. Each has the metrics of events and sessions, those that the program
 * records with `Instrument`, and Effect's own `Metric`s.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Attributes } from "../core/Attribute.ts"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import type { Metric } from "../core/MetricData.ts"
import { AgentOps } from "../trace/Tracing.ts"
import type { OtlpEndpoint } from "./internal/backend/otlp.ts"
import type { Format } from "./internal/metrics/prometheusText.ts"
import { makeReader } from "./internal/metrics/reader.ts"
import * as parts from "./internal/parts.ts"
import type { OtlpConnection } from "./OtlpConnection.ts"

export type { Distribution, Exemplar, ExponentialBuckets, Metric, Point } from "../core/MetricData.ts"

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
  readonly exportTimeout?: Duration.Input | undefined
  /** How long the layer's release waits for the last export. Default ten seconds. */
  readonly shutdownTimeout?: Duration.Input | undefined
}

/**
 * How metrics reach an OTLP endpoint.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtlpOptions extends PushOptions, OtlpConnection {
  /** The full address that metrics are posted to, used as it is, instead of `url`. */
  readonly metricsUrl?: string | undefined
  /**
   * What a value tells: all since the start, or what came since the last export. `lowmemory` is
   * `delta` for what a program records and `cumulative` for what is observed. Default `cumulative`.
   */
  readonly temporality?: "cumulative" | "delta" | "lowmemory" | undefined
  /** Whether histograms keep their own buckets or get exponential ones. Default `explicit`. */
  readonly histograms?: "explicit" | "exponential" | undefined
  /** What the exporter is called in reports. Default `otlp-metrics`. */
  readonly name?: string | undefined
}

const Interval = Schema.Finite.check(Schema.isGreaterThan(0))

const pushSettings = Effect.fnUntraced(function*(options: PushOptions | undefined) {
  const { duration } = yield* parts.delivery
  const above = (field: string, value: Duration.Input | undefined, fallback: Duration.Input) =>
    Effect.flatMap(duration(field, value, fallback), (given) =>
      Effect.as(
        ConfigurationError.check(Interval, field, Duration.toMillis(given), "Give a duration above zero"),
        given
      ))
  return {
    interval: yield* above("interval", options?.interval, "1 minute"),
    exportTimeout: yield* above("exportTimeout", options?.exportTimeout, "30 seconds"),
    shutdownTimeout: yield* duration("shutdownTimeout", options?.shutdownTimeout, "10 seconds")
  }
})

const encoder = new TextEncoder()

/**
 * Sends metrics to any backend that speaks OTLP, over HTTP or gRPC.
 *
 * **Details**
 *
 * Every `interval`, on `AgentOps.flush`, and when the layer is released. A request that may be tried
 * again is, within `exportTimeout`, as the OTLP specification says. What fails is warned of once and stands in
 * `AgentOps.status`, which counts data points. With `cumulative`, the next export has what this one could not deliver;
 * with `delta` it is kept and sent with its own times, up to 60 exports. Values that were measured in a sampled span
 * have it as an exemplar. Reads no environment: see `AgentOps.layerFromConfig`.
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
    const { resource } = yield* AgentOps
    const { connect } = yield* parts.network
    const { encodeMetrics, encodeMetricsJson, push } = yield* parts.metrics
    const { encoding, send } = yield* connect("metrics", options, { field: "metricsUrl", url: options?.metricsUrl })
    const body = (metrics: ReadonlyArray<Metric>) =>
      encoding === "json" ? encoder.encode(encodeMetricsJson(metrics, resource)) : encodeMetrics(metrics, resource)
    yield* push({
      ...yield* pushSettings(options),
      name: options?.name ?? "otlp-metrics",
      temporality: yield* ConfigurationError.check(
        Schema.Literals(["cumulative", "delta", "lowmemory"]),
        "temporality",
        options?.temporality ?? "cumulative",
        `Give "cumulative", "delta" or "lowmemory"`
      ),
      histograms: yield* ConfigurationError.check(
        Schema.Literals(["explicit", "exponential"]),
        "histograms",
        options?.histograms ?? "explicit",
        `Give "explicit" or "exponential"`
      ),
      send: (metrics) => Effect.suspend(() => send([body(metrics)], "data points"))
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
    const { encodeMetrics, push } = yield* parts.metrics
    const { httpTransport, httpUrl, makeAuthorized, makeHttpClient, readAddress, readApiKey, signalUrl } = yield* parts
      .network
    const apiKey = yield* readApiKey(options?.apiKey, "no metrics are")
    if (apiKey === undefined) return
    const client = yield* makeHttpClient()
    const endpoint: OtlpEndpoint = {
      url: yield* signalUrl(options?.url ?? "https://otlp.agentops.ai", "/v1/metrics"),
      protocol: "protobuf",
      compression: "none",
      timeout: Duration.seconds(10)
    }
    const authorized = makeAuthorized({
      client,
      apiKey,
      apiUrl: yield* readAddress(
        httpUrl,
        "apiUrl",
        options?.apiUrl,
        "AGENTOPS_API_ENDPOINT",
        "https://api.agentops.ai"
      ),
      appUrl: "https://app.agentops.ai",
      printReplayUrl: false,
      otlp: endpoint
    })
    const transport = httpTransport(endpoint, client)
    const { resource } = yield* AgentOps
    yield* push({
      ...yield* pushSettings(options),
      name: "agentops-metrics",
      temporality: "cumulative",
      histograms: "explicit",
      send: (metrics) =>
        authorized((headers) =>
          transport.send({ headers, body: [encodeMetrics(metrics, resource)], items: "data points" })
        )
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
    const { accepted } = yield* parts.delivery
    const { formatMetrics, push } = yield* parts.metrics
    yield* push({
      ...yield* pushSettings(options),
      name: "console-metrics",
      temporality: "cumulative",
      histograms: "explicit",
      send: (metrics) => Effect.as(Console.log(formatMetrics(metrics)), accepted)
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
  /**
   * Names by which the endpoint is asked for, such as `shop.monitoring.svc`, without the port. On a loopback `host`
   * a request for any other name than the loopback's own is refused: a page in a browser may have its name lead
   * here. On another `host` all names are taken, unless some are given.
   */
  readonly hosts?: ReadonlyArray<string> | undefined
}

/** What is there to scrape, by format. */
const makePrometheus = Effect.gen(function*() {
  const { resource } = yield* AgentOps
  const collect = yield* makeReader({ name: "prometheus", temporality: "cumulative", histograms: "explicit" })
  const parts_ = yield* parts.metrics
  return (format: Format) =>
    Effect.map(collect, (metrics) => parts_.prometheusText(metrics, resource.attributes as Attributes, format))
})

/**
 * Offers metrics to Prometheus, which comes and asks: provides the address as {@link Prometheus}.
 *
 * **Details**
 *
 * Text format 0.0.4, or OpenMetrics with exemplars for whoever asks for it, names, units and labels as the
 * OpenTelemetry Collector makes them:
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
      const text = yield* makePrometheus
      const host = options?.host ?? "127.0.0.1"
      const path = options?.path ?? "/metrics"
      const { serve } = yield* parts.metrics
      const port = yield* serve({
        host,
        path,
        hosts: options?.hosts ?? [],
        port: yield* ConfigurationError.check(
          Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 })),
          "port",
          options?.port ?? 9464,
          "Give a port between 0 and 65535"
        ),
        text
      })
      return Prometheus.of({ url: `http://${host.includes(":") ? `[${host}]` : host}:${port}${path}` })
    })
  )

/**
 * Metrics as Prometheus reads them, for a route of one's own.
 *
 * @category services
 * @since 0.1.0
 */
export class PrometheusText extends Context.Service<PrometheusText, {
  /**
   * All metrics as they stand, and the content type to give with them. `accept` is that header of the request: whoever
   * asks for OpenMetrics gets that, with exemplars, and anybody else the text format 0.0.4.
   */
  readonly scrape: (accept?: string) => Effect.Effect<{ readonly body: string; readonly contentType: string }>
}>()("effect-agentops/MetricExporter/PrometheusText") {}

/**
 * Offers metrics to Prometheus in a server that is there already: provides what to answer as {@link PrometheusText}.
 *
 * **When to use**
 *
 * Where the program has an HTTP server, or none may listen on a port of its own. {@link prometheus} has its own.
 *
 * **Details**
 *
 * The layer is to live as long as the program, for it counts from when it is built. Who may ask is up to the route.
 *
 * **Example** (a route)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Instrument } from "effect-agentops"
 * import * as MetricExporter from "effect-agentops/export/MetricExporter"
 *
 * const orders = Instrument.counter("shop.orders", { unit: "{order}" })
 *
 * const route = (request: Request) =>
 *   Effect.gen(function*() {
 *     const { scrape } = yield* MetricExporter.PrometheusText
 *     const { body, contentType } = yield* scrape(request.headers.get("accept") ?? undefined)
 *     return new Response(body, { headers: { "content-type": contentType } })
 *   })
 *
 * const MetricsLive = MetricExporter.prometheusText().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "shop" })))
 * const program = Effect.andThen(Instrument.add(orders, 2), route(new Request("http://localhost/metrics")))
 * const response = await Effect.runPromise(Effect.provide(program, MetricsLive))
 * const text = await response.text()
 * text.split("\n").filter((line) => line.startsWith("# TYPE shop")) // => ["# TYPE shop_orders_total counter"]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const prometheusText = (): Layer.Layer<PrometheusText, never, AgentOps> =>
  Layer.effect(
    PrometheusText,
    Effect.gen(function*() {
      const text = yield* makePrometheus
      const { contentTypes, formatFor } = yield* parts.metrics
      return PrometheusText.of({
        scrape: (accept) => {
          const format = formatFor(accept)
          return Effect.map(text(format), (body) => ({ body, contentType: contentTypes[format] }))
        }
      })
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
      const metrics = yield* makeReader({ name: "memory", temporality: "cumulative", histograms: "explicit" })
      return Memory.of({ metrics })
    })
  )

/**
 * A metric reader of OpenTelemetry's, as far as it is used here: the `MetricReader` of `@opentelemetry/sdk-metrics`
 * is one. It is told by its shape, so that a program without that package compiles.
 *
 * @category interop
 * @since 0.1.0
 */
export interface OpenTelemetryMetricReader {
  setMetricProducer(producer: never): void
  selectAggregation(instrumentType: never): unknown
  selectAggregationTemporality(instrumentType: never): unknown
  collect(options?: never): Promise<unknown>
  forceFlush(options?: never): Promise<void>
  shutdown(options?: never): Promise<void>
}

// A variable, so that whoever bundles this module needs no peers. A program that is bundled names the entry itself.
const openTelemetry: string = "effect-agentops/export/OpenTelemetryMetrics"

const loadOpenTelemetry = Effect.tryPromise({
  try: () => import(/* webpackIgnore: true */ /* @vite-ignore */ openTelemetry) as Promise<OpenTelemetryMetrics>,
  catch: (error) =>
    new ConfigurationError.ConfigurationError({
      field: "reader",
      problem: `the packages that it needs cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      fix:
        "npm install @effect/opentelemetry @opentelemetry/api@1.9 @opentelemetry/resources@2 @opentelemetry/sdk-metrics@2, " +
        "and in a bundle use fromReader of effect-agentops/export/OpenTelemetryMetrics"
    })
})

interface OpenTelemetryMetrics {
  readonly fromReader: (
    reader: () => OpenTelemetryMetricReader,
    options?: FromReaderOptions
  ) => Layer.Layer<never, never, AgentOps>
}

interface FromReaderOptions {
  readonly name?: string | undefined
  readonly shutdownTimeout?: Duration.Input | undefined
}

/**
 * Gives metrics to any `MetricReader` of OpenTelemetry's.
 *
 * **Details**
 *
 * Whoever made the reader says when it reads: a `PeriodicExportingMetricReader` has timers of its
 * own. It is flushed by `AgentOps.flush` and shut down when the layer is released. The packages that it needs are
 * loaded when the layer is built: in a bundle, use `fromReader` of `effect-agentops/export/OpenTelemetryMetrics`,
 * which names them.
 *
 * **Example** (the console exporter of the OpenTelemetry SDK)
 *
 * ```ts
 * import { ConsoleMetricExporter, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
 * import { MetricExporter } from "effect-agentops"
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
  reader: () => OpenTelemetryMetricReader,
  options?: FromReaderOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.unwrap(Effect.map(loadOpenTelemetry, (module) => module.fromReader(reader, options)))
