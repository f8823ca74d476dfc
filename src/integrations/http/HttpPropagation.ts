/**
 * Propagation over Effect's HTTP client and server.
 *
 * Effect's own client sends a `traceparent` to every host, and its server trusts every caller. Here the client sends
 * the trace only to allowed hosts, and a server decides how to use a caller's trace.
 *
 * It depends on `effect/http`, which Effect calls unstable, so it has its own entry point:
 * `effect-agentops/http-propagation`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { constFalse, identity } from "effect/Function"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { adopt } from "../../trace/internal/propagation/propagatedSpan.ts"
import * as Propagation from "../../trace/Propagation.ts"
import type * as Session from "../../trace/Session.ts"

/**
 * Which hosts get the trace.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientOptions extends Propagation.InjectOptions {
  /**
   * Your own hosts: `orders.internal`, `localhost:8080`, or `*.example.com` for all hosts below a domain. A host
   * without a port matches all ports.
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

/** Writes the trace into headers that belong to one request only. */
const write = (headers: Record<string, string>, carrier: Readonly<Record<string, string>>): void => {
  for (const name of Object.keys(carrier)) headers[name.toLowerCase()] = carrier[name]!
}

/**
 * Effect's client makes the request's span when the request is complete, and would write its own flags and formats.
 * Here the carrier is written into the request's own headers while the span is made, because the span is only known
 * then.
 */
const withOwnHeaders = <R>(
  context: Context.Context<R>,
  options: ClientOptions,
  headers: Record<string, string>
): Context.Context<R> => {
  const tracer = Context.get(context as Context.Context<never>, Tracer.Tracer)
  const makeSpan: Tracer.Tracer["span"] = (spanOptions) => {
    const span = tracer.span(spanOptions)
    if (spanOptions.kind === "client") {
      const within = Context.add(context as Context.Context<never>, Tracer.ParentSpan, span)
      write(headers, Propagation.injectUnsafe(within, options))
    }
    return span
  }
  // A proxy for the rest of the tracer, which may have state of its own.
  const injectingTracer = new Proxy(tracer, {
    get: (target, key) => {
      if (key === "span") return makeSpan
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === "function" ? value.bind(target) : value
    }
  })
  return Context.add(context, Tracer.Tracer, injectingTracer) as Context.Context<R>
}

/**
 * Makes a client send the current trace to the allowed hosts only.
 *
 * **Details**
 *
 * An allowed host gets `traceparent` with the id of the request's own span, and `tracestate` and `baggage`, or the
 * configured formats. Other hosts get none of these, not even the headers that Effect's client would send by itself.
 * Outside of a trace, an allowed host gets the trace that a caller sent to this process.
 *
 * **Example** (one of your own services)
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
    HttpClient.makeWith<E, R, E, R>(
      (requests) =>
        Effect.flatMap(requests, (given) => {
          const propagates = allowed(given.url)
          const request = propagates ? HttpClientRequest.setHeaders(given, {}) : given
          return Effect.updateContext(
            self.postprocess(Effect.succeed(request) as never),
            (context: Context.Context<R>): Context.Context<R> => {
              const unpropagated = Context.add(context, HttpClient.TracerPropagationEnabled, false) as Context.Context<
                R
              >
              if (!propagates) return unpropagated
              const headers = request.headers as Record<string, string>
              write(headers, Propagation.injectUnsafe(context as Context.Context<never>, options))
              return withOwnHeaders(unpropagated, options, headers)
            }
          )
        }),
      self.preprocess as never
    )
}

/**
 * Applies {@link client} to the client below it.
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
 * How a server uses the trace of a request.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerOptions {
  /** Default `continue`: the caller's trace continues, and the caller's user, name and tags are ignored. */
  readonly trust?: Propagation.Trust | undefined
  /**
   * Whether the handler runs as a part of the caller's session, or the options of that part. Default `true`. It applies
   * if the request has a trace and the caller is trusted.
   */
  readonly session?: boolean | Omit<Session.Options, "id"> | undefined
}

// Compared by identity, because a program may use another predicate to exclude requests from tracing.
const leftToServer = () => true

type HttpApp<E, R> = Effect.Effect<HttpServerResponse, E, R>

const withoutTrace = (request: HttpServerRequest.HttpServerRequest): HttpServerRequest.HttpServerRequest =>
  request.modify({
    headers: Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !Propagation.names.has(name))
    ) as typeof request.headers
  })

const hasTrace = (remote: Propagation.Remote): boolean => Propagation.hasTrace(Option.some(remote))

const isCaller = (span: Tracer.AnySpan | undefined, remote: Propagation.Remote): span is Tracer.ExternalSpan =>
  span?._tag === "ExternalSpan" && span.traceId === remote.traceId && span.spanId === remote.spanId

/** Whether Effect's server has already continued the caller's trace. */
const isContinued = (context: Context.Context<never>, remote: Propagation.Remote): boolean => {
  const current = Context.getOrUndefined(context, Tracer.ParentSpan)
  return current !== undefined && current.traceId === remote.traceId
}

/**
 * Runs a handler in the trace of its caller.
 *
 * Effect's server may have continued the trace already. It reads the ids and the sampled flag, and the rest is added
 * here. If it could not read the header, such as a later version of `traceparent`, it started another trace. Then the
 * handler continues the caller's trace, and the server's span links to it.
 */
const inTrace = <E, R>(app: HttpApp<E, R>, remote: Propagation.Remote): HttpApp<E, R> =>
  Effect.updateContext(app, (context: Context.Context<R>) => {
    const current = Context.getOrUndefined(context as Context.Context<never>, Tracer.ParentSpan)
    const caller = current?._tag === "Span" ? Option.getOrUndefined(current.parent) : current
    if (hasTrace(remote) && isCaller(caller, remote)) {
      adopt(caller, current, remote.traceState, Propagation.flagsOf(remote))
      return Propagation.remoteContext(context, remote, false)
    }
    if (hasTrace(remote) && current?._tag === "Span" && current.kind === "server") {
      current.addLinks([{ span: Propagation.toExternalSpan(remote), attributes: {} }])
    }
    return Propagation.remoteContext(context, remote)
  })

/**
 * Makes middleware that continues the trace and the session of a request.
 *
 * **Details**
 *
 * Use it with `HttpServer.serve`, `HttpRouter.serve` and `HttpRouter.middleware`. If the caller is trusted, the handler
 * runs in the caller's session with its baggage. Invalid headers never fail a request.
 *
 * **Gotchas**
 *
 * Effect's server continues every caller's trace before it runs middleware. Provide {@link layerServer} to leave that
 * to this middleware. Without it, and with `trust` `link` or `ignore`, the handler still has its own trace with a span
 * for the request, but the span of Effect's server stays in the caller's trace.
 *
 * **Example** (a server at the edge)
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
      const propagators = Context.get(context, Propagation.CurrentPropagators)
      const remote = Propagation.extract(request.headers, { propagators })
      const trusted = Propagation.continues(trust) && Option.isSome(remote)
      const handler = trusted && session !== false && Propagation.hasTrace(remote)
        ? Propagation.joinSession(app, {
          ...session === true ? { name: `${request.method} request` } : session,
          trust
        }) as HttpApp<E, R>
        : app
      if (Context.get(context, HttpMiddleware.TracerDisabledWhen) !== leftToServer) {
        if (trusted) return inTrace(handler, remote.value)
        if (Option.isNone(remote) || !isContinued(context as Context.Context<never>, remote.value)) return handler
      }
      const links = Context.get(context, References.TracerSpanLinks)
      // The link is for the request's span only, and the handler sees the original request.
      const inner = handler.pipe(
        Effect.provideService(References.TracerSpanLinks, links),
        trusted ? Effect.provideService(HttpServerRequest.HttpServerRequest, request) : identity
      )
      const span = HttpMiddleware.tracer(inner).pipe(
        Effect.provideService(HttpMiddleware.TracerDisabledWhen, constFalse),
        Effect.provideService(HttpServerRequest.HttpServerRequest, withoutTrace(request))
      )
      if (trusted) return inTrace(span, remote.value)
      const own = Effect.updateContext(
        span,
        (context: Context.Context<R | HttpServerRequest.HttpServerRequest>) =>
          Context.omit(Tracer.ParentSpan)(context) as typeof context
      )
      return trust === "link" && Propagation.hasTrace(remote)
        ? Effect.linkSpans(own, Propagation.toExternalSpan(remote.value))
        : own
    })
}

/**
 * Leaves the tracing of requests to {@link server} instead of Effect's server.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerServer: Layer.Layer<never> = Layer.succeed(HttpMiddleware.TracerDisabledWhen, leftToServer)
