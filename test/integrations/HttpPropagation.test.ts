import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AgentOps, Exporter, type Propagation, Session, traceTool } from "effect-agentops"
import * as HttpPropagation from "effect-agentops/http-propagation"
import {
  FetchHttpClient,
  HttpClient,
  HttpClientRequest,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "effect/http"
import { createServer } from "node:http"

const MemoryLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
const spans = Effect.flatMap(Exporter.Memory, (memory) => memory.spans)

const headers = Effect.gen(function*() {
  const request = yield* HttpServerRequest.HttpServerRequest
  return HttpServerResponse.jsonUnsafe(request.headers)
})

const handler = Effect.gen(function*() {
  yield* traceTool(Effect.void, "far")
  return yield* headers
})

const listen = NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })

const port = Effect.map(HttpServer.HttpServer, (server) => {
  assert.strictEqual(server.address._tag, "InetAddressV4")
  return (server.address as unknown as { readonly port: number }).port
})

const get = Effect.fnUntraced(function*(http: HttpClient.HttpClient, url: string, sent?: Record<string, string>) {
  const response = yield* http.execute(HttpClientRequest.get(url).pipe(HttpClientRequest.setHeaders(sent ?? {})))
  assert.strictEqual(response.status, 200)
  return (yield* response.json) as Record<string, string>
})

const traceId = "0192f0c17e1a7c3e9d5b3a1f0c9e2b44"
const spanId = "00f067aa0ba902b7"
const incoming = { traceparent: `00-${traceId}-${spanId}-01`, baggage: "user.id=ada" }

const traceHeaders = ["traceparent", "tracestate", "baggage", "b3"]

describe("HttpPropagation", () => {
  describe("client", () => {
    it.live("sends the trace to an allowed host, with the id of the request's own span", () =>
      Effect.gen(function*() {
        yield* HttpServer.serveEffect(headers)
        const url = `http://127.0.0.1:${yield* port}/`
        const http = (yield* HttpClient.HttpClient).pipe(HttpPropagation.client({ hosts: ["127.0.0.1"] }))
        const got = yield* get(http, url).pipe(Session.withSession({ name: "front", userId: "ada" }))
        const request = (yield* spans).find((span) => span.kind === "client")!
        assert.strictEqual(got["traceparent"], `00-${request.traceId}-${request.spanId}-03`)
        assert.include(got["baggage"], "user.id=ada")
      }).pipe(Effect.provide([listen, FetchHttpClient.layer]), Effect.provide(MemoryLive)))

    it.live("sends it to no other host, and to no host outside of a trace", () =>
      Effect.gen(function*() {
        yield* HttpServer.serveEffect(headers)
        const url = `http://127.0.0.1:${yield* port}/`
        const plain = yield* HttpClient.HttpClient
        const clients = [[], ["127.0.0.2", "*.example.com", "localhost", "127.0.0.1:1"]].map((hosts) =>
          plain.pipe(HttpPropagation.client({ hosts }))
        )
        for (const http of clients) {
          const got = yield* get(http, url).pipe(Session.withSession({ name: "front" }))
          assert.deepStrictEqual(traceHeaders.filter((name) => name in got), [])
        }
        const all = plain.pipe(HttpPropagation.client({ hosts: ["127.0.0.1"] }))
        const off = yield* get(all, url).pipe(Session.withSession(), Effect.withTracerEnabled(false))
        assert.deepStrictEqual(traceHeaders.filter((name) => name in off), [])
      }).pipe(Effect.provide([listen, FetchHttpClient.layer]), Effect.provide(MemoryLive)))

    it.live("matches ports and subdomains", () =>
      Effect.gen(function*() {
        const seen: Array<string> = []
        const fake = HttpClient.make((request) => {
          if ("traceparent" in request.headers) seen.push(request.url)
          return Effect.never
        })
        const http = fake.pipe(HttpPropagation.client({ hosts: ["orders.internal:8080", "*.example.com"] }))
        const urls = [
          "http://orders.internal:8080/a",
          "http://orders.internal/b",
          "https://api.example.com/c",
          "https://example.com/d",
          "https://evilexample.com/e",
          "/relative"
        ]
        for (const url of urls) yield* Effect.timeoutOption(http.get(url), 1).pipe(Effect.ignore)
        assert.deepStrictEqual(seen, ["http://orders.internal:8080/a", "https://api.example.com/c"])
      }).pipe(Effect.provide(MemoryLive)))
  })

  describe("server", () => {
    const request = (options: HttpPropagation.ServerOptions | undefined, sent: Record<string, string>) =>
      Effect.gen(function*() {
        yield* HttpServer.serveEffect(handler, HttpPropagation.server(options))
        const http = (yield* HttpClient.HttpClient).pipe(HttpPropagation.client({ hosts: [] }))
        yield* get(http, `http://127.0.0.1:${yield* port}/`, sent).pipe(Effect.withTracerEnabled(false))
        return (yield* spans).filter((span) => span.kind === "server" || span.name.startsWith("agent"))
      }).pipe(Effect.provide([listen, FetchHttpClient.layer]), Effect.provide(MemoryLive))

    it.live("runs the handler in the caller's session", () =>
      Effect.gen(function*() {
        const [tool, server] = yield* request(undefined, incoming)
        assert.strictEqual(server!.parentSpanId, spanId)
        assert.strictEqual(tool!.traceId, traceId)
        assert.strictEqual(tool!.attributes["session.id"], "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44")
      }))

    it.live("runs the handler in the caller's session if it traces requests itself", () =>
      Effect.gen(function*() {
        const found = yield* request({ trust: "continue" }, incoming).pipe(Effect.provide(HttpPropagation.layerServer))
        assert.deepStrictEqual(found.map((span) => span.kind), ["internal", "server"])
        assert.strictEqual(found[1]!.parentSpanId, spanId)
        assert.strictEqual(found[0]!.attributes["session.id"], "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44")
      }))

    for (const trust of ["link", "ignore"] as const) {
      it.live(`${trust}: the caller has no influence on the trace`, () =>
        Effect.gen(function*() {
          const found = yield* request({ trust }, incoming).pipe(Effect.provide(HttpPropagation.layerServer))
          const [tool, server] = found
          assert.strictEqual(found.length, 2)
          assert.isUndefined(server!.parentSpanId)
          assert.notStrictEqual(server!.traceId, traceId)
          assert.deepStrictEqual(server!.links.map((link) => link.spanId), trust === "link" ? [spanId] : [])
          assert.deepStrictEqual(tool!.links, [])
          assert.isUndefined(tool!.attributes["session.id"])
        }))
    }

    for (const trust of ["link", "ignore"] as const) {
      it.live(`${trust}: the handler has its own trace, even if Effect's server has continued the caller's`, () =>
        Effect.gen(function*() {
          for (const flags of ["01", "00"]) {
            const sent = { ...incoming, traceparent: `00-${traceId}-${spanId}-${flags}` }
            const found = yield* request({ trust }, sent)
            const tool = found.find((span) => span.name === "agent.tool")!
            assert.notStrictEqual(tool.traceId, traceId)
            const server = found.find((span) => span.spanId === tool.parentSpanId || span.traceId === tool.traceId)!
            assert.isUndefined(
              found.find((span) => span.kind === "server" && span.traceId === tool.traceId)!.parentSpanId
            )
            assert.isDefined(server)
          }
        }))
    }

    it.live("ignores a caller's user, name and tags by default", () =>
      Effect.gen(function*() {
        const told = {
          ...incoming,
          baggage: "user.id=admin,agentops.session.name=payroll,agentops.tags=%5B%22vip%22%5D"
        }
        const sessionOf = (trust: Propagation.Trust) =>
          Effect.gen(function*() {
            yield* HttpServer.serveEffect(handler, HttpPropagation.server({ trust }))
            const http = (yield* HttpClient.HttpClient).pipe(HttpPropagation.client({ hosts: [] }))
            yield* get(http, `http://127.0.0.1:${yield* port}/`, told).pipe(Effect.withTracerEnabled(false))
            return (yield* spans).find((span) => "agentops.session.name" in span.attributes)!.attributes
          }).pipe(Effect.provide([listen, FetchHttpClient.layer]), Effect.provide(MemoryLive))
        const given = yield* sessionOf("continue")
        assert.deepStrictEqual([given["user.id"], given["agentops.tags"], given["agentops.session.name"]], [
          undefined,
          undefined,
          "GET request"
        ])
        const trusted = yield* sessionOf("session")
        assert.deepStrictEqual([trusted["user.id"], trusted["agentops.tags"]], ["admin", ["vip"]])
      }))

    it.live("never fails a request because of bad headers", () =>
      Effect.gen(function*() {
        const found = yield* request(undefined, { traceparent: "00-zz", baggage: "%%%;;;==", b3: "-", tracestate: "x" })
        assert.isUndefined(found[1]!.parentSpanId)
      }))

    it.live("works as middleware of a router", () =>
      Effect.gen(function*() {
        const Routes = HttpRouter.add("GET", "/", handler)
        yield* HttpRouter.serve(Routes, {
          middleware: HttpPropagation.server(),
          disableListenLog: true,
          disableLogger: true
        }).pipe(
          Layer.build
        )
        const http = yield* HttpClient.HttpClient
        yield* get(http, `http://127.0.0.1:${yield* port}/`, incoming).pipe(Effect.withTracerEnabled(false))
        const tool = (yield* spans).find((span) => span.name === "agent.tool")!
        assert.strictEqual(tool.attributes["session.id"], "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44")
      }).pipe(
        Effect.provide([listen, FetchHttpClient.layer, Layer.succeed(HttpClient.TracerPropagationEnabled, false)]),
        Effect.provide(MemoryLive)
      ))
  })
})
