/**
 * Handlers for platforms that freeze or end a function after its response.
 *
 * On such a platform a later timer may never fire, so spans have to be sent before the function is frozen. If the
 * platform has a `waitUntil`, the response is sent immediately and the spans after it. Otherwise the end of the
 * response waits for the spans.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { property, tryOrUndefined } from "../core/internal/inspect.ts"
import { AgentOps } from "../trace/Tracing.ts"
import { bodyOf, watchBody } from "./internal/serverless/body.ts"
import { registerLambda } from "./internal/serverless/lambda.ts"
import { findWaitUntil } from "./internal/serverless/waitUntil.ts"

/**
 * The options of a handler.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<Args extends ReadonlyArray<unknown>> {
  /**
   * How long a flush may take, after the response if the platform waits, otherwise before its end. Undelivered spans
   * are sent with the next call, or stay on disk if the exporter is durable. Default two seconds.
   */
  readonly flushTimeout?: Duration.Input | undefined
  /**
   * How long a response body may stay unread before the spans are flushed anyway. Default 30 seconds.
   */
  readonly idleTimeout?: Duration.Input | undefined
  /**
   * Makes the platform wait for a promise. It also receives the handler's arguments. Default: the platform's own
   * function, as described for {@link handler}. In a long-running server nothing has to wait, so pass `() => {}`.
   */
  readonly waitUntil?: ((promise: Promise<unknown>, ...args: Args) => void) | undefined
  /**
   * How long the layer lives. With `process` it is built at the first call and kept. With `call` it is built for each
   * call, and released after the response. Default: `call` on Cloudflare, where timers and connections end with their
   * request, otherwise `process`.
   */
  readonly lifetime?: "process" | "call" | undefined
}

const isCloudflare = (): boolean => {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent?: unknown } }
  return tryOrUndefined(() => navigator?.userAgent) === "Cloudflare-Workers"
}

/** Makes the platform wait for a promise. Returns whether that was possible. */
const askToWait = <Args extends ReadonlyArray<unknown>>(
  promise: Promise<unknown>,
  args: Args,
  given: Options<Args>["waitUntil"]
): boolean =>
  tryOrUndefined(() => {
    if (given !== undefined) {
      given(promise, ...args)
      return true
    }
    const found = findWaitUntil(args)
    found?.(promise)
    return found !== undefined
    // A `waitUntil` that throws, such as that of a finished request, does not wait.
  }) ?? false

const signalOf = (request: unknown): AbortSignal | undefined => {
  if (typeof Request === "undefined" || !(request instanceof Request)) return undefined
  const signal = property(request, "signal")
  return signal instanceof AbortSignal ? signal : undefined
}

/** The body of a response to `HEAD` is never read. */
const asksForBody = (request: unknown): boolean =>
  typeof Request === "undefined" || !(request instanceof Request) || property(request, "method") !== "HEAD"

const millis = (duration: Duration.Input | undefined, fallback: Duration.Input): number =>
  Duration.toMillis(Duration.fromInputUnsafe(duration ?? fallback))

/**
 * Makes a handler from an effect. It responds immediately, and its spans are sent after the response.
 *
 * **Details**
 *
 * The platform waits for the flush by the first `waitUntil` that is found: that of the options, that of an argument
 * (the context of Cloudflare, Netlify or Hono), that of the request context of Next.js or Vercel, or that of
 * {@link lambda}. Without any, the handler responds when its spans have been delivered, or after `flushTimeout`.
 *
 * A `Response` with a body is returned as soon as the effect succeeds. The flush follows when its body has been read,
 * has failed or was cancelled. Without a `waitUntil`, bytes are still sent immediately, and the end of the body waits
 * for the flush.
 *
 * The handler's promise resolves with the effect's value, or rejects with its error. The arguments are those of the
 * platform. If the first is a `Request` that is aborted before the response, the effect is interrupted.
 *
 * **Example** (a function for events)
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
    // If the layer cannot be built, the call fails and there is nothing to flush.
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
 * Makes a web-standard route from an effect: a request in, a response out, and its spans are sent after it.
 *
 * **When to use**
 *
 * On Cloudflare, Vercel, Netlify and Deno, in a route of Next.js, and with Hono or any other framework based on
 * `Request` and `Response`.
 *
 * **Details**
 *
 * It is {@link handler} for a handler whose first argument is the request. A streamed body is passed on as it is read.
 * For a session that lasts as long as the body, use `Session.untilConsumed`.
 *
 * **Example** (a Cloudflare route)
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
 * Makes AWS Lambda wait for work after the response.
 *
 * **When to use**
 *
 * Around the handler of a function on AWS Lambda, at the top of its module:
 * `export const handler = await Serverless.lambda(...)`. It may contain a {@link handler}, or an adapter of a router
 * whose routes use {@link fetch}.
 *
 * **Details**
 *
 * It registers an internal extension with Lambda. The function is frozen when its handler has responded and every flush
 * has ended, or 200 milliseconds before the deadline of the invocation. Await it, because Lambda accepts extensions
 * only while the module is loaded. Elsewhere, or if Lambda refuses the extension, the handler is returned unchanged.
 * Markers that a wrapper such as `awslambda.streamifyResponse` has set are kept.
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
