/**
 * Streams that somebody answers in the place of the program: see `interceptor`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { interceptorOf } from "../event/interceptor.ts"
import type { OpenEvent } from "../event/openEvent.ts"
import type { StreamEvent } from "./streamEvent.ts"
import type { StreamTracing } from "./traceStream.ts"

/** The chunks that are given in the place of a stream, or the stream itself. @internal */
export const chunksInstead = <A, E, R>(
  self: Stream.Stream<A, E, R>,
  event: OpenEvent | undefined,
  { chunk, plan, reader }: StreamTracing
): Stream.Stream<A, E, R> =>
  // A function that finds the chunk in an element does not say what the element was.
  event === undefined || chunk !== undefined || reader !== undefined
    ? self
    : (interceptorOf(event.outer)?.chunks(event.asked, plan) as Stream.Stream<A, E, R> | undefined) ?? self

/** The iterable that is given in the place of one, or what gives it. @internal */
export const iterableInstead = <A, E, R>(
  self: Effect.Effect<AsyncIterable<A>, E, R>,
  stream: StreamEvent | undefined,
  { chunk, plan, reader }: StreamTracing
): Effect.Effect<AsyncIterable<A>, E, R> => {
  if (stream === undefined || chunk !== undefined || reader !== undefined) return self
  const { event } = stream
  const chunks = interceptorOf(event.outer)?.chunks(event.asked, plan) as Stream.Stream<A> | undefined
  return chunks === undefined ? self : Effect.succeed(Stream.toAsyncIterable(chunks))
}
