/** The viewer over a real socket: the requests of programs and pages, and those that are refused. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Http from "node:http"
import { gzipSync } from "node:zlib"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { encodeTracesJson } from "../../src/otlp/internal/json.ts"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import type { Stats } from "../../src/viewer/Query.ts"
import * as Server from "../../src/viewer/Server.ts"
import * as SqliteStore from "../../src/viewer/SqliteStore.ts"
import type { Listing, SessionView } from "../../src/viewer/TraceStore.ts"
import { session, traceId } from "../support/viewer/sessions.ts"

const viewer = Server.layer({ port: 0 }).pipe(Layer.provideMerge(SqliteStore.layer()))

const url = Effect.map(HttpServer.HttpServer, ({ address }) => {
  const said = HttpServer.formatAddress(address)
  assert.match(said, /^http:\/\/127\.0\.0\.1:\d+$/)
  return said
})

interface Answer {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly body: string
}

// `fetch` does not let a program choose its host.
const ask = (
  url: string,
  options: Http.RequestOptions & { readonly body?: string | Uint8Array | undefined } = {}
): Effect.Effect<Answer> =>
  Effect.callback((resume) => {
    const request = Http.request(url, options, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () =>
        resume(Effect.succeed({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks).toString()
        })))
    })
    request.end(options.body)
  })

const get = <A>(url: string) => Effect.map(ask(url), ({ body }) => JSON.parse(body) as A)

const post = (url: string, contentType: string, body: string | Uint8Array, headers: Http.OutgoingHttpHeaders = {}) =>
  ask(url, { method: "POST", headers: { "content-type": contentType, ...headers }, body })

// A value in a list in a list, and so on.
const deepValue = (() => {
  const open = `{"arrayValue":{"values":[`.repeat(20_000)
  const value = `${open}${"]}}".repeat(20_000)}`
  const span = `{"traceId":"${
    traceId(8)
  }","spanId":"0000000000000001","name":"x","attributes":[{"key":"a","value":${value}}]}`
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`
})()

describe("a viewer", () => {
  it.live("shows what a program of ours sends it", () =>
    Effect.gen(function*() {
      const base = yield* url
      yield* Effect.succeed("red shoes").pipe(
        traceTool("search", { parameters: { query: "shoes" } }),
        Session.withSession({ name: "shopping", tags: ["demo"] }),
        Effect.provide(
          Exporter.otlp({ url: base, content: true }).pipe(
            Layer.provideMerge(AgentOps.layer({ serviceName: "shop" }))
          )
        )
      )
      const { rows } = yield* get<Listing>(`${base}/api/sessions`)
      assert.deepStrictEqual(rows.map(({ name, service, tags, toolCalls }) => [name, service, tags, toolCalls]), [
        ["shopping", "shop", ["demo"], 1]
      ])
      const found = yield* get<SessionView>(`${base}/api/sessions/${rows[0]!.traceId}`)
      assert.deepStrictEqual(found.spans.map(({ category }) => category).sort(), ["attempt", "session", "tool"])
      assert.deepStrictEqual(found.spans.find(({ category }) => category === "tool")!.input, { query: "shoes" })
    }).pipe(Effect.provide(viewer)))

  const bodies: ReadonlyArray<readonly [string, string, string | Uint8Array, Http.OutgoingHttpHeaders]> = [
    ["protobuf", "application/x-protobuf", encodeTraces(session(1)), {}],
    ["JSON", "application/json", encodeTracesJson(session(1)), {}],
    ["gzipped protobuf", "application/x-protobuf", gzipSync(encodeTraces(session(1))), { "content-encoding": "gzip" }],
    ["gzipped JSON", "application/json; charset=utf-8", gzipSync(encodeTracesJson(session(1))), {
      "content-encoding": "gzip"
    }]
  ]
  for (const [name, type, body, headers] of bodies) {
    it.live(`takes ${name} in`, () =>
      Effect.gen(function*() {
        const base = yield* url
        const answer = yield* post(`${base}/v1/traces`, type, body, headers)
        assert.deepStrictEqual([answer.status, answer.headers["content-type"]], [200, type.split(";")[0]])
        const { rows } = yield* get<Listing>(`${base}/api/sessions?text=order&tag=prod&minCost=1`)
        assert.deepStrictEqual(rows.map((row) => row.spans), [6])
        const stats = yield* get<Stats & { source: string }>(`${base}/api/stats`)
        assert.deepInclude(stats, { sessions: 1, llmCalls: 2, source: "memory" })
      }).pipe(Effect.provide(viewer)))
  }

  it.live("says what is wrong with a body, and goes on", () =>
    Effect.gen(function*() {
      const base = yield* url
      const statuses = yield* Effect.all([
        post(`${base}/v1/traces`, "application/json", "{"),
        post(`${base}/v1/traces`, "application/x-protobuf", Uint8Array.of(0x0a, 0xff, 0x01)),
        post(`${base}/v1/traces`, "text/plain", "x"),
        post(`${base}/v1/traces`, "application/json", gzipSync(Buffer.alloc(70 * 2 ** 20, 32)), {
          "content-encoding": "gzip"
        }),
        post(`${base}/v1/traces`, "application/json", "x", { "content-encoding": "br" }),
        post(`${base}/v1/traces`, "application/json", "", { "content-length": String(65 * 2 ** 20) }),
        post(`${base}/v1/traces`, "application/json", `${"[".repeat(50_000)}${"]".repeat(50_000)}`),
        post(`${base}/v1/traces`, "application/json", deepValue),
        post(`${base}/v1/metrics`, "application/x-protobuf", new Uint8Array([0xff, 0xff])),
        post(`${base}/v1/metrics`, "application/json", "{}"),
        post(`${base}/v1/logs`, "application/json", "{}"),
        ask(`${base}/api/sessions/${traceId(9)}`),
        ask(`${base}/nowhere`)
      ])
      assert.deepStrictEqual(statuses.map(({ status }) => status), [
        400,
        400,
        415,
        400,
        415,
        413,
        200,
        400,
        400,
        200,
        200,
        404,
        404
      ])
      assert.deepStrictEqual(JSON.parse(statuses[1]!.body), { message: "the body is no OTLP request in protobuf" })
      assert.strictEqual((yield* ask(`${base}/api/sessions`)).status, 200)
    }).pipe(Effect.provide(viewer)))

  it.live("refuses foreign hosts and pages of other sites, with an explanation", () =>
    Effect.gen(function*() {
      const base = yield* url
      const own = new URL(base).host
      const cases: ReadonlyArray<readonly [Http.OutgoingHttpHeaders, number]> = [
        [{ host: own }, 200],
        [{ host: own.replace("127.0.0.1", "localhost") }, 200],
        [{ host: "127.0.0.1.evil.example" }, 403],
        [{ host: "evil.example" }, 403],
        [{ host: "localhost.evil.example:4318" }, 403],
        [{ host: "0.0.0.0" }, 403],
        [{ host: own, origin: `http://${own}` }, 200],
        [{ host: own, origin: "http://evil.example" }, 403],
        [{ host: own, origin: "null" }, 403],
        [{ host: own, origin: "http://127.0.0.1:1" }, 403],
        [{ host: own, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, 403],
        [{ host: own, "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" }, 403],
        [{ host: own, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, 200],
        [{ host: own, "sec-fetch-site": "same-origin" }, 200]
      ]
      for (const [headers, status] of cases) {
        for (const path of ["/api/sessions", "/", "/.well-known/effect-agentops"]) {
          const answer = yield* ask(`${base}${path}`, { headers })
          assert.strictEqual(answer.status, status, `${path} ${JSON.stringify(headers)}`)
        }
        const posted = yield* post(`${base}/v1/traces`, "application/json", "{}", headers)
        assert.strictEqual(posted.status, status, `POST ${JSON.stringify(headers)}`)
      }
    }).pipe(Effect.provide(viewer)))

  it.live("lets a browser run the script of the page and no other", () =>
    Effect.gen(function*() {
      const base = yield* url
      const { headers } = yield* ask(`${base}/`)
      const policy = headers["content-security-policy"] as string
      assert.match(policy, /default-src 'none'; script-src 'sha256-[A-Za-z0-9+/=]+';/)
      assert.notInclude(policy, "script-src 'unsafe-inline'")
      assert.strictEqual(headers["x-content-type-options"], "nosniff")
    }).pipe(Effect.provide(viewer)))

  it.live("is known by its handshake", () =>
    Effect.gen(function*() {
      const found = yield* get<Readonly<Record<string, unknown>>>(`${yield* url}/.well-known/effect-agentops`)
      assert.deepInclude(found, { product: "effect-agentops", role: "viewer" })
    }).pipe(Effect.provide(viewer)))

  it.live("notifies an open page of growing sessions", () =>
    Effect.gen(function*() {
      const base = yield* url
      const told = Effect.callback<string>((resume) => {
        const request = Http.get(`${base}/api/changes`, (response) => {
          let text = ""
          response.on("data", (chunk: Buffer) => {
            text += chunk.toString()
            const found = /data: (.*)\n\n/.exec(text)
            if (found !== null) resume(Effect.succeed(found[1]!))
          })
        })
        return Effect.sync(() => request.destroy())
      })
      const send = post(`${base}/v1/traces`, "application/x-protobuf", encodeTraces(session(1))).pipe(
        Effect.delay(200)
      )
      const [found] = yield* Effect.all([told, send], { concurrency: 2 })
      assert.strictEqual(JSON.parse(found), traceId(1))
    }).pipe(Effect.provide(viewer)))
})
