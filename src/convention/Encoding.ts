/**
 * A span encoded in one vocabulary, and the functions that conventions are built from.
 *
 * @since 0.1.0
 */
import type { SpanKind } from "effect/Tracer"
import type { Attributes, AttributeValue } from "../core/Attribute.ts"
import * as callSite from "../core/internal/callSite.ts"
import type { CodeLocation, Status } from "../core/SpanData.ts"
import type { Category } from "../trace/EventKind.ts"
import type { Span, TracedEvent, TracedSession } from "../trace/Span.ts"
import * as facts from "./internal/spanFacts.ts"
import { encodeBy } from "./internal/writing.ts"
import type { Encoding, Options, Writing } from "./Writing.ts"

export type { Encoding, Options, Writing } from "./Writing.ts"

/**
 * The part of an encoding that a convention adds: attributes, and the name and kind if they differ from the span's own.
 *
 * **Details**
 *
 * Attributes that are `undefined` are left out.
 *
 * @category models
 * @since 0.1.0
 */
export interface Part {
  readonly name?: string | undefined
  readonly kind?: SpanKind | undefined
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>> | undefined
}

/**
 * A vocabulary as a table, with a function for each kind of span.
 *
 * **Details**
 *
 * The keys of `events` are categories. `other` is for kinds without a category and for categories without a row.
 * Without `other`, such an event has the attributes of its own fields. The attributes that every vocabulary shares are
 * added for you: `error.type`, `effect.fiber.interrupted`, and last the attributes that the program set, which replace
 * any others.
 *
 * @category models
 * @since 0.1.0
 */
export interface Table {
  /** For every span, before the other functions. */
  readonly every?: ((span: Span, options: Options) => Part) | undefined
  readonly session?: ((session: TracedSession, span: Span, options: Options) => Part) | undefined
  readonly events?:
    | { readonly [K in Category | "other"]?: ((event: TracedEvent, span: Span, options: Options) => Part) | undefined }
    | undefined
  readonly attempt?: ((number: number, event: TracedEvent, span: Span, options: Options) => Part) | undefined
  /** Default {@link statusOf}. */
  readonly status?: ((span: Span, options: Options) => Status) | undefined
}

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
