/**
 * What can be traced, and what tracing makes of it.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"

/**
 * What can be traced: an effect, or a stream, whose event lasts until the stream has ended, however it does.
 *
 * @category models
 * @since 0.1.0
 */
export type Traceable = Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown>

/**
 * What tracing makes of it: the same, with the same types.
 *
 * @category models
 * @since 0.1.0
 */
export type Traced<T> = T extends Stream.Stream<infer A, infer E, infer R> ? Stream.Stream<A, E, R>
  : T extends Effect.Effect<infer A, infer E, infer R> ? Effect.Effect<A, E, R>
  : never
