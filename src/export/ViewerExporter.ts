/**
 * Exports spans to the local viewer.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AgentOps } from "../trace/Tracing.ts"
import * as parts from "./internal/parts.ts"
import { otlp } from "./OtlpExporter.ts"

/**
 * Exports spans to the local viewer, `npx effect-agentops dev`, if one is running.
 *
 * **Details**
 *
 * `url` is the viewer's address, by default `http://127.0.0.1:4318`. It checks once in the background whether a viewer
 * is there, and holds the spans that end before the response. Without a viewer nothing is sent and nothing is logged.
 * Content is included, because it stays on the machine. `AgentOpsLive` without any configuration has this exporter.
 *
 * **Example** (your own exporters, and the viewer while you develop)
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
