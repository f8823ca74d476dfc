/**
 * Spans to the local viewer.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AgentOps } from "../trace/Tracing.ts"
import * as parts from "./internal/parts.ts"
import { otlp } from "./OtlpExporter.ts"

/**
 * Sends spans to the local viewer, `npx effect-agentops dev`, if one is running.
 *
 * **Details**
 *
 * `url` is where it listens, `http://127.0.0.1:4318` by default. Whether one is there is asked once, beside the program:
 * spans that end before the answer are held. Where none is, nothing is sent and nothing is told. Content goes there,
 * since it does not leave the machine. `AgentOpsLive` with nothing configured has this exporter.
 *
 * **Example** (Your own exporters, and the viewer while you develop)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { AgentOps, Exporter } from "effect-agentops"
 *
 * const TracingLive = Layer.mergeAll(
 *   Exporter.otlp({ url: "http://collector:4318" }),
 *   Exporter.viewer()
 * ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot" })))
 * ```
 *
 * @category exporters
 * @since 0.1.0
 */
export const viewer = (options?: { readonly url?: string | undefined }): Layer.Layer<never, never, AgentOps> => {
  const url = (options?.url ?? "http://127.0.0.1:4318").replace(/\/+$/, "")
  return Layer.effectDiscard(
    Effect.flatMap(
      parts.viewer,
      ({ registerViewer }) => registerViewer(url, otlp({ url, name: "viewer", content: true }))
    )
  )
}
