/**
 * A span encoded in one vocabulary, and the two forms of a vocabulary: a table, and a writer of attributes.
 *
 * @since 0.1.0
 */
import type { SpanKind } from "effect/Tracer"
import type { Attributes, AttributeValue, Writer } from "../core/Attribute.ts"
import type { ErrorPolicy } from "../core/ErrorPolicy.ts"
import type { Status } from "../core/SpanData.ts"
import type { Category } from "../trace/EventKind.ts"
import type { Span, TracedEvent, TracedSession } from "../trace/Span.ts"

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
   * The names of attributes that are doubles even if their value is whole. Default: the doubles among the event's
   * fields, and those of OpenTelemetry's conventions.
   */
  readonly doubles?: ReadonlySet<string> | undefined
}

/**
 * What an encoding may contain.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Whether content may be exported: prompts, completions, a tool's arguments and results. */
  readonly content: boolean
  /** Which errors keep their message when content may not be exported. Default `outside`. */
  readonly errors?: ErrorPolicy | undefined
}

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
  /** Default `Encoding.statusOf`. */
  readonly status?: ((span: Span, options: Options) => Status) | undefined
}

/**
 * A vocabulary that writes its attributes one by one, where {@link Encoding} has them in a record.
 *
 * **Details**
 *
 * `head` is called first, and `attributes` directly after it for the same span. Both must be pure.
 *
 * @category models
 * @since 0.1.0
 */
export interface Writing {
  readonly head: (span: Span, options: Options) => Omit<Encoding, "attributes">
  readonly attributes: (span: Span, options: Options, writer: Writer) => void
}
