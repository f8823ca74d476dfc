/**
 * A trace as a recording: its calls of models and tools, with their inputs and outputs.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SpanTree from "../convention/SpanTree.ts"
import type { SpanData } from "../core/SpanData.ts"
import type { Values } from "../model/Field.ts"
import { isTracesJson, readTracesJson } from "../otlp/internal/jsonReader.ts"
import { type fields as llmFields, LlmEvent } from "../trace/LlmEvent.ts"
import { type fields as toolFields, ToolEvent } from "../trace/ToolEvent.ts"

/**
 * A recording that cannot be replayed, or a call that it cannot answer. `reason` is the cause, and the message explains
 * the fix.
 *
 * **Details**
 *
 * `content`: the input or output of a call is missing or truncated. `ambiguous`: two calls cannot be distinguished.
 * `value`: the trace does not contain the value that the program received. `recording`: there is nothing to replay.
 *
 * @category errors
 * @since 0.1.0
 */
export class ReplayError extends Data.TaggedError("ReplayError")<{
  readonly reason: "content" | "ambiguous" | "value" | "recording"
  readonly message: string
}> {}

/**
 * A recorded call.
 *
 * **Details**
 *
 * `number` counts from 1, ordered by start. `fields` are those of an LLM event or a tool event, with the input and the
 * output. `errorType` and `errorMessage` describe its failure.
 *
 * @category models
 * @since 0.1.0
 */
export type RecordedCall =
  & {
    readonly number: number
    readonly name: string
    readonly node: SpanTree.Node
    readonly errorType: string | undefined
    readonly errorMessage: string | undefined
    readonly interrupted: boolean
  }
  & (
    | { readonly kind: "model"; readonly fields: Values<typeof llmFields> }
    | { readonly kind: "tool"; readonly fields: Values<typeof toolFields> }
  )

/**
 * A trace that can be replayed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Recording {
  readonly spans: ReadonlyArray<SpanData>
  readonly calls: ReadonlyArray<RecordedCall>
  /** The first start, in nanoseconds since the epoch. */
  readonly startTime: bigint
}

const defined = <A extends object>(fields: A): A => {
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) out[key] = value
  return out as A
}

const callOf = (node: SpanTree.Node, number: number): RecordedCall => {
  const { decoded, span: { attributes } } = node
  const { errorMessage, errorType, interrupted } = decoded
  const common = { number, node, errorType, errorMessage, interrupted }
  if (decoded.category === "tool") {
    const fields = defined({
      name: decoded.toolName,
      callId: decoded.toolCallId,
      parameters: decoded.input,
      result: decoded.output,
      ...defined(ToolEvent.fromAttributes(attributes))
    })
    return { ...common, kind: "tool", name: fields.name ?? decoded.title, fields }
  }
  const { inputMessages, model, operation, outputMessages, provider, responseId, responseModel, usage } = decoded
  const decodedFields = defined({
    inputMessages,
    model,
    operation,
    outputMessages,
    provider,
    responseId,
    responseModel,
    usage,
    finishReasons: decoded.finishReasons
  })
  const fields = { ...decodedFields, ...defined(LlmEvent.fromAttributes(attributes)) }
  return { ...common, kind: "model", name: fields.model ?? decoded.title, fields }
}

const isCall = ({ decoded: { category } }: SpanTree.Node): boolean =>
  category === "llm" || category === "embeddings" || category === "tool"

/**
 * Reads the calls from spans.
 *
 * **Example** (the recorded calls)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceTool } from "effect-agentops"
 * import { Recording } from "effect-agentops/replay"
 * import { TestTracing } from "effect-agentops/testing"
 *
 * const spans = await Effect.runPromise(TestTracing.spansOf(traceTool(Effect.succeed(3), "count")))
 *
 * Recording.make(spans).calls.map(({ kind, name, number }) => [number, kind, name]) // => [[1, "tool", "count"]]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (spans: ReadonlyArray<SpanData>): Recording => {
  const nodes = [...SpanTree.flatten(SpanTree.make(spans))].sort((a, b) => SpanTree.byStart(a.span, b.span))
  return {
    spans,
    calls: nodes.filter(isCall).map((node, i) => callOf(node, i + 1)),
    startTime: nodes[0]?.span.startTime ?? 0n
  }
}

const parse = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

/**
 * Reads a recording from a file of OTLP JSON, with one request a line, as `Exporter.file` writes it.
 *
 * **Details**
 *
 * `traceId`, or a prefix of it, selects a trace. Without it the whole file is replayed. Fails with a
 * {@link ReplayError} if the file cannot be read or has no span.
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = Effect.fnUntraced(function*(
  file: string,
  options?: { readonly traceId?: string | undefined }
): Effect.fn.Return<Recording, ReplayError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(file).pipe(
    Effect.mapError((error) => new ReplayError({ reason: "recording", message: `${file}: ${error.message}` }))
  )
  const whole = Option.toArray(parse(text))
  const values = whole.length > 0 ? whole : text.split("\n").flatMap((line) => Option.toArray(parse(line)))
  const spans = values.flatMap((value) => isTracesJson(value) ? readTracesJson(value) : [])
  const wanted = options?.traceId?.replaceAll("-", "").toLowerCase() ?? ""
  const found = spans.filter(({ traceId }) => traceId.startsWith(wanted))
  if (found.length > 0) return make(found)
  return yield* new ReplayError({
    reason: "recording",
    message: spans.length === 0
      ? `${file} has no spans. Give lines of OTLP JSON, as Exporter.file writes`
      : `${file} has no trace ${options?.traceId}. It has ${
        [...new Set(spans.map(({ traceId }) => traceId))].join(", ")
      }`
  })
})
