/**
 * Metric readers, each a layer.
 *
 * They register with the `AgentOps` layer that they are provided with, like span exporters, in any number and order.
 * Each receives the metrics of events and sessions, those that the program records with `Instrument`, and Effect's own
 * `Metric`s.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Metric } from "../core/MetricData.ts"
import type { AgentOps } from "../trace/Tracing.ts"
import { makeReader } from "./internal/metrics/reader.ts"

export type { Distribution, Exemplar, ExponentialBuckets, Metric, Point } from "../core/MetricData.ts"
export { fromReader, type OpenTelemetryMetricReader } from "./OpenTelemetryReader.ts"
export { Prometheus, prometheus, type PrometheusOptions, PrometheusText, prometheusText } from "./PrometheusExporter.ts"
export {
  agentOps,
  type AgentOpsOptions,
  console,
  otlp,
  type OtlpOptions,
  type PushOptions
} from "./PushMetricExporter.ts"

/**
 * Reads metrics in memory, for tests.
 *
 * @category services
 * @since 0.1.0
 */
export class Memory extends Context.Service<Memory, {
  /** The current values of all metrics, since the start. */
  readonly metrics: Effect.Effect<ReadonlyArray<Metric>>
}>()("effect-agentops/MetricExporter/Memory") {}

/**
 * Keeps metrics in memory and provides them as {@link Memory}.
 *
 * **Example** (the cost of a session)
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
