/** W3C's cases over real HTTP: which headers a called service sends to the next one. */
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer, References } from "effect"
import { AgentOps, AgentOpsLive } from "effect-agentops"
import * as HttpPropagation from "effect-agentops/http-propagation"
import { FetchHttpClient, HttpClient, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { createServer, type IncomingHttpHeaders, request } from "node:http"
import { spanId, traceContextCases, traceId, traceparent } from "../support/w3c/traceContext.ts"

const portOf = Effect.map(
  HttpServer.HttpServer,
  ({ address }) => (address as unknown as { readonly port: number }).port
)

const listen = NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })

/** Returns the headers that it received. */
const echo = Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => HttpServerResponse.jsonUnsafe(headers))

/** Sends headers unchanged, even duplicate ones, and returns the body of the response. */
const send = (port: number, headers: ReadonlyArray<readonly [string, string]>) =>
  Effect.callback<IncomingHttpHeaders>((resume) => {
    const sent = request(
      { host: "127.0.0.1", port, setHost: true, headers: ["host", "x", ...headers.flat()] },
      (got) => {
        let body = ""
        got.on("data", (chunk) => body += String(chunk)).on(
          "end",
          () => resume(Effect.succeed(JSON.parse(body) as never))
        )
      }
    )
    sent.on("error", (error) => resume(Effect.die(error))).end()
  })

/** A service in front of another one: which headers the second receives for a caller of the first. */
const makeChain = (options: HttpPropagation.ServerOptions, layer: Layer.Layer<never>, client = {}) =>
  Effect.gen(function*() {
    const last = yield* Layer.build(Layer.fresh(listen))
    yield* Effect.provide(HttpServer.serveEffect(echo), last).pipe(Effect.withTracerEnabled(false))
    const lastPort = yield* Effect.provide(portOf, last)
    const handler = Effect.gen(function*() {
      const http = (yield* HttpClient.HttpClient).pipe(HttpPropagation.client({ hosts: ["127.0.0.1"], ...client }))
      return HttpServerResponse.jsonUnsafe(yield* (yield* http.get(`http://127.0.0.1:${lastPort}/`)).json)
    }).pipe(Effect.orDie)
    const first = yield* Layer.build(Layer.fresh(listen))
    const context = Context.merge(yield* Layer.build(layer), first)
    yield* Effect.provideContext(HttpServer.serveEffect(handler, HttpPropagation.server(options)), context as never)
    return yield* Effect.provide(portOf, first)
  }).pipe(Effect.provide(FetchHttpClient.layer)) as Effect.Effect<number, never, never>

const TracingLive = Layer.orDie(AgentOps.layer({ serviceName: "test" }))

const setUps: ReadonlyArray<readonly [string, HttpPropagation.ServerOptions, Layer.Layer<never>]> = [
  ["with layerServer", {}, Layer.mergeAll(TracingLive, HttpPropagation.layerServer) as never],
  ["without it", {}, TracingLive as never],
  ["without a session", { session: false }, TracingLive as never]
]

describe.each(setUps)("HttpPropagation, W3C Trace Context %s", (_, options, layer) => {
  it.live("each case of the specification", () =>
    Effect.gen(function*() {
      const port = yield* makeChain(options, layer)
      for (const { flags, name, sent, state, trace } of traceContextCases) {
        const got = yield* send(port, sent)
        const told = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(String(got["traceparent"]))
        assert.isNotNull(told, `${name}: ${String(got["traceparent"])}`)
        assert.strictEqual(told![1] === traceId, trace === "continued", name)
        assert.notStrictEqual(told![2], spanId, name)
        if (flags !== undefined) assert.strictEqual(told![3], flags, name)
        if (trace === "new") assert.strictEqual(told![3], "03", name)
        if (state !== undefined) assert.strictEqual(got["tracestate"], state ?? undefined, name)
      }
    }).pipe(Effect.scoped))
})

describe("HttpPropagation outside of a trace", () => {
  const caller = traceparent.replace(/01$/, "03")
  const headers = [["traceparent", caller], ["tracestate", "foo=1"], ["baggage", "a=1;ttl=5"]] as const
  const disabled = AgentOpsLive.pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ OTEL_SDK_DISABLED: "TRUE" })))
  )
  const off: ReadonlyArray<readonly [string, Layer.Layer<never>]> = [
    ["no layer at all", Layer.empty],
    ["layerServer alone", HttpPropagation.layerServer],
    ["tracing that is off", Layer.merge(TracingLive, Layer.succeed(References.TracerEnabled, false)) as never],
    ["OTEL_SDK_DISABLED", disabled as never],
    ["OTEL_SDK_DISABLED and layerServer", Layer.merge(disabled, HttpPropagation.layerServer) as never]
  ]
  it.live.each(off)("%s: what the caller sent goes on as it came", ([, layer]) =>
    Effect.gen(function*() {
      const port = yield* makeChain({}, layer)
      const got = yield* send(port, headers)
      assert.strictEqual(got["traceparent"], caller)
      assert.strictEqual(got["tracestate"], "foo=1")
      assert.strictEqual(got["baggage"], "a=1;ttl=5")
      assert.isUndefined((yield* send(port, []))["traceparent"])
    }).pipe(Effect.scoped))
})

describe("HttpPropagation, other formats", () => {
  it.live("B3 is read with its debug flag, and written on request", () =>
    Effect.gen(function*() {
      const port = yield* makeChain({}, TracingLive as never, { propagators: ["b3", "b3multi"] })
      const got = yield* send(port, [["b3", ""], ["x-b3-traceid", traceId], ["x-b3-spanid", spanId], [
        "x-b3-flags",
        "1"
      ]])
      assert.match(String(got["b3"]), new RegExp(`^${traceId}-[0-9a-f]{16}-d$`))
      assert.strictEqual(got["x-b3-traceid"], traceId)
      assert.strictEqual(got["x-b3-flags"], "1")
      assert.isUndefined(got["x-b3-sampled"])
      assert.isUndefined(got["traceparent"])
    }).pipe(Effect.scoped))
})
