/**
 * The type of an error: the value of `error.type` on spans and metrics.
 *
 * An error class of your own can set it by a property under {@link TypeId}. An API's error code is more specific than
 * the name of a class, and also has few distinct values.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
 * @since 0.1.0
 */
import { errorType } from "./internal/failure.ts"

/**
 * The key of the property that holds an error's type.
 *
 * **Example** (an error with its API's code)
 *
 * ```ts
 * import { Data } from "effect"
 * import { ErrorType } from "effect-agentops"
 *
 * class ShopError extends Data.TaggedError("ShopError")<{ readonly code: string }> {
 *   get [ErrorType.TypeId]() {
 *     return this.code
 *   }
 * }
 * ErrorType.of(new ShopError({ code: "sold_out" })) // => "sold_out"
 * ```
 *
 * @category type ids
 * @since 0.1.0
 */
export const TypeId = "~effect-agentops/errorType"

/**
 * The type of {@link TypeId}.
 *
 * @category type ids
 * @since 0.1.0
 */
export type TypeId = typeof TypeId

/**
 * An error that states its own type.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorType {
  readonly [TypeId]: string
}

/**
 * Returns the type of an error for spans and metrics: its own property, else its `_tag`, else the name of its class,
 * else `_OTHER`.
 *
 * **Details**
 *
 * It never throws, whatever the error's getters do.
 *
 * **Example** (three kinds of errors)
 *
 * ```ts
 * import { ErrorType } from "effect-agentops"
 *
 * ErrorType.of({ _tag: "NotFound" }) // => "NotFound"
 * ErrorType.of(new RangeError("too far")) // => "RangeError"
 * ErrorType.of("no") // => "_OTHER"
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export const of = (error: unknown): string => errorType(error)
