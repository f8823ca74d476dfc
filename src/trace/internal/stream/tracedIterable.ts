/**
 * An async iterable that reports its elements to an event.
 *
 * It uses promises, because the protocol of async iterables does.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { succeeded } from "../event/openEvent.ts"
import type { StreamLife } from "./streamLife.ts"

/** @internal */
export const tracedIterator = <A>(
  source: () => AsyncIterator<A>,
  stream: StreamLife,
  toError: (cause: unknown) => unknown = (cause) => cause
): AsyncIterator<A> => {
  const watcher = Effect.runForkWith(stream.outer)(stream.watch())
  const stop = () => Effect.runFork(Fiber.interrupt(watcher))
  let iterator: AsyncIterator<A> | undefined
  const opened = () => iterator ??= source()
  const observe = async (step: () => Promise<IteratorResult<A>>): Promise<IteratorResult<A>> => {
    stream.pulling = true
    try {
      const result = await step()
      if (result.done === true) {
        stream.endUnsafe("drained", succeeded)
        stop()
      } else {
        stream.takeOne(result.value)
      }
      return result
    } catch (error) {
      stream.endUnsafe("failed", Exit.fail(toError(error)))
      stop()
      throw error
    }
  }
  return {
    next: () => observe(() => opened().next()),
    return: async (value) => {
      stream.endUnsafe("let_go", succeeded)
      stop()
      return await opened().return?.(value) ?? { done: true, value }
    },
    throw: async (error) => {
      stream.endUnsafe("failed", Exit.fail(toError(error)))
      stop()
      const source = opened()
      if (source.throw === undefined) throw error
      return source.throw(error)
    }
  }
}

/** @internal */
export const tracedIterable = <A>(
  source: AsyncIterable<A>,
  stream: StreamLife,
  toError?: (cause: unknown) => unknown
): AsyncIterable<A> => {
  const iterator = tracedIterator(() => source[Symbol.asyncIterator](), stream, toError)
  return { [Symbol.asyncIterator]: () => iterator }
}
