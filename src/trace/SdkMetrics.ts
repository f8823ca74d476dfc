/**
 * Metrics of tracing itself: OpenTelemetry's SDK metrics.
 *
 * Tracing keeps these numbers anyway, and a layer of `MetricExporter` reads them at collection, so they add no cost to
 * a span. `AgentOps.status` returns the same counts to the program.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Instrument from "../metrics/Instrument.ts"

const component = { "otel.component.name": Schema.String, "otel.component.type": Schema.String }
const outcome = { ...component, "error.type": Schema.optional(Schema.String) }
const spans = { unit: "{span}", valueType: "int" } as const

/**
 * The instruments, named after the metrics of OpenTelemetry's semantic conventions.
 *
 * **Details**
 *
 * Each exporter with a queue is two components: a `batching_span_processor` with the waiting spans, and an exporter
 * such as an `otlp_http_span_exporter`. The name of a component is its type and the name of the exporter in
 * `AgentOps.status`: `otlp_http_span_exporter/otlp`. The counts of exporters with the same type and name are added up.
 *
 * A span is processed when it is passed on for sending, or when it is lost before that. Its `error.type` is then
 * `queue_full`, `already_shutdown`, `encode_failed`, `corrupt` or `shutdown`. A span is exported when its outcome is
 * final. Its `error.type` is then `rejected`, `too_large`, or the cause of the last failed request, such as `http_404`.
 * A duration is that of one request, with the cause if it failed.
 *
 * **Gotchas**
 *
 * Spans that a durable exporter has on disk count as queued. They can exceed the capacity, which applies to memory.
 * `Exporter.memory` and `Exporter.fromSpanProcessor` have no queue and no metrics. Log records are not included.
 *
 * **Example** (how much was sent)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, SdkMetrics, traceTool } from "effect-agentops"
 * import * as MetricExporter from "effect-agentops/export/MetricExporter"
 *
 * const program = Effect.gen(function*() {
 *   yield* traceTool(Effect.succeed("hit"), "search")
 *   yield* AgentOps.flush()
 *   const { metrics } = yield* MetricExporter.Memory
 *   return (yield* metrics).find(({ name }) => name === SdkMetrics.sdk.exported.name)?.points[0]?.value
 * })
 *
 * const exporter = Exporter.make({ name: "mine", export: () => Effect.void })
 * const TestLive = Layer.mergeAll(exporter, MetricExporter.memory()).pipe(
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
 * )
 * await Effect.runPromise(Effect.provide(program, TestLive)) // => 2
 * ```
 *
 * @category instruments
 * @since 0.1.0
 */
export const sdk = {
  started: Instrument.observableCounter("otel.sdk.span.started", {
    ...spans,
    description: "Spans that have started",
    attributes: { "otel.span.parent.origin": Schema.String, "otel.span.sampling_result": Schema.String }
  }),
  live: Instrument.observableUpDownCounter("otel.sdk.span.live", {
    ...spans,
    description: "Spans that have started, are recorded, and have not ended",
    attributes: { "otel.span.sampling_result": Schema.String }
  }),
  queueSize: Instrument.observableUpDownCounter("otel.sdk.processor.span.queue.size", {
    ...spans,
    description: "Spans that wait to be sent",
    attributes: component
  }),
  queueCapacity: Instrument.observableUpDownCounter("otel.sdk.processor.span.queue.capacity", {
    ...spans,
    description: "Spans that may wait in memory",
    attributes: component
  }),
  processed: Instrument.observableCounter("otel.sdk.processor.span.processed", {
    ...spans,
    description: "Spans that were handed on to be sent, or lost before",
    attributes: outcome
  }),
  inFlight: Instrument.observableUpDownCounter("otel.sdk.exporter.span.inflight", {
    ...spans,
    description: "Spans that are being sent",
    attributes: component
  }),
  exported: Instrument.observableCounter("otel.sdk.exporter.span.exported", {
    ...spans,
    description: "Spans that were sent, or lost on the way",
    attributes: outcome
  }),
  operationDuration: Instrument.histogram("otel.sdk.exporter.operation.duration", {
    unit: "s",
    description: "How long one request took",
    boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    attributes: { ...outcome, "http.response.status_code": Schema.optional(Schema.Int) }
  })
}
