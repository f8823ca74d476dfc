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
import type { SpanKind } from "effect/Tracer"
import type * as Attribute from "../core/Attribute.ts"
import type { CallSite } from "../core/internal/callSite.ts"
import { throughPipe } from "../core/internal/callSite.ts"
import { dualAt } from "../core/internal/dualAt.ts"
import { isStream, isTraceable } from "../core/internal/inspect.ts"
import type { Fields, Values } from "../model/Field.ts"
import type { Category, Ended, Kind, Measure } from "./EventKind.ts"
import type { Trace, TraceNamed } from "./EventOptions.ts"
import { attributesWriter } from "./internal/event/eventAttributes.ts"
import { categoryOf, fieldsAs } from "./internal/event/facts.ts"
import type { Plan } from "./internal/event/plan.ts"
import { makePlan } from "./internal/event/plan.ts"
import { traceEvent } from "./internal/event/traceEvent.ts"
import { traceKindStream } from "./internal/stream/kindStream.ts"

export type { Category, Ended, Event, Kind, Measure } from "./EventKind.ts"
export type { CommonOptions, Options, Plain, StaticOptions, Trace, TraceNamed } from "./EventOptions.ts"

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
 * **Example** (a custom kind of event)
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
    ? dualAt(isTraceable, (site, options: object | undefined) => {
      const plan = makePlan(kind, options)
      return (self: unknown) => traceEither(self, plan, site)
    }, throughPipe)
    : dualAt(isTraceable, (site, name: unknown, options: object | undefined) => {
      const plan = makePlan(kind, options, undefined, { nameField, name })
      return (self: unknown) => traceEither(self, plan, site)
    })
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

export { type Caller, caller } from "./Caller.ts"
export type { HttpRequest } from "./HttpRequest.ts"
export { type Recorded, recorded } from "./RecordedCall.ts"
export {
  enclosing,
  type Options as StartOptions,
  start,
  type StartedEvent,
  type StartTime,
  startUnsafe,
  traceWith
} from "./StartedEvent.ts"
