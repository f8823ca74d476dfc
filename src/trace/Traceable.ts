/**
 * The types of effects and streams before and after tracing.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"

/**
 * An effect or a stream. The event of a stream lasts until the stream has ended, with any outcome.
 *
 * @category models
 * @since 0.1.0
 */
export type Traceable = Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown>

/**
 * The type after tracing, which is the same type.
 *
 * @category models
 * @since 0.1.0
 */
export type Traced<T> = T extends Stream.Stream<infer A, infer E, infer R> ? Stream.Stream<A, E, R>
  : T extends Effect.Effect<infer A, infer E, infer R> ? Effect.Effect<A, E, R>
  : never
