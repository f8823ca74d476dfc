/**
 * What a kind of event is, as a value: the type that `Event.define` gives, apart from how an effect is traced as one.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import type { SpanKind } from "effect/Tracer"
import type * as Attribute from "../core/Attribute.ts"
import type * as Instrument from "../metrics/Instrument.ts"
import type { Fields, Values } from "../model/Field.ts"

/**
 * What an event is to the rest of the library, whatever its kind is called.
 *
 * **Details**
 *
 * A `modelCall` is priced, counts with its tokens and cost for its session, its budget and its metrics, and is told
 * as an inference by each convention. A `tool` and an `action` are counted. An `agent` is who makes the calls inside
 * of it. An `error` has always failed. An `approval`, a `handoff`, a `guardrail`, a `retrieval`, a `rerank` and what a
 * `memory` does are told by each convention in its own words for them.
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
 * Something that happened: a kind and the values of its fields.
 *
 * @category models
 * @since 0.1.0
 */
export interface Event<out F extends Fields = Fields> {
  readonly kind: Kind<F>
  readonly fields: Values<F>
}

/**
 * What a kind is made of, whatever its combinator.
 *
 * **Details**
 *
 * `category` is what its events are to sessions, budgets, metrics and conventions.
 * `span` is the name of the span that stands for the event, `attempt` that of
 * its child for each attempt, if it has one. `constants` are attributes that
 * every event of the kind carries.
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
  /** Measures an event that has ended. */
  readonly metrics: ((event: Ended, record: Measure) => void) | undefined
  /** The schema of the fields, each optional. */
  readonly schema: Schema.Codec<Values<F>, unknown>
  /** Makes an event that already happened, for `Session.record`. */
  readonly make: (fields: Values<F>) => Event<F>
  /** Writes fields as span attributes; `content` fields only where asked, which is the default. */
  readonly toAttributes: (
    fields: Values<F>,
    options?: { readonly content?: boolean | undefined }
  ) => Attribute.Attributes
  /** Reads fields from span attributes: the inverse of `toAttributes`. */
  readonly fromAttributes: (attributes: Attribute.Attributes) => Values<F>
}

/**
 * An event that has ended, as its metrics see it.
 *
 * **Details**
 *
 * `duration` is in seconds, from the clock values that the span has. `errorType` is the span's
 * `error.type`, or `unsuccessful` where `success` judged so. `agent` is the name of the nearest agent
 * around. `calls` are those of an agent itself, not of agents inside of it. `chunkGaps` are the
 * seconds between the chunks of a streamed answer, where the program tells them.
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
  /** The names that the program wants: see the option `metrics` of `AgentOps.layer`. */
  readonly convention: "latest" | "1.41"
}

/**
 * Takes a measurement: exactly the attributes that the instrument declares.
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
