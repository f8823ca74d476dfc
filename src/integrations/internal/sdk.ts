/**
 * The shared part of the wrappers of the providers' SDKs: a table of the methods that call a model, and one way to
 * trace each of them.
 *
 * A method is called as an effect, as a stream or, on a lent client, as the original promise. In each case its HTTP
 * requests are attempts of its event, because the SDK gets a `fetch` that records them. This is a boundary with
 * promises of other libraries, so it uses `async`.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import * as ApiError from "../../model/ApiError.ts"
import * as LlmCall from "../../model/LlmCall.ts"
import * as Event from "../../trace/Event.ts"
import { LlmEvent, toFields } from "../../trace/LlmEvent.ts"
import * as LlmStream from "../../trace/LlmStream.ts"
import type { Failure } from "../Sdk.ts"
import { ambient } from "./ambient.ts"
import type { Fetch, Started } from "./requests.ts"
import { attemptingFetch } from "./requests.ts"

/** What a call gets in addition to its arguments. @internal */
export interface Wiring {
  readonly signal: AbortSignal
  /** Wraps the SDK's `fetch` so that each request is an attempt. */
  readonly fetch: (fetch: Fetch | undefined) => Fetch
  readonly event: Started
}

type Args = ReadonlyArray<unknown>

/** A method that calls a model. @internal */
export interface Method {
  /** Reads the request from the arguments. */
  readonly request: (target: never, args: Args) => LlmCall.LlmCall | undefined
  /** Reads the response. */
  readonly response: (value: unknown) => LlmCall.LlmCall | undefined
  readonly send: (target: never, args: Args, wiring: Wiring) => PromiseLike<unknown>
  /** Called with a complete response, before the event ends. */
  readonly answered?: ((event: Started, value: unknown) => void) | undefined
  /** Whether it calls a model with these arguments. Default: always. */
  readonly applies?: ((args: Args) => boolean) | undefined
  /** The chunks of a streamed response. Default: the response itself if it is iterable. */
  readonly chunks?: ((value: unknown) => AsyncIterable<unknown> | undefined) | undefined
  /** The response with its chunks replaced. */
  readonly withChunks?: ((value: object, chunks: AsyncIterable<unknown>) => unknown) | undefined
  /** The API's own chunk inside of a chunk of the SDK. */
  readonly chunk?: ((chunk: unknown) => unknown) | undefined
}

/** A method that returns an object with methods that call a model. @internal */
export interface Maker {
  readonly makes: Table
}

/** The methods of a client that call a model, by their place. @internal */
export interface Table {
  readonly [name: string]: Method | Maker | Table
}

/** One SDK. @internal */
export interface Sdk<E> {
  readonly toError: (cause: unknown) => E
}

/** Converts errors of an SDK to its tagged error. @internal */
export const failing = <E>(error: new(failure: Failure) => E): Sdk<E> => ({
  toError: (cause) => {
    if (cause instanceof error) return cause
    const { code, message, requestId, status } = ApiError.read(cause)
    return new error({ code, message, requestId, status, cause })
  }
})

/** A method whose first argument is the request body. @internal */
export const method = (
  api: LlmCall.Api,
  provider: string | undefined,
  send: Method["send"],
  more?: Partial<Method>
): Method => ({
  request: (_, args) => LlmCall.readRequest(args[0], { api, provider }),
  response: (value) => LlmCall.readResponse(value, { api, provider }),
  send,
  ...more
})

const isMethod = (entry: Table[string]): entry is Method => typeof (entry as Method).send === "function"

const isMaker = (entry: Table[string]): entry is Maker => "makes" in entry

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  Predicate.hasProperty(value, Symbol.asyncIterator)

/** @internal */
export const wiring = (event: Started, signal: AbortSignal): Wiring => ({
  event,
  signal,
  fetch: attemptingFetch(event, signal)
})

const optionsOf = (entry: Method, target: object, args: Args, below: (...args: never) => unknown) => ({
  below,
  read: () => toFields(entry.request(target as never, args))
})

const answered = (event: Started, entry: Method, value: unknown): void => {
  if (!event.isTraced) return
  event.add(toFields(entry.response(value)))
  entry.answered?.(event, value)
}

/** Calls a method that does not call a model. @internal */
export const plain = <E>(
  { toError }: Sdk<E>,
  send: (signal: AbortSignal) => PromiseLike<unknown>
): Effect.Effect<unknown, E> => Effect.tryPromise({ try: send, catch: toError })

/** Calls a method and traces the call. @internal */
export const call = <E>(
  { toError }: Sdk<E>,
  entry: Method,
  target: object,
  args: Args,
  below: (...args: never) => unknown
): Effect.Effect<unknown, E> =>
  Event.traceWith(LlmEvent, optionsOf(entry, target, args, below), (event) =>
    Effect.map(
      Effect.tryPromise({
        try: (signal) => entry.send(target as never, args, wiring(event, signal)),
        catch: toError
      }),
      (value) => {
        answered(event, entry, value)
        return value
      }
    ))

const chunksOf = (entry: Method, value: unknown): AsyncIterable<unknown> | undefined =>
  entry.chunks === undefined ? isIterable(value) ? value : undefined : entry.chunks(value)

const whole = async function*(value: unknown) {
  yield value
}

/** Calls a method with a streamed response and traces the call. @internal */
export const stream = <E>(
  { toError }: Sdk<E>,
  entry: Method,
  target: object,
  args: Args,
  below: (...args: never) => unknown
): Stream.Stream<unknown, E> =>
  LlmStream.traceWith(
    { ...optionsOf(entry, target, args, below), chunk: entry.chunk },
    (event) =>
      Stream.unwrap(Effect.gen(function*() {
        // The request lives as long as the stream, and not only until the response starts.
        const controller = yield* Effect.acquireRelease(
          Effect.sync(() => new AbortController()),
          (controller) => Effect.sync(() => controller.abort())
        )
        const value = yield* Effect.tryPromise({
          try: (signal) =>
            entry.send(target as never, args, wiring(event, AbortSignal.any([signal, controller.signal]))),
          catch: toError
        })
        return Stream.fromAsyncIterable(chunksOf(entry, value) ?? whole(value), toError)
      }))
  )

/** An object with some properties replaced. Its functions stay bound to the object. */
const withReplaced = <A extends object>(target: A, replaced: ReadonlyMap<PropertyKey, unknown>): A =>
  new Proxy(target, {
    get: (self, key) => {
      if (replaced.has(key)) return replaced.get(key)
      const value: unknown = Reflect.get(self, key, self)
      return typeof value === "function" && key !== "constructor" ? value.bind(self) : value
    }
  })

const withIterator = (value: object, chunks: AsyncIterable<unknown>): unknown =>
  withReplaced(value, new Map([[Symbol.asyncIterator, () => chunks[Symbol.asyncIterator]()]]))

/** Traces the calls of a lent client. */
class TracedClient {
  readonly #context: Context.Context<never>
  readonly #signal: AbortSignal
  /** Events whose response has not arrived. */
  readonly #open = new Set<Started>()

  constructor(context: Context.Context<never>, signal: AbortSignal) {
    this.#context = context
    this.#signal = signal
  }

  wrap<A extends object>(target: A, table: Table): A {
    const own = new Map<PropertyKey, unknown>()
    return new Proxy(target, {
      get: (self, key) => {
        if (own.has(key)) return own.get(key)
        const value: unknown = Reflect.get(self, key, self)
        const entry = typeof key === "string" && Object.hasOwn(table, key) ? table[key]! : undefined
        if (typeof value === "function") {
          if (key === "constructor") return value
          const bound = this.#bound(self, entry, value as (...args: Args) => unknown)
          own.set(key, bound)
          return bound
        }
        if (entry === undefined || isMethod(entry) || isMaker(entry) || !Predicate.isObject(value)) return value
        const wrapped = this.wrap(value, entry)
        own.set(key, wrapped)
        return wrapped
      }
    })
  }

  #bound(target: object, entry: Table[string] | undefined, value: (...args: Args) => unknown) {
    if (entry === undefined) return value.bind(target)
    if (isMethod(entry)) return this.#method(target, entry, value)
    if (!isMaker(entry)) return value.bind(target)
    return (...args: Args) => {
      const made = value.apply(target, [...args])
      return Predicate.isObject(made) ? this.wrap(made, entry.makes) : made
    }
  }

  #method(target: object, entry: Method, plain: (...args: Args) => unknown) {
    const traced = (...args: Args): unknown => {
      if (entry.applies?.(args) === false) return plain.apply(target, [...args])
      const event = Event.startUnsafe(ambient(this.#context), LlmEvent, optionsOf(entry, target, args, traced))
      this.#open.add(event)
      const forget = (): void => void this.#open.delete(event)
      try {
        const answer = entry.send(target as never, args, wiring(event, this.#signal))
        const promise = answer.then((value) => {
          forget()
          return this.#answered(event, entry, value)
        }, (error: unknown) => {
          forget()
          event.fail(error)
          throw error
        })
        return promiseLike(answer, promise)
      } catch (error) {
        forget()
        event.fail(error)
        throw error
      }
    }
    return traced
  }

  #answered(event: Started, entry: Method, value: unknown): unknown {
    const chunks = chunksOf(entry, value)
    if (chunks === undefined || !Predicate.isObject(value)) {
      answered(event, entry, value)
      event.end()
      return value
    }
    return (entry.withChunks ?? withIterator)(value, LlmStream.observe(event, chunks, { chunk: entry.chunk }))
  }

  /** Ends calls that the program has not awaited when it is done with the client. */
  close(exit: Exit.Exit<unknown, unknown>): void {
    for (const event of this.#open) event.end(exit._tag === "Success" ? undefined : exit)
    this.#open.clear()
  }
}

/** Keeps the additional methods of an SDK's promise. */
const promiseLike = (answer: PromiseLike<unknown>, promise: PromiseLike<unknown>): unknown => {
  if (Object.getPrototypeOf(answer) === Promise.prototype || !Predicate.isObject(answer)) return promise
  const shared = Promise.resolve(promise)
  // The program may use the SDK's own methods and never this promise, so its rejection must count as handled.
  shared.catch(() => {})
  return withReplaced<object>(
    answer,
    new Map<PropertyKey, unknown>([
      ["then", shared.then.bind(shared)],
      ["catch", shared.catch.bind(shared)],
      ["finally", shared.finally.bind(shared)]
    ])
  )
}

/** Runs code that uses a client of promises, and traces its calls. @internal */
export const use = <C extends object, A, E>(
  { toError }: Sdk<E>,
  client: C,
  table: Table,
  f: (client: C, signal: AbortSignal) => PromiseLike<A> | A
): Effect.Effect<A, E> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.suspend(() => {
      let traced: TracedClient | undefined
      return Effect.tryPromise({
        try: async (signal) => {
          const opened = traced = new TracedClient(context, signal)
          return await f(opened.wrap(client, table), signal)
        },
        catch: toError
      }).pipe(Effect.onExit((exit) => Effect.sync(() => traced?.close(exit))))
    })
  )
