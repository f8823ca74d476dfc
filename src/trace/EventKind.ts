/**
 * The type of a kind of event, without the combinator that traces effects.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import type { SpanKind } from "effect/Tracer"
import type * as Attribute from "../core/Attribute.ts"
import type * as Instrument from "../metrics/Instrument.ts"
import type { Fields, Values } from "../model/Field.ts"

/**
 * How the library treats the events of a kind, whatever its name.
 *
 * **Details**
 *
 * A `modelCall` has a price. Its tokens and cost count for its session, its budget and its metrics, and each convention
 * encodes it as an inference. A `tool` and an `action` are counted. An `agent` is the caller of the calls inside it. An
 * `error` has always failed. Each convention has its own names for an `approval`, a `handoff`, a `guardrail`, a
 * `retrieval`, a `rerank` and a `memory` operation.
 *
 * @category models
 * @since 0.1.0
 */
export type Category =
  | "modelCall"
  | "tool"
  | "agent"
  | "action"
  | "error"
  | "approval"
  | "handoff"
  | "guardrail"
  | "retrieval"
  | "rerank"
  | "memory"

/**
 * An event: a kind and the values of its fields.
 *
 * @category models
 * @since 0.1.0
 */
export interface Event<out F extends Fields = Fields> {
  readonly kind: Kind<F>
  readonly fields: Values<F>
}

/**
 * A kind of event, without its combinator.
 *
 * **Details**
 *
 * `category` is how sessions, budgets, metrics and conventions treat its events. `span` is the name of the event's
 * span, and `attempt` that of its child for each attempt, if it has one. `constants` are attributes of every event of
 * the kind.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kind<out F extends Fields = Fields> {
  readonly name: string
  readonly category: Category | undefined
  readonly span: string
  readonly attempt: string | undefined
  readonly spanKind: SpanKind
  readonly fields: F
  readonly constants: Attribute.Attributes
  readonly readValue: ((value: unknown) => Values<F> | undefined) | undefined
  /** Records metrics for an event that has ended. */
  readonly metrics: ((event: Ended, record: Measure) => void) | undefined
  /** The schema of the fields, each optional. */
  readonly schema: Schema.Codec<Values<F>, unknown>
  /** Makes an event that already happened, for `Session.record`. */
  readonly make: (fields: Values<F>) => Event<F>
  /** Writes fields as span attributes. `content` is `true` by default, and `false` leaves content fields out. */
  readonly toAttributes: (
    fields: Values<F>,
    options?: { readonly content?: boolean | undefined }
  ) => Attribute.Attributes
  /** Reads fields from span attributes: the inverse of `toAttributes`. */
  readonly fromAttributes: (attributes: Attribute.Attributes) => Values<F>
}

/**
 * An event that has ended, as its metrics read it.
 *
 * **Details**
 *
 * `duration` is in seconds, between the start and end times of the span. `errorType` is the span's `error.type`, or
 * `unsuccessful` if `success` returned `false`. `agent` is the name of the nearest enclosing agent. `calls` counts an
 * agent's own calls, without those of agents inside it. `chunkGaps` are the seconds between the chunks of a streamed
 * answer, if the program marks them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ended<out F extends Fields = Fields> {
  readonly fields: Values<F>
  readonly duration: number
  readonly endState: "Success" | "Fail" | "Indeterminate"
  readonly errorType: string | undefined
  readonly agent: string | undefined
  readonly calls: { readonly llm: number; readonly tool: number }
  readonly chunkGaps: ReadonlyArray<number>
  /** The names of metrics that the program selected, see the option `metrics` of `AgentOps.layer`. */
  readonly convention: "latest" | "1.41"
}

/**
 * Records a measurement with exactly the attributes that the instrument declares.
 *
 * @category models
 * @since 0.1.0
 */
export interface Measure {
  <F extends Instrument.Fields>(
    instrument: Instrument.Instrument<"counter" | "upDownCounter" | "histogram" | "gauge", F>,
    value: number,
    attributes: Instrument.Attributes<F>
  ): void
}
