/**
 * Tracing with no code: everything from the environment.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { lazily } from "./core/internal/lazily.ts"
import type { AgentOps } from "./trace/Tracing.ts"

// A bundle that is split loads nothing of it before this layer is built.
const tracing = lazily(() => import("./config/internal/live.ts"))

/**
 * Traces what it is provided to, to wherever the environment says.
 *
 * **Details**
 *
 * With `AGENTOPS_API_KEY` spans go to AgentOps, with `OTEL_EXPORTER_OTLP_ENDPOINT` to that collector. With neither
 * they go to the console, and to a local viewer (`npx effect-agentops dev`) where one is running; a line says how to
 * send them further. Metrics go where `OTEL_METRICS_EXPORTER` says, log records
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
export const AgentOpsLive: Layer.Layer<AgentOps> = Layer.unwrap(Effect.map(tracing, ({ live }) => live))
