/**
 * Replaces streams by recorded answers: see `interceptor`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { interceptorOf } from "../event/interceptor.ts"
import type { OpenEvent } from "../event/openEvent.ts"
import type { StreamEvent } from "./streamEvent.ts"
import type { StreamTracing } from "./traceStream.ts"

/** The recorded chunks, or the stream itself. @internal */
export const interceptChunks = <A, E, R>(
  self: Stream.Stream<A, E, R>,
  event: OpenEvent | undefined,
  { chunk, plan, reader }: StreamTracing
): Stream.Stream<A, E, R> =>
  // With a `chunk` function the recorded chunk cannot be turned back into the program's element.
  event === undefined || chunk !== undefined || reader !== undefined
    ? self
    : (interceptorOf(event.outer)?.chunks(event.asked, plan) as Stream.Stream<A, E, R> | undefined) ?? self

/** An effect of the recorded iterable, or the effect itself. @internal */
export const interceptIterable = <A, E, R>(
  self: Effect.Effect<AsyncIterable<A>, E, R>,
  stream: StreamEvent | undefined,
  { chunk, plan, reader }: StreamTracing
): Effect.Effect<AsyncIterable<A>, E, R> => {
  if (stream === undefined || chunk !== undefined || reader !== undefined) return self
  const { event } = stream
  const chunks = interceptorOf(event.outer)?.chunks(event.asked, plan) as Stream.Stream<A> | undefined
  return chunks === undefined ? self : Effect.succeed(Stream.toAsyncIterable(chunks))
}
