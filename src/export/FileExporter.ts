/**
 * Writes spans to a file.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import type { AgentOps } from "../trace/Tracing.ts"
import type { Options } from "./ExporterOptions.ts"
import * as parts from "./internal/parts.ts"

/**
 * Writes spans to a file, with a line of OTLP JSON for each batch. This is the format of the OpenTelemetry Collector's
 * file exporter, which its `otlpjsonfile` receiver reads.
 *
 * **Details**
 *
 * It appends to the file and creates the directory if it is missing. Only the file's user can read it. A line has less
 * than 1 MiB, which the receiver accepts by default, unless a single span is larger. Content is on. It uses the
 * program's `FileSystem` of Effect if there is one, otherwise the runtime's own files.
 *
 * **Example** (a file and the console)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { Exporter } from "effect-agentops"
 *
 * const TracesLive = Layer.mergeAll(Exporter.file({ path: "traces/run.jsonl" }), Exporter.console())
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const file = (
  options: Options & { readonly path: string }
): Layer.Layer<
  never,
  ConfigurationError.ConfigurationError | PlatformError,
  AgentOps
> =>
  Layer.effectDiscard(Effect.gen(function*() {
    yield* ConfigurationError.check(Schema.NonEmptyString, "path", options.path, "Give the path of a file")
    const { register, settings, spanJson } = yield* parts.delivery
    const { makeFileSender } = yield* parts.disk
    const send = yield* makeFileSender(options.path)
    yield* register({
      ...yield* settings(options, true),
      name: "file",
      component: "effect-agentops/Exporter.file",
      codec: spanJson,
      send
    })
  }))
