/**
 * Keeps a session open until a value that is read in parts has been read.
 *
 * It uses promises, because web streams and async iterables do.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { isStream, tryReading } from "../../../core/internal/inspect.ts"
import { succeeded } from "../event/openEvent.ts"
import { bracketStream } from "../stream/bracketStream.ts"
import { tracedIterator } from "../stream/tracedIterable.ts"
import type { SessionStream } from "./sessionStream.ts"

const readable = (source: ReadableStream<unknown>, session: SessionStream): ReadableStream<unknown> => {
  const watcher = Effect.runForkWith(session.outer)(session.watch())
  const reader = source.getReader()
  const end = (outcome: "drained" | "failed" | "let_go", exit: Exit.Exit<unknown, unknown>) => {
    session.endUnsafe(outcome, exit)
    Effect.runFork(Fiber.interrupt(watcher))
  }
  return new ReadableStream<unknown>({
    // `pull` follows the consumer's demand, so that backpressure stays the same.
    pull: async (controller) => {
      session.pulling = true
      try {
        const { done, value } = await reader.read()
        if (done) {
          end("drained", succeeded)
          controller.close()
        } else {
          session.takeOne(value)
          controller.enqueue(value)
        }
      } catch (error) {
        end("failed", Exit.fail(error))
        controller.error(error)
      }
    },
    cancel: async (reason) => {
      end("let_go", succeeded)
      await reader.cancel(reason)
    }
  }, { highWaterMark: 0 })
}

const iterable = (source: AsyncIterable<unknown>, session: SessionStream): AsyncIterable<unknown> => {
  let traced: AsyncIterator<unknown> | undefined
  const iterator = () => traced ??= tracedIterator(() => source[Symbol.asyncIterator](), session)
  // A proxy keeps the value's other members. Its own methods need the value itself as `this`.
  return new Proxy(source, {
    get: (target, key) => {
      if (key === Symbol.asyncIterator) return iterator
      const own: unknown = Reflect.get(target, key, target)
      if (typeof own !== "function") return own
      const through = key === "next" || key === "return" || key === "throw" ? iterator()[key] : undefined
      return through?.bind(traced) ?? own.bind(target) as unknown
    }
  })
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, Symbol.asyncIterator) === "function"

/** Returns the value in a form that keeps the session open, or unchanged if there is nothing to read. @internal */
export const keepOpen = (value: unknown, session: SessionStream): unknown => {
  if (isStream(value)) {
    session.keep()
    // A stream that never runs has no run to end its session, so the session is watched from outside.
    Effect.runForkWith(session.outer)(session.watch())
    return bracketStream(() => value, () => session)
  }
  if (typeof Response !== "undefined" && value instanceof Response) {
    if (value.body === null || value.bodyUsed) return value
    session.keep()
    return new Response(readable(value.body, session) as ReadableStream<Uint8Array<ArrayBuffer>>, value)
  }
  if (typeof ReadableStream !== "undefined" && value instanceof ReadableStream) {
    if (value.locked) return value
    session.keep()
    return readable(value, session)
  }
  if (tryReading(value, isAsyncIterable) !== true) return value
  session.keep()
  return iterable(value as AsyncIterable<unknown>, session)
}
