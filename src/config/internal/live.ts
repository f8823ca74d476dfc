/**
 * The layer that is configured by the environment only, with its readers. Loaded when that layer is built.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layer, layerWith } from "../../AgentOps.ts"
import type { AgentOps } from "../../trace/Tracing.ts"
import * as read from "./environment.ts"

/** @internal */
export const live: Layer.Layer<AgentOps> = read.withLogLevel(Layer.unwrap(Effect.gen(function*() {
  const { leniently } = read
  // The layer accepts every value that the environment's reader accepts.
  if (yield* leniently(read.readDisabled)) return Layer.orDie(layerWith(yield* read.readDisabledTracing, true))
  const environment = yield* read.readEnvironmentLenient
  const metrics = yield* leniently(read.readMetricsEnvironment)
  if (environment.unconfigured) {
    yield* Effect.logInfo(
      "effect-agentops: traces go to the console. Set AGENTOPS_API_KEY to send them to AgentOps, " +
        "or OTEL_EXPORTER_OTLP_ENDPOINT to send them to an OpenTelemetry collector. " +
        "`npx effect-agentops dev` shows them on a page"
    )
  }
  const logs = yield* leniently(read.readLogsEnvironment(environment))
  const exporters = [
    ...read.environmentExporters(environment, logs.agentOps),
    ...read.logExporters(logs),
    ...read.metricExporters(metrics)
  ].map((exporter) => Layer.catch(exporter, (error) => Layer.effectDiscard(read.warn(error))))
  return Layer.mergeAll(Layer.empty, ...exporters).pipe(Layer.provideMerge(Layer.orDie(layer(environment.tracing))))
})))
