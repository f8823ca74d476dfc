/**
 * A span in one vocabulary, and what every vocabulary asks of a span: the ground that a convention stands on.
 *
 * @since 0.1.0
 */
import type { SpanKind } from "effect/Tracer"
import type { Attributes, AttributeValue, Writer } from "../core/Attribute.ts"
import type { ErrorPolicy } from "../core/ErrorPolicy.ts"
import * as callSite from "../core/internal/callSite.ts"
import type { CodeLocation, Status } from "../core/SpanData.ts"
import type { Category } from "../trace/EventKind.ts"
import type { Span, TracedEvent, TracedSession } from "../trace/Span.ts"
import * as facts from "./internal/spanFacts.ts"
import { encodeBy } from "./internal/writing.ts"

/**
 * A span in one vocabulary.
 *
 * @category models
 * @since 0.1.0
 */
export interface Encoding {
  readonly name: string
  readonly kind: SpanKind
  readonly status: Status
  readonly attributes: Attributes
  /**
   * The names of attributes that are doubles, though their value may be whole. Default: those of the event's fields,
   * and those that OpenTelemetry's conventions have as doubles.
   */
  readonly doubles?: ReadonlySet<string> | undefined
}

/**
 * What an encoding may say.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Whether content may leave: prompts, completions, a tool's arguments and results. */
  readonly content: boolean
  /** Whose messages errors may tell where content may not leave. Default `outside`. */
  readonly errors?: ErrorPolicy | undefined
}

/**
 * What a convention says of one span: attributes, and a name and a kind where they are not the span's own.
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
 * A vocabulary as a table: what it says of each thing that a span can stand for.
 *
 * **Details**
 *
 * `events` is by category, with `other` for the kinds that have none and for categories that the table has no row for;
 * without `other` these are told by the attributes of their own fields. What is the same everywhere is done for you:
 * `error.type`, `effect.fiber.interrupted`, and last, so that they win, the attributes that the program set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Table {
  /** Of every span, before anything else. */
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
 * Puts a span in the vocabulary of a table.
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
 * A vocabulary that puts its attributes one by one, where {@link Encoding} has them in a record.
 *
 * **Details**
 *
 * `head` is asked first, `attributes` right after it for the same span. Both must be pure.
 *
 * @category models
 * @since 0.1.0
 */
export interface Writing {
  readonly head: (span: Span, options: Options) => Omit<Encoding, "attributes">
  readonly attributes: (span: Span, options: Options, writer: Writer) => void
}

/**
 * The `encode` of a convention that puts its attributes one by one: exporters of protobuf put them straight into bytes.
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
 * The status by OpenTelemetry's "Recording errors": unset on success, an error where the span failed, was judged a
 * failure, or is of a session that did.
 *
 * **Details**
 *
 * An error's message may quote what people wrote, so it is content; its type is not.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
 * @category reading
 * @since 0.1.0
 */
export const statusOf: (span: Span, options: Options) => Status = facts.statusOf

/**
 * The type of the error of a span: of what it failed of, or `unsuccessful` where a value was judged a failure.
 *
 * @category reading
 * @since 0.1.0
 */
export const errorTypeOf: (span: Span) => string | undefined = facts.errorTypeOf

/**
 * The fields of an event as its own kind encodes them, without content unless it may leave.
 *
 * @category reading
 * @since 0.1.0
 */
export const fieldsOf: (event: TracedEvent, options: Options) => Attributes = facts.attributesOf

/**
 * A line of the program by OpenTelemetry's names: `code.file.path`, `code.line.number`, `code.function.name`.
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
