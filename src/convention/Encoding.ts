/**
 * A span encoded in one vocabulary, and the functions that conventions are built from.
 *
 * @since 0.1.0
 */
import type { Attributes, AttributeValue } from "../core/Attribute.ts"
import * as callSite from "../core/internal/callSite.ts"
import type { CodeLocation, Status } from "../core/SpanData.ts"
import type { Span, TracedEvent } from "../trace/Span.ts"
import * as facts from "./internal/spanFacts.ts"
import { encodeBy } from "./internal/writing.ts"
import type { Encoding, Options, Table, Writing } from "./Writing.ts"

export type { Encoding, Options, Part, Table, Writing } from "./Writing.ts"

/**
 * Encodes a span by a table.
 *
 * **Example** (Langfuse's names for model calls)
 *
 * ```ts
 * import { Convention, Encoding, Event, LlmEvent } from "effect-agentops"
 *
 * const table: Encoding.Table = {
 *   every: (span) => ({ attributes: { "langfuse.session.id": span.session?.id } }),
 *   events: {
 *     modelCall: (event) => {
 *       const { model, responseModel } = Event.as(event, LlmEvent.LlmEvent)
 *       return {
 *         attributes: {
 *           "langfuse.observation.type": "generation",
 *           "langfuse.observation.model.name": responseModel ?? model
 *         }
 *       }
 *     }
 *   }
 * }
 * const langfuse: Convention.Convention = {
 *   name: "langfuse",
 *   encode: (span, options) => Encoding.fromTable(span, table, options)
 * }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromTable: (span: Span, table: Table, options: Options) => Encoding = facts.encodeTable

/**
 * The `encode` of a convention that writes its attributes one by one. Protobuf exporters encode these directly into
 * bytes.
 *
 * **Example** (sessions alone)
 *
 * ```ts
 * import { Convention, Encoding } from "effect-agentops"
 *
 * const sessions: Convention.Convention = {
 *   name: "sessions",
 *   encode: Encoding.fromWriting({
 *     head: (span, options) => ({ name: span.name, kind: span.kind, status: Encoding.statusOf(span, options) }),
 *     attributes: (span, _options, writer) => writer.put("session.id", span.session?.id)
 *   })
 * }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromWriting: (writing: Writing) => (span: Span, options: Options) => Encoding = encodeBy

/**
 * The status according to OpenTelemetry's "Recording errors". It is an error if the span failed, if its event was
 * judged a failure, or if it is the root of a failed session. Otherwise it is unset.
 *
 * **Details**
 *
 * The message of an error may quote what people wrote, so it is content. The type of an error is not content.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
 * @category reading
 * @since 0.1.0
 */
export const statusOf: (span: Span, options: Options) => Status = facts.statusOf

/**
 * The type of a span's error: the type of its failure, or `unsuccessful` if its value was judged a failure.
 *
 * @category reading
 * @since 0.1.0
 */
export const errorTypeOf: (span: Span) => string | undefined = facts.errorTypeOf

/**
 * The attributes of an event as its kind encodes them, without content unless content may be exported.
 *
 * @category reading
 * @since 0.1.0
 */
export const fieldsOf: (event: TracedEvent, options: Options) => Attributes = facts.attributesOf

/**
 * A source location in OpenTelemetry's names: `code.file.path`, `code.line.number`, `code.function.name`.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/
 * @category reading
 * @since 0.1.0
 */
export const location = (callSite_: CodeLocation | undefined): Attributes => {
  const target: Record<string, AttributeValue> = {}
  callSite.writeLocation(target, callSite_)
  return target
}
