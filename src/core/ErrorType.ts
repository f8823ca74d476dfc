/**
 * The word for an error: what `error.type` says on a span and on metrics.
 *
 * An error class of your own can say it for itself, by a property under
 * {@link TypeId}: an API's error code tells more than the name of a class, and is
 * of low cardinality too.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
 * @since 0.1.0
 */
import { errorType } from "./internal/failure.ts"

/**
 * The key of the property in which an error says its type.
 *
 * **Example** (an error that says its API's code)
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
 * An error that says its type itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorType {
  readonly [TypeId]: string
}

/**
 * The type of an error as spans and metrics tell it: the error's own word for it,
 * else its `_tag`, else the name of its class; `_OTHER` where it has none of these.
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
