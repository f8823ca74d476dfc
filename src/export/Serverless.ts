/**
 * Functions that a platform freezes or ends once they have answered.
 *
 * A timer that fires later may never fire there, so spans have to be on their way before the platform lets go. Where it
 * can be asked to wait, by a `waitUntil`, the answer goes out at once and the spans behind it. Where it cannot, the end of
 * the answer waits for them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { attempt, property } from "../core/internal/look.ts"
import { AgentOps } from "../trace/Tracing.ts"
import { bodyOf, watchBody } from "./internal/serverless/body.ts"
import { registerLambda } from "./internal/serverless/lambda.ts"
import { findWaitUntil } from "./internal/serverless/waitUntil.ts"

/**
 * How a function deals with its platform.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<Args extends ReadonlyArray<unknown>> {
  /**
   * How long a flush may take: behind the answer where the platform waits for it, else before its end. What has not
   * arrived by then goes with the next call, or stays on disk where the exporter is durable. Default two seconds.
   */
  readonly flushTimeout?: Duration.Input | undefined
  /**
   * How long the body of an answer may lie unread before its spans are flushed without waiting for its end. Default 30
   * seconds.
   */
  readonly idleTimeout?: Duration.Input | undefined
  /**
   * Has the platform wait for a promise; it gets the handler's arguments after it. Default: what the platform offers, as
   * {@link handler} says. In a server that keeps running nothing has to wait: `() => {}`.
   */
  readonly waitUntil?: ((promise: Promise<unknown>, ...args: Args) => void) | undefined
  /**
   * How long the layer lives. `process`: it is built at the first call and kept. `call`: it is built for each call, and
   * released behind the answer. Default `call` on Cloudflare, where timers and connections end with the request that
   * began them, else `process`.
   */
  readonly lifetime?: "process" | "call" | undefined
}

const isCloudflare = (): boolean => {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent?: unknown } }
  return attempt(() => navigator?.userAgent) === "Cloudflare-Workers"
}

/** Has the platform wait, if it can be asked to. */
const askToWait = <Args extends ReadonlyArray<unknown>>(
  promise: Promise<unknown>,
  args: Args,
  given: Options<Args>["waitUntil"]
): boolean =>
  attempt(() => {
    if (given !== undefined) {
      given(promise, ...args)
      return true
    }
    const found = findWaitUntil(args)
    found?.(promise)
    return found !== undefined
    // One that throws, such as that of a request that is over, does not wait.
  }) ?? false

const signalOf = (request: unknown): AbortSignal | undefined => {
  if (typeof Request === "undefined" || !(request instanceof Request)) return undefined
  const signal = property(request, "signal")
  return signal instanceof AbortSignal ? signal : undefined
}

/** Nobody reads the body of an answer to `HEAD`. */
const asksForBody = (request: unknown): boolean =>
  typeof Request === "undefined" || !(request instanceof Request) || property(request, "method") !== "HEAD"

const millis = (duration: Duration.Input | undefined, fallback: Duration.Input): number =>
  Duration.toMillis(Duration.fromInputUnsafe(duration ?? fallback))

/**
 * Makes a handler of an effect: it answers at once, and its spans arrive behind the answer.
 *
 * **Details**
 *
 * The platform is asked to wait for the flush, by the `waitUntil` of the options, else by that of an argument (the
 * context of Cloudflare, Netlify or Hono), of the request's context of Next.js or Vercel, or of {@link lambda}. Where
 * there is none, the handler answers when its spans have arrived, or `flushTimeout` is over.
 *
 * An answer that is a `Response` with a body is given as soon as it is there, and the flush comes when its body has been
 * read, has failed or was let go. Without a `waitUntil` every byte still goes out at once, and the end of the body
 * waits for the flush.
 *
 * The handler's promise is resolved with the effect's value, or rejected with its error. Arguments are those that the
 * platform gives. Where the first is a `Request` that is aborted before there is an answer, the effect is interrupted.
 *
 * **Example** (a function that is called with an event)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, traceTool } from "effect-agentops"
 * import * as Serverless from "effect-agentops/export/Serverless"
 *
 * const TracingLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "orders" })))
 *
 * const handler = Serverless.handler(TracingLive, (event: { readonly id: number }) =>
 *   Effect.succeed(`order ${event.id}`).pipe(traceTool("find_order")))
 *
 * await handler({ id: 7 }) // => "order 7"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const handler = <Args extends ReadonlyArray<unknown>, A, E, ROut, E2>(
  layer: Layer.Layer<ROut | AgentOps, E2>,
  handle: (...args: Args) => Effect.Effect<A, E, NoInfer<ROut> | AgentOps>,
  options?: Options<Args>
): (...args: Args) => Promise<A> => {
  const idleMillis = millis(options?.idleTimeout, "30 seconds")
  const flushMillis = millis(options?.flushTimeout, "2 seconds")
  const flush = Effect.flatMap(AgentOps, (agentOps) => agentOps.flush(flushMillis))
  let kept: ManagedRuntime.ManagedRuntime<ROut | AgentOps, E2> | undefined
  return async (...args) => {
    const perCall = options?.lifetime === undefined ? isCloudflare() : options.lifetime === "call"
    const runtime = perCall ? ManagedRuntime.make(layer) : kept ??= ManagedRuntime.make(layer)
    const exit = await runtime.runPromiseExit(Effect.suspend(() => handle(...args)), { signal: signalOf(args[0]) })
    // A layer that cannot be built fails the call, and has nothing to flush.
    const finish = () =>
      runtime.runPromiseExit(flush).then(() => perCall ? runtime.dispose() : undefined).catch(() => {})
    const body = exit._tag === "Success" && asksForBody(args[0]) ? bodyOf(exit.value) : undefined
    if (body !== undefined && exit._tag === "Success") {
      const closing = (read: Promise<void>) => {
        const finished = read.then(finish)
        return askToWait(finished, args, options?.waitUntil) ? undefined : finished
      }
      return watchBody(exit.value as Response, body, idleMillis, closing) as A
    }
    const finished = finish()
    if (!askToWait(finished, args, options?.waitUntil)) await finished
    return Effect.runPromise(exit)
  }
}

/**
 * Makes a web-standard route of an effect: a request in, a response out, its spans behind it.
 *
 * **When to use**
 *
 * On Cloudflare, Vercel, Netlify and Deno, in a route of Next.js, and behind Hono or whatever else speaks `Request` and
 * `Response`.
 *
 * **Details**
 *
 * As {@link handler}, for a handler whose first argument is the request. A streamed body is passed on as it is read; a
 * session that is to last as long is made by `Session.untilConsumed`.
 *
 * **Example** (a route of Cloudflare's)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, Session } from "effect-agentops"
 * import * as Serverless from "effect-agentops/export/Serverless"
 *
 * const TracingLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "chat" })))
 *
 * const fetch = Serverless.fetch(TracingLive, (request: Request, env: object, context: { waitUntil(promise: Promise<unknown>): void }) =>
 *   Effect.succeed(new Response("Hello!")).pipe(Session.untilConsumed({ name: "chat" })))
 *
 * const behind: Array<Promise<unknown>> = []
 * const response = await fetch(new Request("http://localhost/"), {}, { waitUntil: (promise) => void behind.push(promise) })
 * await response.text() // => "Hello!"
 * behind.length // => 1
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fetch = <Rest extends Array<unknown>, E, ROut, E2>(
  layer: Layer.Layer<ROut | AgentOps, E2>,
  handle: (request: Request, ...rest: Rest) => Effect.Effect<Response, E, NoInfer<ROut> | AgentOps>,
  options?: Options<[request: Request, ...rest: Rest]>
): (request: Request, ...rest: Rest) => Promise<Response> => handler(layer, handle, options)

/**
 * Has Lambda wait for what is done behind an answer.
 *
 * **When to use**
 *
 * Around the handler of a function on AWS Lambda, at the top of its module: `export const handler = await
 * Serverless.lambda(...)`. Inside of it may be a {@link handler}, or an adapter of a router whose routes are of
 * {@link fetch}.
 *
 * **Details**
 *
 * Registers an internal extension with Lambda: the function is frozen when its handler has answered and every flush is
 * done, or 200 milliseconds before the deadline of the invocation. It has to be awaited, since Lambda takes extensions
 * only while the module is loaded. Elsewhere, and where Lambda turns it down, the handler stays as it is. What a wrapper
 * such as `awslambda.streamifyResponse` has marked stays marked.
 *
 * **Example** (a function on Lambda)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, traceTool } from "effect-agentops"
 * import * as Serverless from "effect-agentops/export/Serverless"
 *
 * const TracingLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "orders" })))
 *
 * const handler = await Serverless.lambda(
 *   Serverless.handler(TracingLive, (event: { readonly id: number }) =>
 *     Effect.succeed(`order ${event.id}`).pipe(traceTool("find_order")))
 * )
 * await handler({ id: 7 }) // => "order 7"
 * ```
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 * @category combinators
 * @since 0.1.0
 */
export const lambda = async <Args extends ReadonlyArray<unknown>, A>(
  handler: (...args: Args) => Promise<A>
): Promise<(...args: Args) => Promise<A>> => {
  const extension = await registerLambda()
  if (extension === undefined) return handler
  const wrapped = async (...args: Args): Promise<A> => {
    extension.started()
    try {
      return await handler(...args)
    } finally {
      extension.answered()
    }
  }
  for (const key of Object.getOwnPropertySymbols(handler)) {
    Object.defineProperty(wrapped, key, Object.getOwnPropertyDescriptor(handler, key)!)
  }
  return wrapped
}
