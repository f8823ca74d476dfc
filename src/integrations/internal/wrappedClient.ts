/**
 * The shared part of the wrappers of OpenAI's and Anthropic's SDKs.
 *
 * One generator makes both SDKs, so they have the same structure: every method calls `post` or `get` of the client. So
 * a lent copy traces only `post`, which covers every helper of the SDK. The traced `fetch` of a call travels in the
 * options of its request, so no client of the program is changed. This is a boundary with promises of other libraries,
 * so it uses `async`.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import { nonEmpty } from "../../core/internal/inspect.ts"
import type { Values } from "../../model/Field.ts"
import { isConnectionLost } from "../../model/internal/connection.ts"
import * as LlmCall from "../../model/LlmCall.ts"
import * as Event from "../../trace/Event.ts"
import { LlmEvent, toFields } from "../../trace/LlmEvent.ts"
import * as LlmStream from "../../trace/LlmStream.ts"
import type { fields as toolFields } from "../../trace/ToolEvent.ts"
import { ToolEvent } from "../../trace/ToolEvent.ts"
import { ambient } from "./ambient.ts"
import type { PendingResponses } from "./background.ts"
import { anySignal } from "./requests.ts"
import type { Fetch, Started } from "./requests.ts"
import type { Sdk, Wiring } from "./sdk.ts"
import * as sdk from "./sdk.ts"

/** The settings of one request. */
interface RequestSettings {
  readonly signal?: AbortSignal | null | undefined
  readonly fetchOptions?: object | undefined
}

interface Promised<A> extends PromiseLike<A> {
  readonly asResponse: () => Promise<unknown>
  readonly _responseProps?: () => Promise<unknown>
  readonly _thenUnwrap: <B>(transform: (value: A) => B) => Promised<B>
}

/** The methods that both clients have. @internal */
export interface Client {
  withOptions(options: object): this
  post(path: string, options?: unknown): unknown
  get(path: string, options?: unknown): unknown
}

/** One provider. @internal */
export interface Provider<E> extends Sdk<E> {
  readonly provider: string | undefined
  /** The API of a path, if it calls a model. */
  readonly apiOf: (path: string) => LlmCall.Api | undefined
  readonly background?: PendingResponses | undefined
}

const hasSdkName = (cause: unknown): boolean => cause instanceof Error && cause.constructor.name.startsWith("API")

/** The facts of an error of either SDK. @internal */
export const failureOf = (cause: unknown) => {
  const error: Readonly<Record<PropertyKey, unknown>> = Predicate.isObject(cause) ? cause : {}
  const status = typeof error.status === "number" ? error.status : undefined
  // If a response body breaks off while it is read, the error is the runtime's and not the SDK's.
  const lost = status === undefined && !hasSdkName(cause) && isConnectionLost(cause)
  const name = lost ? "APIConnectionError" : cause instanceof Error ? cause.constructor.name : "_OTHER"
  const type = nonEmpty(error.type)
  return {
    code: (lost ? name : nonEmpty(error.code) ?? nonEmpty(error.errorCode)) ?? type ?? status?.toString() ??
      (name === "APIConnectionTimeoutError" ? "timeout" : name),
    message: cause instanceof Error ? cause.message : String(cause),
    status,
    type,
    requestId: nonEmpty(error.requestID),
    cause
  }
}

/** The key under which the options of a request hold the `fetch` of its call. */
const fetchKey: unique symbol = Symbol.for("effect-agentops/sdk/fetch")

interface WithFetch {
  readonly [fetchKey]?: Wiring["fetch"]
}

const withWiring = (options: RequestSettings | undefined, { fetch, signal }: Wiring): RequestSettings => ({
  ...options,
  signal: anySignal(signal, options?.signal),
  fetchOptions: { ...options?.fetchOptions, [fetchKey]: fetch }
})

/** A copy of a client that sends each request through the `fetch` in its options. @internal */
export const withRequestFetch = <C extends Client>(client: C): C => {
  const { fetch } = client as unknown as { readonly fetch: Fetch }
  const through: Fetch = (input, init) => {
    const { [fetchKey]: own, ...rest } = init as RequestInit & WithFetch ?? {}
    return own === undefined ? fetch(input, init) : own(fetch)(input, rest)
  }
  return client.withOptions({ fetch: through })
}

interface Creating {
  readonly create: (body: never, options: never) => PromiseLike<unknown>
}

/** An endpoint's `create` as an effect, and the same call as a stream. @internal */
export const endpoint = <E>(provider: Provider<E>, api: LlmCall.Api, target: Creating) => {
  const entry = sdk.method(
    api,
    provider.provider,
    (target: Creating, [body, options], wiring) =>
      target.create(body as never, withWiring(options as never, wiring) as never),
    {
      answered: (event, value) => {
        if (provider.background?.remember(event, api, value) === true) provider.background.ended(event)
      }
    }
  )
  const own = {
    create: (body: object, options?: object) => sdk.call(provider, entry, target, [body, options], own.create),
    stream: (body: object, options?: object) =>
      sdk.stream(provider, entry, target, [{ ...body, stream: true }, options], own.stream)
  }
  return own
}

interface SdkStream extends AsyncIterable<unknown> {
  readonly controller: AbortController
  readonly constructor: new(iterator: () => AsyncIterator<unknown>, controller: AbortController) => unknown
}

const isSdkStream = (value: unknown): value is SdkStream =>
  Predicate.hasProperty(value, "controller") && Predicate.hasProperty(value, Symbol.asyncIterator)

class Calls<E> {
  readonly #provider: Provider<E>
  readonly #context: Context.Context<never>
  readonly #signal: AbortSignal
  readonly #below: Event.Caller
  /** Events whose response has not been read. */
  readonly #open = new Set<Started>()

  constructor(provider: Provider<E>, context: Context.Context<never>, signal: AbortSignal, below: Event.Caller) {
    this.#provider = provider
    this.#context = context
    this.#signal = signal
    this.#below = below
  }

  /** Traces a `post` of the client as an event. */
  post(post: (path: string, options?: unknown) => Promised<unknown>, path: string, options: unknown): unknown {
    const { apiOf, provider, toError } = this.#provider
    const api = apiOf(path)
    if (api === undefined) return this.get(post, path, options)
    let event: Started | undefined
    const prepare = (given: RequestSettings & { readonly body?: unknown } | undefined) => {
      event = Event.startUnsafe(ambient(this.#context), LlmEvent, {
        provider,
        below: this.#below,
        read: () => toFields(LlmCall.readRequest(given?.body, { api }))
      })
      this.#open.add(event)
      return withWiring(given, sdk.wiring(event, this.#signal))
    }
    const answer = post(
      path,
      Predicate.isPromiseLike(options) ? options.then(prepare as never) : prepare(options as never)
    )
    const head = answer._responseProps?.() ?? answer.asResponse()
    head.then(undefined, (error: unknown) => this.#end(event, Exit.fail(toError(error))))
    return answer._thenUnwrap((value) => event?.isTraced === true ? this.#answered(event, api, value) : value)
  }

  #answered(event: Started, api: LlmCall.Api, value: unknown): unknown {
    if (isSdkStream(value)) {
      this.#open.delete(event)
      const chunks = LlmStream.observe(event, value, { toError: this.#provider.toError })
      return new value.constructor(() => chunks[Symbol.asyncIterator](), value.controller)
    }
    event.add(toFields(LlmCall.readResponse(value, { api })))
    if (this.#provider.background?.remember(event, api, value) !== true) this.#end(event)
    return value
  }

  /** A later request for a pending response belongs to the call that started it. */
  get(get: (path: string, options?: unknown) => Promised<unknown>, path: string, options: unknown): unknown {
    const { background } = this.#provider
    const answer = get(path, options)
    const id = background?.asked(String(path))
    if (id === undefined) return answer
    return answer._thenUnwrap((value) => {
      const taken = background?.take(id, value, this.#context, this.#below)
      return taken === undefined ? value : this.#answered(taken.event, taken.api, value)
    })
  }

  #end(event: Started | undefined, exit?: Exit.Exit<unknown, unknown>): void {
    if (event === undefined) return
    this.#open.delete(event)
    event.end(exit)
  }

  /** Ends calls that the program has not awaited when it is done with the client. */
  close(exit: Exit.Exit<unknown, unknown>): void {
    for (const event of this.#open) {
      event.end(exit._tag === "Success" ? undefined : exit)
      this.#provider.background?.ended(event)
    }
    this.#open.clear()
  }
}

/** Runs code that uses a client of promises, and traces its calls. @internal */
export const use = <C extends Client, A, E>(
  client: C,
  provider: Provider<E>,
  below: Event.Caller,
  f: (client: C, signal: AbortSignal) => PromiseLike<A> | A,
  prepare: (client: C, context: Context.Context<never>) => void
): Effect.Effect<A, E> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.suspend(() => {
      let calls: Calls<E> | undefined
      return Effect.tryPromise({
        try: async (signal) => {
          const copy = withRequestFetch(client)
          const post = copy.post.bind(copy) as (path: string, options?: unknown) => Promised<unknown>
          const opened = calls = new Calls(provider, context, signal, below)
          copy.post = (path, options) => opened.post(post, path, options)
          const get = copy.get.bind(copy) as (path: string, options?: unknown) => Promised<unknown>
          copy.get = (path, options) => opened.get(get, path, options)
          prepare(copy, context)
          return await f(copy, signal)
        },
        catch: provider.toError
      }).pipe(Effect.onExit((exit) => Effect.sync(() => calls?.close(exit))))
    })
  )

/** Wraps a function that a tool runner calls, so that each call is a tool event. @internal */
export const tracedTool = <Args extends ReadonlyArray<unknown>>(
  context: Context.Context<never>,
  below: Event.Caller,
  fields: (...args: Args) => Values<typeof toolFields>,
  run: (...args: Args) => unknown
) =>
async (...args: Args): Promise<unknown> => {
  const event = Event.startUnsafe(context, ToolEvent, { type: "function", below, read: () => fields(...args) })
  try {
    const replayed = Event.recorded(event as never)?.result()
    const result = await (replayed === undefined ? run(...args) : Effect.runPromiseWith(context)(replayed))
    event.add({ result })
    event.end()
    return result
  } catch (error) {
    event.end(Exit.fail(error))
    throw error
  }
}
