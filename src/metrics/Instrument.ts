/**
 * Metrics as schemas: an instrument's name, kind, unit and attributes.
 *
 * An instrument is a value. {@link add} and {@link record} take exactly the attributes that it declares, so a wrong one
 * does not compile. A measurement goes to every metric reader of the surrounding `AgentOps` layer. Without a reader, it
 * is ignored and costs next to nothing.
 *
 * @see https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { ConfigurationError } from "../core/ConfigurationError.ts"
import type { Attributes, Fields, Instrument, Kind, Observable } from "./InstrumentDefinition.ts"
import { InstrumentError } from "./InstrumentError.ts"
import { checkMeasurement } from "./internal/measurement.ts"
import { Meter } from "./internal/meter.ts"

export type { Attributes, Fields, Instrument, Kind, Observable } from "./InstrumentDefinition.ts"
export { InstrumentError } from "./InstrumentError.ts"

/**
 * The options of an instrument.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<F extends Fields> {
  /** In UCUM. Default `1`, for a quantity without a dimension. */
  readonly unit?: string | undefined
  readonly description?: string | undefined
  /** Whether values are whole numbers. Default `double`. */
  readonly valueType?: "int" | "double" | undefined
  readonly attributes?: F | undefined
}

const make = <K extends Kind, const F extends Fields>(
  kind: K,
  name: string,
  options: Options<F> | undefined,
  boundaries?: ReadonlyArray<number>
): Instrument<K, F> => ({
  kind,
  name,
  unit: options?.unit ?? "1",
  description: options?.description ?? "",
  valueType: options?.valueType ?? "double",
  boundaries,
  attributes: Schema.Struct(options?.attributes ?? {}) as unknown as Schema.Struct<F>
})

/**
 * A sum that only grows.
 *
 * **Example** (refunds, by reason)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Instrument } from "effect-agentops"
 *
 * const refunds = Instrument.counter("shop.refunds", {
 *   unit: "{refund}",
 *   description: "Refunds that an agent has granted",
 *   attributes: { "shop.refund.reason": Schema.Literals(["late", "broken"]) }
 * })
 *
 * const program = Instrument.add(refunds, 1, { "shop.refund.reason": "late" })
 * await Effect.runPromise(program) // => undefined
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const counter = <const F extends Fields = {}>(name: string, options?: Options<F>): Instrument<"counter", F> =>
  make("counter", name, options)

/**
 * A sum that grows and shrinks, such as work in progress.
 *
 * @category constructors
 * @since 0.1.0
 */
export const upDownCounter = <const F extends Fields = {}>(
  name: string,
  options?: Options<F>
): Instrument<"upDownCounter", F> => make("upDownCounter", name, options)

/**
 * A distribution of values over buckets with the upper bounds `boundaries`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const histogram = <const F extends Fields = {}>(
  name: string,
  options: Options<F> & { readonly boundaries: ReadonlyArray<number> }
): Instrument<"histogram", F> => make("histogram", name, options, options.boundaries)

/**
 * The last value of a quantity, recorded when it changes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const gauge = <const F extends Fields = {}>(name: string, options?: Options<F>): Instrument<"gauge", F> =>
  make("gauge", name, options)

/**
 * The value of a quantity, read at collection: see {@link observe}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const observableGauge = <const F extends Fields = {}>(
  name: string,
  options?: Options<F>
): Instrument<"observableGauge", F> => make("observableGauge", name, options)

/**
 * A sum that only grows and is kept elsewhere, read at collection: see {@link observe}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const observableCounter = <const F extends Fields = {}>(
  name: string,
  options?: Options<F>
): Instrument<"observableCounter", F> => make("observableCounter", name, options)

/**
 * A sum that grows and shrinks and is kept elsewhere, read at collection: see {@link observe}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const observableUpDownCounter = <const F extends Fields = {}>(
  name: string,
  options?: Options<F>
): Instrument<"observableUpDownCounter", F> => make("observableUpDownCounter", name, options)

/** The attributes of a measurement as an argument, which is optional if no attribute is required. */
type Given<F extends Fields> = {} extends Attributes<F> ? [attributes?: Attributes<F>] : [attributes: Attributes<F>]

const measure = (instrument: Instrument, value: number, attributes: object | undefined): Effect.Effect<void> =>
  Effect.contextWith((context: Context.Context<never>) => {
    const meter = Context.get(context, Meter)
    if (!meter.active) return Effect.void
    const span = Context.getOrUndefined(context, Tracer.ParentSpan)
    const error = meter.record(instrument, value, attributes as Readonly<Record<string, unknown>> | undefined, span)
    if (error === undefined) return Effect.void
    return meter.development ? Effect.die(error) : Effect.void
  })

/**
 * Adds to a counter.
 *
 * **Details**
 *
 * An invalid measurement is dropped and counted, for example a negative amount, or wrong attributes from untyped code:
 * see `Meter.status`. With the option `development` of the layer's `metrics`, it is a defect with an
 * {@link InstrumentError}.
 *
 * @category combinators
 * @since 0.1.0
 */
export const add = <F extends Fields>(
  instrument: Instrument<"counter" | "upDownCounter", F>,
  value: number,
  ...[attributes]: Given<F>
): Effect.Effect<void> => measure(instrument as never, value, attributes as object | undefined)

/**
 * Records a value with a histogram or a gauge. An invalid measurement is treated as in {@link add}.
 *
 * **Example** (the size of an order)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Instrument } from "effect-agentops"
 *
 * const orderSize = Instrument.histogram("shop.order.size", {
 *   unit: "{item}",
 *   boundaries: [1, 2, 5, 10],
 *   attributes: { "shop.channel": Schema.String, "shop.coupon": Schema.optional(Schema.String) }
 * })
 *
 * const program = Instrument.record(orderSize, 3, { "shop.channel": "chat" })
 * await Effect.runPromise(program) // => undefined
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const record = <F extends Fields>(
  instrument: Instrument<"histogram" | "gauge", F>,
  value: number,
  ...[attributes]: Given<F>
): Effect.Effect<void> => measure(instrument as never, value, attributes as object | undefined)

/**
 * Checks a measurement from untyped code, and fails with an {@link InstrumentError} if it is invalid.
 *
 * **Example** (a wrong attribute)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Instrument } from "effect-agentops"
 *
 * const refunds = Instrument.counter("shop.refunds", { attributes: { reason: Schema.String } })
 *
 * const error = await Effect.runPromise(Effect.flip(Instrument.check(refunds, 1, { raison: "late" })))
 * error.problem // => 'it has no attribute "raison"'
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const check = (
  instrument: Instrument,
  value: number,
  attributes?: Readonly<Record<string, unknown>>
): Effect.Effect<void, InstrumentError> =>
  Effect.suspend(() => {
    const checked = checkMeasurement(instrument, value, attributes)
    return checked instanceof InstrumentError ? Effect.fail(checked) : Effect.void
  })

/**
 * Reports the values of an observable instrument at every collection, until the scope closes.
 *
 * **Example** (the length of a queue)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Instrument } from "effect-agentops"
 *
 * const waiting = Instrument.observableGauge("shop.tickets.waiting", {
 *   unit: "{ticket}",
 *   attributes: { "shop.queue": Schema.String }
 * })
 *
 * const program = Instrument.observe(waiting, Effect.succeed([[3, { "shop.queue": "returns" }]]))
 * await Effect.runPromise(Effect.scoped(program)) // => undefined
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const observe = <F extends Fields, R>(
  instrument: Instrument<Observable, F>,
  values: Effect.Effect<ReadonlyArray<readonly [value: number, ...Given<F>]>, never, R>
): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.contextWith((context: Context.Context<R | Scope.Scope>) =>
    Context.get(context, Meter).observe(instrument as never, Effect.provideContext(values, context) as never)
  )

/**
 * Declares instruments when a layer is built. Then two different instruments with one name are an error, instead of
 * dropped measurements later.
 *
 * **Details**
 *
 * `AgentOps.layer` declares the library's own instruments, and further ones from its option `metrics`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (...instruments: ReadonlyArray<Instrument<Kind, never> | Instrument>): Layer.Layer<
  never,
  ConfigurationError
> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const meter = yield* Meter
    yield* meter.declare(instruments as ReadonlyArray<Instrument>)
  }))
