/**
 * Serves metrics to Prometheus.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Attributes } from "../core/Attribute.ts"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import { AgentOps } from "../trace/Tracing.ts"
import type { Format } from "./internal/metrics/prometheusText.ts"
import { makeReader } from "./internal/metrics/reader.ts"
import * as parts from "./internal/parts.ts"

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
 * The options of {@link prometheus}.
 *
 * @category models
 * @since 0.1.0
 */
export interface PrometheusOptions {
  /** Default `127.0.0.1`, which only this machine can reach. */
  readonly host?: string | undefined
  /** Default 9464. 0 selects any free port. */
  readonly port?: number | undefined
  /** Default `/metrics`. */
  readonly path?: string | undefined
  /**
   * The accepted host names of requests, such as `shop.monitoring.svc`, without the port. With a loopback `host`, other
   * names than the loopback's own are refused, because a web page can resolve its own name to this machine. With
   * another `host` all names are accepted, unless this option lists some.
   */
  readonly hosts?: ReadonlyArray<string> | undefined
}

/** The metrics as text, by format. */
const makePrometheus = Effect.gen(function*() {
  const { resource } = yield* AgentOps
  const collect = yield* makeReader({ name: "prometheus", temporality: "cumulative", histograms: "explicit" })
  const parts_ = yield* parts.metrics
  return (format: Format) =>
    Effect.map(collect, (metrics) => parts_.prometheusText(metrics, resource.attributes as Attributes, format))
})

/**
 * Serves metrics to Prometheus, and provides the address as {@link Prometheus}.
 *
 * **Details**
 *
 * It serves text format 0.0.4, or OpenMetrics with exemplars if the request accepts it. Names, units and labels follow
 * the OpenTelemetry Collector: `gen_ai.client.inference.duration` in `s` is `gen_ai_client_inference_duration_seconds`,
 * counters end in `_total`, and the resource is in `target_info`. A port in use is a `ConfigurationError`.
 *
 * **Example** (scraping the endpoint)
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
 * Metrics in Prometheus's format, for a route of the program.
 *
 * @category services
 * @since 0.1.0
 */
export class PrometheusText extends Context.Service<PrometheusText, {
  /**
   * The current metrics, with the content type for the response. `accept` is that header of the request. If it accepts
   * OpenMetrics, the body has that format with exemplars, otherwise text format 0.0.4.
   */
  readonly scrape: (accept?: string) => Effect.Effect<{ readonly body: string; readonly contentType: string }>
}>()("effect-agentops/MetricExporter/PrometheusText") {}

/**
 * Formats metrics for Prometheus in an existing HTTP server, and provides the response as {@link PrometheusText}.
 *
 * **When to use**
 *
 * If the program has an HTTP server, or must not listen on another port. {@link prometheus} has its own server.
 *
 * **Details**
 *
 * The layer should live as long as the program, because it counts from when it is built. The route must control access
 * itself.
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
