/**
 * Metrics for readers of OpenTelemetry's own metrics SDK.
 *
 * Rests on `@opentelemetry/sdk-metrics`, `@opentelemetry/resources` and `@effect/opentelemetry`, which are optional
 * peers, so it is an entry point of its own: `effect-agentops/export/OpenTelemetryMetrics`. The readers of
 * `MetricExporter` need none of them.
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
 * Gives metrics to any `MetricReader` of OpenTelemetry's.
 *
 * **Details**
 *
 * Whoever made the reader says when it reads: a `PeriodicExportingMetricReader` has timers of its
 * own. It is flushed by `AgentOps.flush` and shut down when the layer is released. OpenTelemetry's SDK collects
 * no exemplars.
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
