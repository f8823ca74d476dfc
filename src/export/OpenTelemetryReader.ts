/**
 * Metrics through readers of OpenTelemetry's own SDK, loaded when they are asked for.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import type { AgentOps } from "../trace/Tracing.ts"

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
