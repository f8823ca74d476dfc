/**
 * Tracing with no code: everything from the environment.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layer, layerWith } from "./AgentOps.ts"
import { logExporters, readLogsEnvironment } from "./config/internal/logs.ts"
import { metricExporters, readMetricsEnvironment } from "./config/internal/metrics.ts"
import {
  environmentExporters,
  readDisabled,
  readDisabledTracing,
  readEnvironmentLenient,
  withLogLevel
} from "./config/internal/traces.ts"
import { leniently, warn } from "./core/internal/variables.ts"
import type { AgentOps } from "./trace/Tracing.ts"

/**
 * Traces what it is provided to, to wherever the environment says.
 *
 * **Details**
 *
 * With `AGENTOPS_API_KEY` spans go to AgentOps, with `OTEL_EXPORTER_OTLP_ENDPOINT`
 * to that collector, with neither to the console and to a local viewer, `npx effect-agentops dev`, where one
 * is running, together with a line that says how to send them further. Metrics go where `OTEL_METRICS_EXPORTER` says, log records
 * where `OTEL_LOGS_EXPORTER` does. It is read when the layer is built, and never fails:
 * a value that cannot be used is warned of, and the rest works. For a layer that
 * fails instead, see `AgentOps.layerFromConfig`.
 *
 * **Example** (the whole set-up)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { AgentOpsLive, Session } from "effect-agentops"
 *
 * const program = Effect.succeed("done").pipe(Session.withSession({ name: "demo" }), Effect.provide(AgentOpsLive))
 * await Effect.runPromise(program) // => "done"
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const AgentOpsLive: Layer.Layer<AgentOps> = withLogLevel(Layer.unwrap(
  Effect.gen(function*() {
    // What the environment's reader lets through, the layer takes.
    if (yield* leniently(readDisabled)) return Layer.orDie(layerWith(yield* readDisabledTracing, true))
    const environment = yield* readEnvironmentLenient
    const metrics = yield* leniently(readMetricsEnvironment)
    if (environment.unconfigured) {
      yield* Effect.logInfo(
        "effect-agentops: traces go to the console. Set AGENTOPS_API_KEY to send them to AgentOps, " +
          "or OTEL_EXPORTER_OTLP_ENDPOINT to send them to an OpenTelemetry collector. " +
          "`npx effect-agentops dev` shows them on a page"
      )
    }
    const logs = yield* leniently(readLogsEnvironment(environment))
    const exporters = [
      ...environmentExporters(environment, logs.agentOps),
      ...logExporters(logs),
      ...metricExporters(metrics)
    ].map((exporter) => Layer.catch(exporter, (error) => Layer.effectDiscard(warn(error))))
    return Layer.mergeAll(Layer.empty, ...exporters).pipe(Layer.provideMerge(Layer.orDie(layer(environment.tracing))))
  })
))
