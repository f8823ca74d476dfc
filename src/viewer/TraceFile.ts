/**
 * Reads sessions from files of OTLP JSON lines, as `Exporter.file` and the Collector's file exporter write them.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { LogData } from "../core/LogData.ts"
import type { ReadPoint } from "../core/MetricPoint.ts"
import type { SpanData } from "../core/SpanData.ts"
import { isLogsJson, isTracesJson, readLogsJson, readTracesJson } from "../otlp/internal/jsonReader.ts"
import { isMetricsJson, readMetricsJson } from "../otlp/internal/metricsReader.ts"
import * as MemoryStore from "./MemoryStore.ts"
import { TraceSink } from "./TraceStore.ts"
import type { StoreError, TraceStore } from "./TraceStore.ts"

/**
 * A file without telemetry.
 *
 * @category errors
 * @since 0.1.0
 */
export class TraceFileError extends Data.TaggedError("TraceFileError")<{
  readonly file: string
  readonly message: string
}> {}

/**
 * The telemetry in a file.
 *
 * **Details**
 *
 * `unread` counts the lines that are not JSON or have no telemetry, such as a truncated line.
 *
 * @category models
 * @since 0.1.0
 */
export interface Contents {
  readonly spans: ReadonlyArray<SpanData>
  readonly logs: ReadonlyArray<LogData>
  readonly metrics: ReadonlyArray<ReadPoint>
  readonly unread: number
}

const decodeLine = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

const parse = (text: string): Contents => {
  const spans: Array<SpanData> = []
  const logs: Array<LogData> = []
  const metrics: Array<ReadPoint> = []
  let unread = 0
  const take = (json: unknown): boolean => {
    if (Array.isArray(json)) return json.map(take).some(Boolean)
    if (isTracesJson(json)) return spans.push(...readTracesJson(json)) > 0
    if (isLogsJson(json)) return logs.push(...readLogsJson(json)) > 0
    if (isMetricsJson(json)) return metrics.push(...readMetricsJson(json)) > 0
    return false
  }
  // A file that is one JSON value is a single request, perhaps formatted over several lines.
  const whole = decodeLine(text)
  if (Option.isSome(whole)) {
    return take(whole.value)
      ? { spans, logs, metrics, unread }
      : { spans, logs, metrics, unread: 1 }
  }
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue
    const json = decodeLine(line)
    if (Option.isNone(json) || !take(json.value)) unread += 1
  }
  return { spans, logs, metrics, unread }
}

/**
 * How files are read.
 *
 * **Details**
 *
 * `otherwise` reads the text of a file that is not OTLP, such as a transcript.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly otherwise?:
    | ((text: string, file: string) => Effect.Effect<ReadonlyArray<SpanData>, { readonly message: string }>)
    | undefined
}

/**
 * Reads a file.
 *
 * **Details**
 *
 * A file without any readable line is a `TraceFileError`. Other unreadable lines are counted.
 *
 * @category reading
 * @since 0.1.0
 */
export const read = Effect.fnUntraced(function*(
  file: string,
  options?: Options
): Effect.fn.Return<Contents, TraceFileError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(file).pipe(
    Effect.mapError((error) => new TraceFileError({ file, message: `${file} cannot be read: ${error.message}` }))
  )
  const contents = parse(text.replace(/^\ufeff/, ""))
  if (contents.spans.length + contents.logs.length + contents.metrics.length > 0) return contents
  const missing =
    `${file} has no spans. Give lines of OTLP JSON, as Exporter.file or the Collector's file exporter writes`
  if (options?.otherwise === undefined) return yield* new TraceFileError({ file, message: missing })
  const spans = yield* options.otherwise(text, file).pipe(
    Effect.mapError(({ message }) => new TraceFileError({ file, message: `${missing}, or a transcript: ${message}` }))
  )
  return { spans, logs: [], metrics: [], unread: 0 }
})

/**
 * A store of the sessions in files.
 *
 * **Details**
 *
 * Unreadable lines are reported in one warning for each file.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  files: ReadonlyArray<string>,
  options?: Options
): Layer.Layer<TraceStore | TraceSink, TraceFileError | StoreError, FileSystem.FileSystem> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const sink = yield* TraceSink
    for (const file of files) {
      const { logs, metrics, spans, unread } = yield* read(file, options)
      if (unread > 0) yield* Effect.logWarning(`${file}: ${unread} lines could not be read`)
      yield* sink.addSpans(spans)
      yield* sink.addLogs(logs)
      yield* sink.addMetrics(metrics)
    }
  })).pipe(
    Layer.provideMerge(MemoryStore.layer({ source: files.join(", "), maxSpans: Infinity }))
  )
