/**
 * Exporters: layers that send spans to a backend.
 *
 * An exporter's layer registers with the `AgentOps` service that it is provided with. So any number of exporters can be
 * merged in any order, and an exporter that is provided to a part of a program is released with that part. Each has its
 * own queue, and its own fibers send batches in the background. A failing exporter affects neither the others nor the
 * program.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as ConfigurationError from "../core/ConfigurationError.ts"
import type { SpanData } from "../core/SpanData.ts"
import { messageOf } from "../delivery/internal/exportError.ts"
import type { AgentOps } from "../trace/Tracing.ts"
import type { Options } from "./ExporterOptions.ts"
import * as parts from "./internal/parts.ts"

export { agentOps, type AgentOpsOptions } from "./AgentOpsExporter.ts"
export { console, type ConsoleOptions } from "./ConsoleExporter.ts"
export { durable, type DurableOptions } from "./DurableExporter.ts"
export type { Options } from "./ExporterOptions.ts"
export { file } from "./FileExporter.ts"
export { Memory, memory } from "./MemoryExporter.ts"
export {
  fromSpanExporter,
  fromSpanProcessor,
  type OpenTelemetrySpanExporter,
  type OpenTelemetrySpanProcessor
} from "./OpenTelemetryExporter.ts"
export type { OtlpConnection, Tls } from "./OtlpConnection.ts"
export { otlp, otlpLogs, type OtlpLogsOptions, type OtlpOptions } from "./OtlpExporter.ts"
export { viewer } from "./ViewerExporter.ts"

/**
 * Makes an exporter from a function.
 *
 * **Details**
 *
 * `export` receives batches of ended spans in the exporter's convention. If it fails, the batch is counted as dropped
 * with the reason `export_failed`, so retry inside it. Content is on by default.
 *
 * **Example** (an exporter in ten lines)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { Exporter } from "effect-agentops"
 *
 * const slow = Exporter.make({
 *   name: "slow-spans",
 *   export: (spans) =>
 *     Effect.forEach(
 *       spans.filter((span) => span.endTime - span.startTime > 1_000_000_000n),
 *       (span) => Console.log(`slow: ${span.name}`),
 *       { discard: true }
 *     )
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <E, R>(
  options: Options & {
    readonly name: string
    readonly export: (spans: ReadonlyArray<SpanData>) => Effect.Effect<void, E, R>
  }
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps | R> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { accepted, ExportError, register, settings, spanData } = yield* parts.delivery
    yield* register({
      ...yield* settings(options, true),
      name: options.name,
      component: "effect-agentops/Exporter.make",
      codec: spanData,
      send: (spans) =>
        options.export(spans.map(({ data }) => data)).pipe(
          Effect.as(accepted),
          Effect.mapError((error) =>
            new ExportError({
              kind: "permanent",
              reason: "export_failed",
              message: messageOf(error)
            })
          )
        )
    })
  }))
