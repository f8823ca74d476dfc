/**
 * The viewer over HTTP, as routes for any Effect server: it receives OTLP, and serves the page and its data.
 *
 * **Details**
 *
 * `POST /v1/traces`, `/v1/logs` and `/v1/metrics` receive OTLP as protobuf or JSON, optionally compressed with gzip.
 * `GET /` is the page, and `GET /api/…` is its data. `GET /api/changes` streams the ids of sessions that grow, as
 * server-sent events. `GET /.well-known/effect-agentops` is the handshake by which a program finds a viewer.
 *
 * Requests with a foreign `Host`, or from pages of other sites, get a 403.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { version } from "../core/internal/version.ts"
import type { LogData } from "../core/LogData.ts"
import type { ReadPoint } from "../core/MetricPoint.ts"
import type { SpanData } from "../core/SpanData.ts"
import { readLogsJson, readTracesJson } from "../otlp/internal/jsonReader.ts"
import { readMetrics, readMetricsJson } from "../otlp/internal/metricsReader.ts"
import { readLogs, readTraces } from "../otlp/internal/requestReader.ts"
import { inEach } from "./Conventions.ts"
import { refusal, securityHeaders } from "./internal/guard.ts"
import type { Query } from "./Query.ts"
import { sorts } from "./Query.ts"
import { states } from "./SessionRow.ts"
import type { StoreError } from "./TraceStore.ts"
import { TraceSink, TraceStore } from "./TraceStore.ts"

const JsonRequest = Schema.fromJsonString(Schema.Unknown)

const decodeJson = Schema.decodeUnknownEffect(JsonRequest)

// OTLP clients read the message of a `google.rpc.Status`.
const refused = (status: number, message: string) =>
  HttpServerResponse.jsonUnsafe({ message }, { status, headers: securityHeaders })

const isJson = (request: HttpServerRequest.HttpServerRequest): boolean =>
  (request.headers["content-type"] ?? "").startsWith("application/json")

const isProtobuf = (request: HttpServerRequest.HttpServerRequest): boolean =>
  (request.headers["content-type"] ?? "").startsWith("application/x-protobuf")

class BadBody extends Data.TaggedError("BadBody")<{ readonly message: string }> {}

const bodyOf = <A>(
  request: HttpServerRequest.HttpServerRequest,
  fromBytes: (bytes: Uint8Array) => A,
  fromJson: (json: unknown) => A
): Effect.Effect<A, BadBody> => {
  const bad = (message: string) => () => new BadBody({ message })
  if (isJson(request)) {
    return request.text.pipe(
      Effect.flatMap(decodeJson),
      Effect.mapError(bad("the body is no JSON, or is larger than 64 MiB")),
      Effect.flatMap((json) =>
        Effect.try({ try: () => fromJson(json), catch: bad("the body is no OTLP request that can be read") })
      )
    )
  }
  return request.arrayBuffer.pipe(
    Effect.mapError(bad("the body could not be read, or is larger than 64 MiB")),
    Effect.flatMap((buffer) =>
      Effect.try({
        try: () => fromBytes(new Uint8Array(buffer)),
        catch: bad("the body is no OTLP request in protobuf")
      })
    )
  )
}

// An empty OTLP response: no bytes in protobuf, an empty object in JSON.
const taken = (request: HttpServerRequest.HttpServerRequest) =>
  isJson(request)
    ? HttpServerResponse.jsonUnsafe({})
    : HttpServerResponse.uint8Array(new Uint8Array(0), { contentType: "application/x-protobuf" })

const receive = <A>(
  fromBytes: (bytes: Uint8Array) => A,
  fromJson: (json: unknown) => A,
  add: (sink: TraceSink["Service"], items: A) => Effect.Effect<void, StoreError>
) =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (!isJson(request) && !isProtobuf(request)) {
      return refused(415, "send application/x-protobuf or application/json")
    }
    const sink = yield* TraceSink
    const items = yield* bodyOf(request, fromBytes, fromJson)
    yield* add(sink, items)
    return taken(request)
  }).pipe(
    Effect.catchTag("BadBody", ({ message }) => Effect.succeed(refused(400, message))),
    // On a 503 the sender keeps its batch and tries again.
    Effect.catch((error) =>
      Effect.as(Effect.logError("The viewer could not keep what it received", error), refused(503, "could not be kept"))
    )
  )

const isId = (id: string): boolean => id !== "" && id.length <= 64

const addSpans = (sink: TraceSink["Service"], spans: ReadonlyArray<SpanData>) =>
  sink.addSpans(spans.filter(({ spanId, traceId }) => isId(traceId) && isId(spanId)))

const addLogs = (sink: TraceSink["Service"], logs: ReadonlyArray<LogData>) =>
  sink.addLogs(logs.filter(({ traceId }) => isId(traceId)))

const addMetrics = (sink: TraceSink["Service"], points: ReadonlyArray<ReadPoint>) => sink.addMetrics(points)

/**
 * The routes that receive OTLP.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerReceiver: Layer.Layer<
  never,
  never,
  HttpRouter.HttpRouter | HttpRouter.Request<"Requires", TraceSink>
> = HttpRouter.addAll([
  HttpRouter.route("POST", "/v1/traces", receive(readTraces, readTracesJson, addSpans)),
  HttpRouter.route("POST", "/v1/logs", receive(readLogs, readLogsJson, addLogs)),
  HttpRouter.route("POST", "/v1/metrics", receive(readMetrics, readMetricsJson, addMetrics))
])

const queryOf = (request: HttpServerRequest.HttpServerRequest): Query => {
  const { searchParams } = new URL(request.url, "http://localhost")
  const text = (key: string) => searchParams.get(key) || undefined
  const number = (key: string) => {
    const value = Number(text(key) ?? NaN)
    return Number.isFinite(value) ? value : undefined
  }
  return {
    text: text("text"),
    state: states.find((state) => state === text("state")),
    tag: text("tag"),
    model: text("model"),
    service: text("service"),
    minCost: number("minCost"),
    minDuration: number("minDuration"),
    since: number("since"),
    sort: sorts.find((sort) => sort === text("sort")),
    ascending: text("ascending") === "true",
    limit: number("limit"),
    offset: number("offset")
  }
}

const json = (value: unknown) => HttpServerResponse.jsonUnsafe(value, { headers: securityHeaders })

const failing = Effect.catch((error: { readonly message: string }) => Effect.succeed(refused(500, error.message)))

const keepAlive = Stream.fromSchedule(Schedule.spaced("15 seconds")).pipe(Stream.map(() => ": still here\n\n"))

const changes = Effect.map(TraceStore, (store) =>
  HttpServerResponse.stream(
    Stream.make(": open\n\n").pipe(
      Stream.concat(
        Stream.merge(
          Stream.map(store.changes, (traceId) => `data: ${JSON.stringify(traceId)}\n\n`),
          keepAlive,
          { haltStrategy: "left" }
        )
      ),
      Stream.encodeText
    ),
    { contentType: "text/event-stream", headers: { ...securityHeaders, "cache-control": "no-store" } }
  ))

/**
 * The response of `GET /.well-known/effect-agentops`, by which a program recognizes a viewer.
 *
 * @category constants
 * @since 0.1.0
 */
export const handshake = { product: "effect-agentops", role: "viewer", version } as const

/**
 * The routes of the page's data.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerApi: Layer.Layer<
  never,
  never,
  HttpRouter.HttpRouter | HttpRouter.Request<"Requires", TraceStore>
> = HttpRouter.addAll([
  HttpRouter.route("GET", "/.well-known/effect-agentops", Effect.succeed(json(handshake))),
  HttpRouter.route(
    "GET",
    "/api/sessions",
    Effect.gen(function*() {
      const store = yield* TraceStore
      return json(yield* store.list(queryOf(yield* HttpServerRequest.HttpServerRequest)))
    }).pipe(failing)
  ),
  HttpRouter.route(
    "GET",
    "/api/stats",
    Effect.gen(function*() {
      const store = yield* TraceStore
      return json({ ...yield* store.stats(queryOf(yield* HttpServerRequest.HttpServerRequest)), source: store.source })
    }).pipe(failing)
  ),
  HttpRouter.route(
    "GET",
    "/api/sessions/:traceId",
    Effect.gen(function*() {
      const store = yield* TraceStore
      const { traceId } = yield* HttpRouter.params
      const session = yield* store.session(traceId ?? "")
      return session === undefined ? refused(404, `there is no session ${traceId}`) : json(session)
    }).pipe(failing)
  ),
  HttpRouter.route(
    "GET",
    "/api/sessions/:traceId/conventions/:spanId",
    Effect.gen(function*() {
      const store = yield* TraceStore
      const { spanId, traceId } = yield* HttpRouter.params
      const session = yield* store.session(traceId ?? "")
      const span = session?.spans.find((span) => span.spanId === spanId)
      return session === undefined || span === undefined
        ? refused(404, `there is no span ${spanId} in ${traceId}`)
        : json(inEach(span, session.row))
    }).pipe(failing)
  ),
  HttpRouter.route(
    "GET",
    "/api/metrics",
    Effect.flatMap(TraceStore, (store) => store.metrics).pipe(
      Effect.map(json),
      failing
    )
  ),
  HttpRouter.route("GET", "/api/changes", changes)
])

/**
 * The page.
 *
 * **Details**
 *
 * It is one HTML file that contains its script and styles. With `scriptHash` and `styleHash` the browser runs only
 * those, so that text from a span can never run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page {
  readonly html: string
  readonly scriptHash: string
  readonly styleHash: string
}

/**
 * The routes of the page. Links to a session or a comparison open the page too.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerPage = (page: Page): Layer.Layer<never, never, HttpRouter.HttpRouter> => {
  const response = HttpServerResponse.html(page.html).pipe(HttpServerResponse.setHeaders({
    ...securityHeaders,
    "cache-control": "no-cache",
    "content-security-policy":
      `default-src 'none'; script-src '${page.scriptHash}'; style-src '${page.styleHash}'; style-src-attr 'unsafe-inline'; ` +
      `connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  }))
  return HttpRouter.addAll([
    HttpRouter.route("GET", "/", Effect.succeed(response)),
    HttpRouter.route("GET", "/session/:traceId", Effect.succeed(response)),
    HttpRouter.route("GET", "/compare/:left/:right", Effect.succeed(response))
  ])
}

const maxBytes = 64 * 2 ** 20

const guard = <E, R>(
  httpEffect: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const problem = refusal(request.headers)
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) {
      return Effect.succeed(refused(413, "the body is larger than 64 MiB"))
    }
    return problem === undefined
      ? HttpMiddleware.decompression({ maxDecompressedSize: "64 MiB" })(httpEffect)
      : Effect.succeed(refused(403, problem))
  })

/**
 * Refuses requests of other sites, and decompresses bodies.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerGuard: Layer.Layer<never, never, HttpRouter.HttpRouter> = HttpRouter.middleware(guard, {
  global: true
})
