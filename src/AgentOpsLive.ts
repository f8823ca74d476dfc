/**
 * Tracing without code: everything comes from the environment.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { tracing } from "./config/internal/livePart.ts"
import type { AgentOps } from "./trace/Tracing.ts"

/**
 * Traces the program to which it is provided, and exports to the destinations that the environment sets.
 *
 * **Details**
 *
 * With `AGENTOPS_API_KEY` spans go to AgentOps, with `OTEL_EXPORTER_OTLP_ENDPOINT` to that collector. With neither they
 * go to the console, and to a local viewer (`npx effect-agentops dev`) if one is running, and a log line names the
 * variables. `OTEL_METRICS_EXPORTER` sets the destination of metrics, `OTEL_LOGS_EXPORTER` that of log records. The
 * environment is read when the layer is built. The layer never fails: an unusable value is logged as a warning, and the
 * rest works. For a layer that fails instead, see `AgentOps.layerFromConfig`.
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
export const AgentOpsLive: Layer.Layer<AgentOps> = Layer.unwrap(Effect.map(tracing, ({ live }) => live))
