/**
 * The options of an event, and the types of a kind's combinators.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { SpanLink } from "effect/Tracer"
import type { Field, Fields, InputField } from "../model/Field.ts"
import type { Traceable, Traced } from "./Traceable.ts"

/**
 * Options of any event, in addition to its fields.
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
 * Traces an effect or a stream as an event. Data-last and data-first. Value, elements, error and requirements stay as
 * they are.
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
