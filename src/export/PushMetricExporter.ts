/**
 * Exports metrics at an interval: to an OTLP backend, to AgentOps, or to the console.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import type { Metric } from "../core/MetricData.ts"
import { AgentOps } from "../trace/Tracing.ts"
import type { OtlpEndpoint } from "./internal/backend/otlp.ts"
import * as parts from "./internal/parts.ts"
import type { OtlpConnection } from "./OtlpConnection.ts"

/**
 * The timing of metric exports.
 *
 * @category models
 * @since 0.1.0
 */
export interface PushOptions {
  /** The time between two exports. Default one minute. */
  readonly interval?: Duration.Input | undefined
  /** How long one export with all its retries may take. Default 30 seconds. */
  readonly exportTimeout?: Duration.Input | undefined
  /** How long the release of the layer waits for the last export. Default ten seconds. */
  readonly shutdownTimeout?: Duration.Input | undefined
}

/**
 * The options of {@link otlp}.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtlpOptions extends PushOptions, OtlpConnection {
  /** The full address for metrics, used unchanged instead of `url`. */
  readonly metricsUrl?: string | undefined
  /**
   * Whether values are `cumulative` since the start, or a `delta` since the last export. `lowmemory` is `delta` for
   * synchronous instruments and `cumulative` for observable ones. Default `cumulative`.
   */
  readonly temporality?: "cumulative" | "delta" | "lowmemory" | undefined
  /** Whether histograms have their own buckets or exponential ones. Default `explicit`. */
  readonly histograms?: "explicit" | "exponential" | undefined
  /** The exporter's name in reports. Default `otlp-metrics`. */
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
 * Exports metrics to any OTLP backend, over HTTP or gRPC.
 *
 * **Details**
 *
 * It exports at every `interval`, on `AgentOps.flush`, and when the layer is released. Requests are retried within
 * `exportTimeout`, as the OTLP specification allows. A failure is logged once and counted in `AgentOps.status`, in data
 * points. With `cumulative`, the next export includes undelivered values. With `delta`, undelivered exports are kept
 * and sent later with their own times, up to 60 of them. A value that was measured in a sampled span has an exemplar
 * with that span. It reads no environment variables: see `AgentOps.layerFromConfig`.
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
 * The options of {@link agentOps}.
 *
 * @category models
 * @since 0.1.0
 */
export interface AgentOpsOptions extends PushOptions {
  /** Default: the environment variable `AGENTOPS_API_KEY`. */
  readonly apiKey?: Redacted.Redacted<string> | string | undefined
  /** The API that issues tokens. Default `AGENTOPS_API_ENDPOINT`, else `https://api.agentops.ai`. */
  readonly apiUrl?: string | undefined
  /** The endpoint for metrics. Default `https://otlp.agentops.ai/v1/metrics`. */
  readonly url?: string | undefined
}

/**
 * Exports metrics to AgentOps, with a token for the API key.
 *
 * **Details**
 *
 * Use it together with `Exporter.agentOps`, which exports the spans with a token of its own. Without a key it logs a
 * warning and sends nothing.
 *
 * **Gotchas**
 *
 * AgentOps stores OTLP metrics but does not show them yet. Its dashboard is based on spans.
 *
 * @category layers
 * @since 0.1.0
 */
export const agentOps = (
  options?: AgentOpsOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { encodeMetrics, push } = yield* parts.metrics
    const { httpTransport, makeAuthorized, makeHttpClient, readApiKey, readApiUrl, signalUrl } = yield* parts.network
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
      apiUrl: yield* readApiUrl(options?.apiUrl),
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
 * Prints metrics to Effect's `Console`, with a line for each series.
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
