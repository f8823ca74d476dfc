/**
 * Passes metrics to readers of OpenTelemetry's own metrics SDK.
 *
 * It needs the optional peers `@opentelemetry/sdk-metrics`, `@opentelemetry/resources` and `@effect/opentelemetry`, so
 * it has its own entry point: `effect-agentops/export/OpenTelemetryMetrics`. The readers of `MetricExporter` need none
 * of them.
 *
 * @since 0.1.0
 */
import type { IMetricReader } from "@opentelemetry/sdk-metrics"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AgentOps } from "../trace/Tracing.ts"
import { attach } from "./internal/metrics/otelReader.ts"

/**
 * Passes metrics to a `MetricReader` of OpenTelemetry.
 *
 * **Details**
 *
 * The reader decides when it reads: a `PeriodicExportingMetricReader` has its own timers. `AgentOps.flush` flushes it,
 * and the release of the layer shuts it down. OpenTelemetry's SDK collects no exemplars.
 *
 * **Example** (the console exporter of the OpenTelemetry SDK)
 *
 * ```ts
 * import { ConsoleMetricExporter, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
 * import * as OpenTelemetryMetrics from "effect-agentops/export/OpenTelemetryMetrics"
 *
 * const OtelLive = OpenTelemetryMetrics.fromReader(
 *   () => new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })
 * )
 * ```
 *
 * @category interop
 * @since 0.1.0
 */
export const fromReader = (
  reader: () => IMetricReader,
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
