/**
 * A span encoded in one vocabulary, and a vocabulary that writes its attributes one by one.
 *
 * @since 0.1.0
 */
import type { SpanKind } from "effect/Tracer"
import type { Attributes, Writer } from "../core/Attribute.ts"
import type { ErrorPolicy } from "../core/ErrorPolicy.ts"
import type { Status } from "../core/SpanData.ts"
import type { Span } from "../trace/Span.ts"

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
