/**
 * The types of an SDK's methods as effects and streams, derived from the types of the client.
 *
 * So the wrappers need no types of the SDKs and fit each of their versions.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"

/**
 * Any method of a client. Its parameters are compared bivariantly.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnyMethod {
  bivariant(...args: Array<never>): PromiseLike<unknown>
}

/**
 * A function that returns a promise.
 *
 * @category models
 * @since 0.1.0
 */
export type Promising = AnyMethod["bivariant"]

/**
 * A method as an effect.
 *
 * @category models
 * @since 0.1.0
 */
export type Call<F, E> = F extends (...args: infer A) => PromiseLike<infer R> ? (...args: A) => Effect.Effect<R, E>
  : never

/**
 * A method that returns an iterable, as a stream.
 *
 * @category models
 * @since 0.1.0
 */
export type StreamCall<F, E> = F extends (...args: infer A) => PromiseLike<AsyncIterable<infer R>>
  ? (...args: A) => Stream.Stream<R, E>
  : never

/**
 * The three signatures of an overloaded method, in order.
 *
 * @category models
 * @since 0.1.0
 */
export type Overloads<F> = F extends
  { (...args: infer A1): infer R1; (...args: infer A2): infer R2; (...args: infer A3): infer R3 }
  ? [(...args: A1) => R1, (...args: A2) => R2, (...args: A3) => R3]
  : never

/**
 * The two signatures of an overloaded method.
 *
 * @category models
 * @since 0.1.0
 */
export type Pair<F> = F extends { (...args: infer A1): infer R1; (...args: infer A2): infer R2 }
  ? [(...args: A1) => R1, (...args: A2) => R2]
  : never

/**
 * The facts of an error of a provider's SDK.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly status: number | undefined
  readonly requestId: string | undefined
  readonly cause: unknown
}
