/**
 * Types of an SDK's methods as effects and streams, from the types of the client.
 *
 * So the wrappers need no types of the SDKs, and hold for each of their versions.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"

/** Any client's method; a method's parameters are compared both ways. @internal */
export interface AnyMethod {
  bivariant(...args: Array<never>): PromiseLike<unknown>
}

/** @internal */
export type Promising = AnyMethod["bivariant"]

/** A method as an effect. @internal */
export type Call<F, E> = F extends (...args: infer A) => PromiseLike<infer R> ? (...args: A) => Effect.Effect<R, E>
  : never

/** A method that gives an iterable, as a stream. @internal */
export type StreamCall<F, E> = F extends (...args: infer A) => PromiseLike<AsyncIterable<infer R>>
  ? (...args: A) => Stream.Stream<R, E>
  : never

/** The signatures of an overloaded method, in their order. @internal */
export type Overloads<F> = F extends
  { (...args: infer A1): infer R1; (...args: infer A2): infer R2; (...args: infer A3): infer R3 }
  ? [(...args: A1) => R1, (...args: A2) => R2, (...args: A3) => R3]
  : never

/** The signatures of a method that has two. @internal */
export type Pair<F> = F extends { (...args: infer A1): infer R1; (...args: infer A2): infer R2 }
  ? [(...args: A1) => R1, (...args: A2) => R2]
  : never

/** What a provider's SDK said when it failed. @internal */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly status: number | undefined
  readonly requestId: string | undefined
  readonly cause: unknown
}
