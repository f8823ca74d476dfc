/**
 * Metrics that are read and sent every so often: to a backend that speaks OTLP, to AgentOps, or to the console.
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
