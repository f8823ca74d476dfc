/**
 * Exports spans and log records to any OTLP backend.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Convention from "../convention/Convention.ts"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import type { LogRecord } from "../core/internal/scoped.ts"
import type { SpanData } from "../core/SpanData.ts"
import type { Sized } from "../delivery/internal/batch.ts"
import type { AgentOps } from "../trace/Tracing.ts"
import type { Options } from "./ExporterOptions.ts"
import type { BodyCodec } from "./internal/codecs.ts"
import { metricExporter } from "./internal/metrics/part.ts"
import * as parts from "./internal/parts.ts"
import type { OtlpConnection } from "./OtlpConnection.ts"

/**
 * The options of {@link otlp}.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtlpOptions extends Options, OtlpConnection {
  /**
   * The signals to send: log records as by {@link otlpLogs}, and metrics as by `MetricExporter.otlp`, to the same
   * address and with the same options where these apply. Default: traces.
   */
  readonly signals?: ReadonlyArray<"traces" | "logs" | "metrics"> | undefined
  /** The full address for traces, used unchanged instead of `url`. */
  readonly tracesUrl?: string | undefined
  /** The exporter's name in reports. Default `otlp`. */
  readonly name?: string | undefined
}

/**
 * Exports spans to any OTLP backend: the OpenTelemetry Collector, Jaeger, Tempo, and most vendors.
 *
 * **Details**
 *
 * It uses HTTP with protobuf or JSON, or gRPC, optionally with gzip, and up to four concurrent requests. Responses are
 * handled as the OTLP specification requires. It retries after 429, 502, 503, 504, the retryable gRPC statuses and
 * connection failures, with growing random delays that respect `Retry-After` and `RetryInfo`. A batch that is too large
 * is split. A batch that is refused with 400, 422, `INVALID_ARGUMENT`, `INTERNAL` or `UNKNOWN` is split too, until the
 * faulty span is alone. After 401, 403, `UNAUTHENTICATED` or `PERMISSION_DENIED` spans wait for another credential.
 * After any other status the batch is dropped. Content is off by default. It reads no environment variables: see
 * `AgentOps.layerFromConfig`.
 *
 * gRPC needs the HTTP/2 client of Node, which Bun and Deno have too.
 *
 * **Example** (a vendor)
 *
 * ```ts
 * import { Redacted } from "effect"
 * import { Exporter } from "effect-agentops"
 *
 * const VendorLive = Exporter.otlp({
 *   url: "https://otlp.example.com",
 *   headers: { "x-api-key": Redacted.make("secret") },
 *   compression: "gzip"
 * })
 * ```
 *
 * **Example** (spans, log records and metrics to one collector, over gRPC)
 *
 * ```ts
 * import { Exporter } from "effect-agentops"
 *
 * const CollectorLive = Exporter.otlp({
 *   url: "http://localhost:4317",
 *   protocol: "grpc",
 *   signals: ["traces", "logs", "metrics"]
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const otlp = (
  options?: OtlpOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> => {
  const { name, signals, ...rest } = options ?? {}
  if (signals === undefined) return otlpTraces(options)
  return Layer.unwrap(Effect.gen(function*() {
    const wanted = yield* ConfigurationError.check(
      Signals,
      "signals",
      signals,
      `Give a list of "traces", "logs" and "metrics"`
    )
    const named = (suffix: string) => name === undefined ? undefined : `${name}-${suffix}`
    const layers: Array<Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps>> = []
    if (wanted.includes("traces")) layers.push(otlpTraces({ ...rest, name }))
    if (wanted.includes("logs")) {
      const { attempts: _, convention: __, filter: ___, tracesUrl: ____, ...logs } = rest
      layers.push(otlpLogs({ ...logs, name: named("logs") }))
    }
    if (wanted.includes("metrics")) {
      const { otlp } = yield* metricExporter
      const { compression, headers, protocol, shutdownTimeout, timeout, tls, url } = rest
      layers.push(
        otlp({ compression, headers, protocol, shutdownTimeout, timeout, tls, url, name: named("metrics") })
      )
    }
    return Layer.mergeAll(Layer.empty, ...layers)
  }))
}

const Signals = Schema.Array(Schema.Literals(["traces", "logs", "metrics"]))

const otlpTraces = (
  options: OtlpOptions | undefined
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { networkConcurrency, register, settings, spanBytes, spanJson } = yield* parts.delivery
    const { connect } = yield* parts.network
    const { component, credential, encoding, send } = yield* connect("traces", options, {
      field: "tracesUrl",
      url: options?.tracesUrl
    })
    const common = yield* settings(options, false)
    const registerAs = <Item extends Sized>(codec: BodyCodec<SpanData, Item>) =>
      register({
        ...common,
        concurrency: networkConcurrency,
        name: options?.name ?? "otlp",
        component: `${component}_span_exporter`,
        isRemote: true,
        codec,
        credential,
        send: (items: ReadonlyArray<Item>) => Effect.flatMap(codec.body(items), (body) => send(body, "spans"))
      })
    yield* encoding === "json" ? registerAs(spanJson) : registerAs(spanBytes)
  }))

/**
 * The options of {@link otlpLogs}.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtlpLogsOptions extends Omit<OtlpOptions, "attempts" | "filter" | "tracesUrl" | "signals"> {
  /** The vocabulary of content events. Default `Convention.genAi("latest")`. */
  readonly convention?: Convention.Convention | undefined
  /** The full address for log records, used unchanged instead of `url`. */
  readonly logsUrl?: string | undefined
  /** The exporter's name in reports. Default `otlp-logs`. */
  readonly name?: string | undefined
}

/**
 * Exports the log records of a program's spans, inside sessions or not, to any OTLP backend.
 *
 * **Details**
 *
 * It adds a logger to the program's own. A record has the trace and span id, severity, the body as text or
 * structured, the log annotations, the time in each log span as `effect.log_span.<label>`, the session's id, and the
 * exception of a cause. Records are redacted and limited as spans are, then queued and sent as by {@link otlp}.
 * `AgentOps.status` has a row for the exporter.
 *
 * With the content policy `event`, each model call is also an event with its content, see `Content.Policy`. Only with
 * this policy do exceptions include their message. Content is off by default.
 *
 * **Gotchas**
 *
 * Records outside a span, in an unsampled trace or with tracing disabled are not sent. A `Logger.layer` of the program
 * replaces all loggers, so provide it outside this layer, or give it `mergeWithExisting`. Log records wait in memory:
 * `Exporter.durable` has no effect on them.
 *
 * **Example** (log records and spans)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { AgentOps, Exporter } from "effect-agentops"
 *
 * const TelemetryLive = Layer.mergeAll(Exporter.otlp(), Exporter.otlpLogs({ content: "event" })).pipe(
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot" }))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const otlpLogs = (
  options?: OtlpLogsOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectContext(Effect.gen(function*() {
    const { logBytes, logJson, networkConcurrency, onEvents, registerLogs, settings } = yield* parts.delivery
    const { connect } = yield* parts.network
    const { credential, encoding, send } = yield* connect("logs", options, { field: "logsUrl", url: options?.logsUrl })
    const common = yield* settings(options, false, undefined, Convention.genAi("latest"))
    const events = onEvents(options?.content === true ? "event" : options?.content ?? "none")
    const registerAs = <Item extends Sized>(codec: BodyCodec<LogRecord, Item>) =>
      registerLogs({
        ...common,
        concurrency: networkConcurrency,
        name: options?.name ?? "otlp-logs",
        policy: { events, messages: events, errors: common.errors },
        codec,
        credential,
        send: (items: ReadonlyArray<Item>) => Effect.flatMap(codec.body(items), (body) => send(body, "log records"))
      })
    return yield* encoding === "json" ? registerAs(logJson) : registerAs(logBytes)
  }))
