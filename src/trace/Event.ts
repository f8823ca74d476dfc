/**
 * Defines kinds of events.
 *
 * An event is a traced operation of an agent: a model call, a tool call, an action. A kind of event has typed fields
 * and names for its spans. From its definition come the schema of the event, its span attributes, the decoder from
 * attributes to the event, and the combinator that traces an effect as such an event. The library's own kinds and a
 * user's kinds are made by {@link define}.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { SpanKind, SpanLink } from "effect/Tracer"
import type * as Attribute from "../core/Attribute.ts"
import type { CallSite } from "../core/internal/callSite.ts"
import { callSite, throughPipe } from "../core/internal/callSite.ts"
import { isStream, isTraceable } from "../core/internal/look.ts"
import type { Field, Fields, InputField, Values } from "../model/Field.ts"
import type { Category, Ended, Kind, Measure } from "./EventKind.ts"
import { attributesWriter } from "./internal/event/eventAttributes.ts"
import { categoryOf, fieldsAs } from "./internal/event/facts.ts"
import type { Plan } from "./internal/event/plan.ts"
import { makePlan } from "./internal/event/plan.ts"
import { traceEvent } from "./internal/event/traceEvent.ts"
import { traceKindStream } from "./internal/stream/kindStream.ts"
import type { Traceable, Traced } from "./Traceable.ts"

export type { Category, Ended, Event, Kind, Measure } from "./EventKind.ts"

/**
 * Options of any event, beside its fields.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommonOptions {
  /** Further attributes of the event's span. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
  /** Spans elsewhere that this event refers to. */
  readonly links?: ReadonlyArray<SpanLink> | undefined
}

/**
 * Any value that is not a function, so that a plain value of a field can be distinguished from a function that reads
 * one.
 *
 * @category models
 * @since 0.1.0
 */
export type Plain =
  | string
  | number
  | boolean
  | bigint
  | null
  | ReadonlyArray<unknown>
  | { readonly [key: string]: unknown }
  | (object & { readonly apply?: never })

type Given<T> = unknown extends T ? Plain : T

/**
 * Options that do not depend on the effect's value. `null` leaves a field out, even if it could be read from the value
 * or from a call inside.
 *
 * @category models
 * @since 0.1.0
 */
export type StaticOptions<F extends Fields> =
  & {
    readonly [K in keyof F]?: F[K] extends InputField<infer T> ? T | undefined
      : F[K] extends Field<infer T> ? Given<T> | null | undefined
      : never
  }
  & CommonOptions

/**
 * Options whose fields may also be functions of the effect's success value, called when the effect has succeeded.
 *
 * **Details**
 *
 * `success` judges a success value: `false` marks the event as failed. If a function throws, it counts as having
 * returned `undefined`. `null` leaves a field out, even if it could be read from the value.
 *
 * @category models
 * @since 0.1.0
 */
export type Options<F extends Fields, A> =
  & {
    readonly [K in keyof F]?: F[K] extends InputField<infer T> ? T | undefined
      : F[K] extends Field<infer T> ? Given<T> | null | ((value: A) => T | null | undefined) | undefined
      : never
  }
  & CommonOptions
  & { readonly success?: ((value: A) => boolean) | undefined }

/**
 * Traces an effect or a stream as an event. Data-last and data-first; value,
 * elements, error and requirements stay as they are.
 *
 * **Details**
 *
 * For a stream, functions receive the list of its elements, at most 10,000. They require the data-first form.
 *
 * @category models
 * @since 0.1.0
 */
export interface Trace<F extends Fields> {
  // The compiler reports errors of the last overload, so the last one names the wrong option.
  /** Traces a stream as an event: the stream first, its fields after it. A function reads the list of its elements. */
  <A, E, R>(self: Stream.Stream<A, E, R>, options: Options<F, ReadonlyArray<A>>): Stream.Stream<A, E, R>
  /** Traces an effect as an event: the effect first, its fields after it. */
  <A, E, R>(self: Effect.Effect<A, E, R>, options: Options<F, A>): Effect.Effect<A, E, R>
  /** Traces an effect or a stream as an event, with fields that are known before it runs. */
  (options: StaticOptions<F>): <T extends Traceable>(self: T) => Traced<T>
  /** Traces an effect as an event. A field may be a function that reads it from the effect's value. */
  <A>(options: Options<F, A>): <E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/**
 * Traces an effect or a stream as an event that has a name, such as a tool's. See {@link Trace}.
 *
 * @category models
 * @since 0.1.0
 */
export interface TraceNamed<F extends Fields> {
  // The compiler reports errors of the last overload, so the last one names the wrong option.
  /** Traces a stream as an event of this name: the stream first. A function reads the list of its elements. */
  <A, E, R>(
    self: Stream.Stream<A, E, R>,
    name: string,
    options?: Options<F, ReadonlyArray<A>>
  ): Stream.Stream<A, E, R>
  /** Traces an effect as an event of this name: the effect first, its name and its fields after it. */
  <A, E, R>(self: Effect.Effect<A, E, R>, name: string, options?: Options<F, A>): Effect.Effect<A, E, R>
  /** Traces an effect or a stream as an event of this name, with fields that are known before it runs. */
  (name: string, options?: StaticOptions<F>): <T extends Traceable>(self: T) => Traced<T>
  /** Traces an effect as an event of this name. A field may be a function that reads it from the effect's value. */
  <A>(name: string, options: Options<F, A>): <E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

interface Definition<F extends Fields> {
  /** The name of the event's span. */
  readonly span: string
  /** The name of its child span for each attempt. Default: no such child. */
  readonly attempt?: string | undefined
  /** Default `internal`. */
  readonly spanKind?: SpanKind | undefined
  readonly fields: F
  /**
   * How sessions, budgets, metrics and conventions treat its events, or `null` for none of the categories. Default:
   * derived from the attributes that its fields write. With `gen_ai.usage.input_tokens` it is a model call, with
   * `gen_ai.tool.name` a tool, with `gen_ai.agent.name` as its name an agent, with `action.type` an action.
   */
  readonly category?: Category | null | undefined
  /** Attributes of every event of this kind. */
  readonly constants?: Attribute.Attributes | undefined
  /** Reads fields from a success value if no option gives them. Must not throw. */
  readonly readValue?: ((value: unknown) => Values<F> | undefined) | undefined
  /**
   * Records metrics for each ended event of this kind, sampled or not. An exception is ignored. Default: the metrics of
   * its category, see `EventMetrics`.
   */
  readonly metrics?: ((event: Ended<F>, record: Measure) => void) | undefined
}

const traceEither = (self: unknown, plan: Plan, site: CallSite) =>
  isStream(self) ? traceKindStream(self, plan, site) : traceEvent(self as Effect.Effect<unknown>, plan, site)

/**
 * Defines a kind of event: its spans, its fields, its attribute codec and its combinator.
 *
 * **Details**
 *
 * `name` identifies the kind and is written to the span as `agentops.event.kind`. With `nameField`, one of the fields,
 * the combinator takes a name first, as `traceTool` does.
 *
 * **Example** (an event kind of one's own)
 *
 * ```ts
 * import { Effect, pipe, Schema } from "effect"
 * import { Event, Field } from "effect-agentops"
 *
 * const Checkout = Event.define("shop.checkout", {
 *   span: "shop.checkout",
 *   fields: {
 *     cart: Field.attribute("shop.cart.id", Schema.String),
 *     total: Field.attribute("shop.cart.total", Schema.Finite)
 *   }
 * })
 *
 * const pay = Effect.succeed({ charged: 12.5 })
 * const traced = pipe(pay, Checkout.trace({ cart: "c-1", total: (receipt) => receipt.charged }))
 *
 * Checkout.toAttributes({ cart: "c-1", total: 12.5 }) // => { "shop.cart.id": "c-1", "shop.cart.total": 12.5 }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export function define<const F extends Fields>(
  name: string,
  definition: Definition<F> & { readonly nameField: keyof F & string }
): Kind<F> & { readonly trace: TraceNamed<F> }
export function define<const F extends Fields>(
  name: string,
  definition: Definition<F>
): Kind<F> & { readonly trace: Trace<F> }
export function define(
  name: string,
  definition: Definition<Fields> & { readonly nameField?: string | undefined }
): Kind & { readonly trace: (...args: ReadonlyArray<never>) => unknown } {
  const { fields, nameField } = definition
  const entries = Object.entries(fields)
  const kind: Kind = {
    name,
    category: definition.category === null ? undefined : definition.category ?? categoryOf(fields, nameField),
    span: definition.span,
    attempt: definition.attempt,
    spanKind: definition.spanKind ?? "internal",
    fields,
    constants: definition.constants ?? {},
    readValue: definition.readValue,
    metrics: definition.metrics,
    schema: Schema.Struct(
      Object.fromEntries(entries.map(([key, field]) => [key, Schema.optional(field.schema)]))
    ) as unknown as Schema.Codec<Values<Fields>, unknown>,
    make: (values) => ({ kind, fields: values }),
    toAttributes: attributesWriter(fields, definition.constants ?? {}),
    fromAttributes: (attributes) => {
      const values: Record<string, unknown> = {}
      for (const [key, field] of entries) {
        const value = field.read(attributes)
        if (Option.isSome(value)) values[key] = value.value
      }
      return values
    }
  }

  const trace = nameField === undefined
    ? (...args: ReadonlyArray<unknown>) => {
      const dataFirst = isTraceable(args[0])
      const site = callSite(trace, dataFirst ? throughPipe : undefined)
      const plan = makePlan(kind, (dataFirst ? args[1] : args[0]) as object | undefined)
      return dataFirst ? traceEither(args[0], plan, site) : (self: unknown) => traceEither(self, plan, site)
    }
    : (...args: ReadonlyArray<unknown>) => {
      const site = callSite(trace)
      const dataFirst = isTraceable(args[0])
      const [name, options] = dataFirst ? [args[1], args[2]] : [args[0], args[1]]
      const plan = makePlan(kind, options as object | undefined, undefined, { nameField, name })
      return dataFirst ? traceEither(args[0], plan, site) : (self: unknown) => traceEither(self, plan, site)
    }
  return Object.assign(kind, { trace }) as never
}

/**
 * The fields of an event, typed as those of another kind.
 *
 * **Details**
 *
 * For conventions, sinks and rules that read events of every kind in one category, such as all model calls. If the
 * kinds differ, a field is found by the attributes that it writes. Fields that the other kind cannot read are left out.
 *
 * **Example** (the model of any model call)
 *
 * ```ts
 * import { Event, LlmEvent } from "effect-agentops"
 *
 * const Rerank = Event.define("rerank", { span: "rerank", fields: { ranker: LlmEvent.fields.model } })
 *
 * Event.as(Rerank.make({ ranker: "rerank-v3" }), LlmEvent.LlmEvent).model // => "rerank-v3"
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const as: {
  /** The fields of an event as those of another kind. Fields that this kind cannot read are left out. */
  <F extends Fields>(
    kind: Kind<F>
  ): (event: { readonly kind: Kind<Fields>; readonly fields: Readonly<Record<string, unknown>> }) => Values<F>
  /** The fields of an event as those of another kind. Fields that this kind cannot read are left out. */
  <F extends Fields>(
    event: { readonly kind: Kind<Fields>; readonly fields: Readonly<Record<string, unknown>> },
    kind: Kind<F>
  ): Values<F>
} = dual(2, fieldsAs)

export {
  type Caller,
  caller,
  enclosing,
  type HttpRequest,
  type Options as StartOptions,
  type Recorded,
  recorded,
  start,
  type StartedEvent,
  startUnsafe,
  traceWith
} from "./StartedEvent.ts"
