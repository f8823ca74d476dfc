/**
 * Propagation over Effect's HTTP client and server.
 *
 * Effect's own client sends a `traceparent` to every host and its server trusts
 * every caller. Here the client tells only the hosts that it is allowed to, and a
 * server chooses what to make of what it is told.
 *
 * Rests on `effect/http`, which Effect calls unstable, so it is an entry point of
 * its own: `effect-agentops/http-propagation`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { constFalse, constTrue } from "effect/Function"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { tracerEnabled } from "../../trace/internal/startSpan.ts"
import * as Propagation from "../../trace/Propagation.ts"
import type * as Session from "../../trace/Session.ts"

/**
 * Who is told of the trace.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientOptions extends Propagation.InjectOptions {
  /**
   * Hosts of your own: `orders.internal`, `localhost:8080`, or `*.example.com` for
   * all below a domain. A host without a port stands for all its ports.
   */
  readonly hosts: ReadonlyArray<string>
}

const allows = (hosts: ReadonlyArray<string>): (url: string) => boolean => {
  const exact = new Set<string>()
  const suffixes: Array<string> = []
  for (const host of hosts) {
    const lower = host.toLowerCase()
    if (lower.startsWith("*.")) suffixes.push(lower.slice(1))
    else exact.add(lower)
  }
  return (url) => {
    if (!URL.canParse(url)) return false
    const { host, hostname } = new URL(url)
    return exact.has(host) || exact.has(hostname) || suffixes.some((suffix) => hostname.endsWith(suffix))
  }
}

const traced = (context: Context.Context<never>): boolean => {
  const tracer = Context.getOrUndefined(context, Tracer.Tracer)
  return tracer !== undefined && tracer !== Tracer.nativeTracer && tracerEnabled(context)
}

/**
 * Makes a client tell the allowed hosts of the current trace, and nobody else.
 *
 * **Details**
 *
 * An allowed host gets `traceparent` with the id of the request's own span, and
 * `b3` beside it as Effect's client writes it, `tracestate` and `baggage`. Any
 * other host gets none of these, also not those that Effect's client would send by
 * itself. Nothing is sent where nothing is traced.
 *
 * **Example** (one service of one's own)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { FetchHttpClient, HttpClient } from "effect/http"
 * import { client } from "effect-agentops/http-propagation"
 *
 * const program = Effect.gen(function*() {
 *   const http = (yield* HttpClient.HttpClient).pipe(client({ hosts: ["orders.internal"] }))
 *   return yield* http.get("http://orders.internal/orders/7")
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @category client
 * @since 0.1.0
 */
export const client = (options: ClientOptions) => {
  const allowed = allows(options.hosts)
  return <E, R>(self: HttpClient.HttpClient.With<E, R>): HttpClient.HttpClient.With<E, R> =>
    self.pipe(
      HttpClient.mapRequestEffect((request) =>
        allowed(request.url)
          ? Effect.map(
            Propagation.inject(options),
            ({ traceparent: _, ...carrier }) => HttpClientRequest.setHeaders(request, carrier)
          )
          : Effect.succeed(request)
      ),
      HttpClient.transform((effect, request) =>
        Effect.updateContext(effect, (context: Context.Context<R>): Context.Context<R> =>
          Context.add(
            context,
            HttpClient.TracerPropagationEnabled,
            traced(context as Context.Context<never>) && allowed(request.url)
          ) as Context.Context<R>)
      )
    )
}

/**
 * The client that it is provided with, as {@link client} makes it.
 *
 * **Example** (for a whole program)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import * as HttpPropagation from "effect-agentops/http-propagation"
 *
 * const ClientLive = HttpPropagation.layerClient({ hosts: ["*.internal"] }).pipe(Layer.provide(FetchHttpClient.layer))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = (
  options: ClientOptions
): Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient> =>
  Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, client(options)))

/**
 * What a server makes of the trace that a request says it belongs to.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerOptions {
  /** Default `continue`. Anything else needs {@link layerServer} as well. */
  readonly trust?: Propagation.Trust | undefined
  /**
   * Whether the handler runs as a part of the caller's session, and how that part
   * is called. Default `true`: where the request names a trace and it is trusted.
   */
  readonly session?: boolean | Omit<Session.Options, "id"> | undefined
}

type HttpApp<E, R> = Effect.Effect<HttpServerResponse, E, R>

const traceHeaders: ReadonlySet<string> = new Set([
  "traceparent",
  "tracestate",
  "baggage",
  "b3",
  "x-b3-traceid",
  "x-b3-spanid",
  "x-b3-parentspanid",
  "x-b3-sampled",
  "x-b3-flags"
])

const withoutTrace = (request: HttpServerRequest.HttpServerRequest): HttpServerRequest.HttpServerRequest =>
  request.modify({
    headers: Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !traceHeaders.has(name))
    ) as typeof request.headers
  })

/**
 * Middleware that takes up the trace and the session of a request.
 *
 * **Details**
 *
 * For `HttpServer.serve`, `HttpRouter.serve` and `HttpRouter.middleware`. Where the
 * caller is trusted, the handler runs in the caller's session, with its baggage.
 * Bad headers never fail a request.
 *
 * **Gotchas**
 *
 * Effect's server continues any caller's trace before it runs middleware. Provide
 * {@link layerServer} to leave that to this middleware; without it, `trust` can
 * only be `continue`.
 *
 * **Example** (a server on the edge)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { HttpServerResponse } from "effect/http"
 * import * as HttpPropagation from "effect-agentops/http-propagation"
 *
 * const app = Effect.succeed(HttpServerResponse.text("ok")).pipe(HttpPropagation.server({ trust: "link" }))
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export const server = (options?: ServerOptions) => {
  const trust = options?.trust ?? "continue"
  const session = options?.session ?? true
  return <E, R>(app: HttpApp<E, R>): HttpApp<E, R | HttpServerRequest.HttpServerRequest> =>
    Effect.contextWith((context: Context.Context<R | HttpServerRequest.HttpServerRequest>) => {
      const request = Context.get(context, HttpServerRequest.HttpServerRequest)
      const remote = Propagation.extract(request.headers)
      const trusted = trust === "continue" && Option.isSome(remote)
      const handler = trusted && session !== false
        ? Propagation.joinSession(app, session === true ? { name: `${request.method} request` } : session) as HttpApp<
          E,
          R
        >
        : app
      const withBaggage = trusted
        ? Effect.provideService(handler, Propagation.CurrentBaggage, {
          ...Context.get(context, Propagation.CurrentBaggage),
          ...remote.value.baggage
        })
        : handler
      if (!Context.get(context, HttpMiddleware.TracerDisabledWhen)(request)) return withBaggage
      const links = Context.get(context, References.TracerSpanLinks)
      // The link is for the request's span, not for those inside of it.
      const span = HttpMiddleware.tracer(Effect.provideService(withBaggage, References.TracerSpanLinks, links)).pipe(
        Effect.provideService(HttpMiddleware.TracerDisabledWhen, constFalse)
      )
      if (trust === "continue" || Option.isNone(remote)) return span
      const untrusted = Effect.provideService(span, HttpServerRequest.HttpServerRequest, withoutTrace(request))
      return trust === "link" ? Effect.linkSpans(untrusted, Propagation.toExternalSpan(remote.value)) : untrusted
    })
}

/**
 * Leaves the tracing of requests to {@link server}, instead of Effect's server.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerServer: Layer.Layer<never> = Layer.succeed(HttpMiddleware.TracerDisabledWhen, constTrue)
