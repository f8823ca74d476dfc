/**
 * Passes metrics to readers of OpenTelemetry's own SDK, which is loaded when the layer is built.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import type { AgentOps } from "../trace/Tracing.ts"

/**
 * The part of an OpenTelemetry `MetricReader` that is used here. It matches that of `@opentelemetry/sdk-metrics`. It is
 * a structural type, so that a program without that package compiles.
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

// A variable, so that bundlers of this module do not include the peers. A bundled program imports that entry point
// itself.
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
 * Passes metrics to a `MetricReader` of OpenTelemetry.
 *
 * **Details**
 *
 * The reader decides when it reads: a `PeriodicExportingMetricReader` has its own timers. `AgentOps.flush` flushes it,
 * and the release of the layer shuts it down. The required packages are loaded when the layer is built. In a bundle,
 * use `fromReader` of `effect-agentops/export/OpenTelemetryMetrics`, which imports them statically.
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
