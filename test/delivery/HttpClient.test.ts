/**
 * Both HTTP clients, Node's own and `fetch`, against servers on the loopback interface.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Http from "node:http"
import type { AddressInfo, Socket } from "node:net"
import * as Net from "node:net"
import { gunzipSync } from "node:zlib"
import { makeFetchExchange } from "../../src/delivery/internal/http/fetchExchange.ts"
import type { HttpClient } from "../../src/delivery/internal/http/httpClient.ts"
import { clientOf, makeHttpClient } from "../../src/delivery/internal/http/httpClient.ts"

interface Seen {
  readonly headers: Http.IncomingHttpHeaders
  readonly body: Buffer
}

const listening = (server: Net.Server) =>
  Effect.acquireRelease(
    Effect.callback<string>((resume) => {
      server.listen(0, "127.0.0.1", () =>
        resume(Effect.succeed(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`)))
    }),
    () =>
      Effect.sync(() =>
        server.close()
      )
  )

/** A server that keeps its requests and responds with `answer`. */
const serving = Effect.fnUntraced(function*(
  answer: (request: Http.IncomingMessage, response: Http.ServerResponse, seen: Seen) => void
) {
  const seen: Array<Seen> = []
  const sockets = new Set<Socket>()
  const server = Http.createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks) }
      seen.push(one)
      answer(request, response, one)
    })
  })
  server.on("connection", (socket) => sockets.add(socket))
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  return { url: yield* listening(server), seen, sockets }
})

const bytes = (text: string) => new TextEncoder().encode(text)

const request = (url: string) => ({
  url,
  headers: { "x-key": "v" } as Readonly<Record<string, string>>,
  body: [bytes("a".repeat(2_000)), bytes("b")],
  compression: "none" as "gzip" | "none",
  timeout: Duration.seconds(5)
})

const post = (client: HttpClient, { body, headers, ...to }: ReturnType<typeof request>) =>
  client.post(to, headers, body)

const clients = [
  ["node:http", makeHttpClient()],
  ["fetch", Effect.sync(() => clientOf(makeFetchExchange()))]
] as const

describe.each(clients)("%s", (name, makeClient) => {
  it.live("sends the chunks of a body as one, with its length and headers, and reads the response", () =>
    Effect.gen(function*() {
      const { seen, url } = yield* serving((_, response) => response.writeHead(503, { "retry-after": "7" }).end("busy"))
      const client = yield* makeClient
      const response = yield* post(client, request(url))
      assert.strictEqual(response.status, 503)
      assert.strictEqual(response.header("retry-after"), "7")
      assert.isUndefined(response.header("x-other"))
      assert.deepStrictEqual(response.body.length, 4)
      assert.strictEqual(seen[0]!.body.toString(), `${"a".repeat(2_000)}b`)
      assert.strictEqual(seen[0]!.headers["content-length"], "2001")
      assert.strictEqual(seen[0]!.headers["x-key"], "v")
    }).pipe(Effect.scoped))

  it.live("compresses bodies that are large enough", () =>
    Effect.gen(function*() {
      const { seen, url } = yield* serving((_, response) => response.end())
      const client = yield* makeClient
      yield* post(client, { ...request(url), compression: "gzip" })
      yield* post(client, { ...request(url), compression: "gzip", body: [bytes("short")] })
      assert.strictEqual(seen[0]!.headers["content-encoding"], "gzip")
      assert.isBelow(seen[0]!.body.length, 200)
      assert.strictEqual(gunzipSync(seen[0]!.body).toString(), `${"a".repeat(2_000)}b`)
      assert.isUndefined(seen[1]!.headers["content-encoding"])
      assert.strictEqual(seen[1]!.body.toString(), "short")
    }).pipe(Effect.scoped))

  it.live("follows no redirect", () =>
    Effect.gen(function*() {
      const { seen, url } = yield* serving((_, response) => response.writeHead(307, { location: url }).end())
      const client = yield* makeClient
      assert.strictEqual((yield* post(client, request(url))).status, 307)
      assert.strictEqual(seen.length, 1)
    }).pipe(Effect.scoped))

  it.live("takes an answer over 4 MiB for an error that is not tried again", () =>
    Effect.gen(function*() {
      const { url } = yield* serving((_, response) => response.end(Buffer.alloc(4 * 1024 * 1024 + 1)))
      const client = yield* makeClient
      const error = yield* Effect.flip(post(client, request(url)))
      assert.strictEqual(error.kind, "permanent")
      assert.strictEqual(error.reason, "response_too_large")
    }).pipe(Effect.scoped))

  it.live("fails with a retryable error if the connection is refused, cut off, or too slow", () =>
    Effect.gen(function*() {
      const client = yield* makeClient
      const refused = yield* Effect.flip(post(client, request("http://127.0.0.1:1/v1/traces")))
      assert.deepStrictEqual([refused.kind, refused.reason], ["retry", "connection"])
      assert.match(refused.message, /^no connection to http:\/\/127\.0\.0\.1:1\/v1\/traces: ./)
      const cut = yield* serving((_, response) => {
        response.writeHead(200, { "content-length": "100" }).write("half")
        setTimeout(() => response.destroy(), 20)
      })
      const half = yield* Effect.flip(post(client, request(cut.url)))
      assert.deepStrictEqual([half.kind, half.reason], ["retry", "connection"])
      const closed = yield* Deferred.make<void>()
      const silent = yield* serving((request) =>
        void request.socket.on("close", () => Deferred.doneUnsafe(closed, Exit.void))
      )
      const late = yield* Effect.flip(post(client, { ...request(silent.url), timeout: Duration.millis(50) }))
      assert.deepStrictEqual([late.kind, late.reason], ["retry", "timeout"])
      // The request is aborted, and its connection closed.
      yield* Deferred.await(closed)
    }).pipe(Effect.scoped))

  it.live("explains a response in HTTP/2", () =>
    Effect.gen(function*() {
      const server = Net.createServer((socket) => {
        // An empty SETTINGS frame, which an HTTP/2 server sends first.
        socket.once("data", () => socket.end(Uint8Array.from([0, 0, 0, 4, 0, 0, 0, 0, 0])))
        socket.on("error", () => {})
      })
      const url = yield* listening(server)
      const client = yield* makeClient
      const error = yield* Effect.flip(post(client, request(url)))
      assert.include(error.message, "this looks like a gRPC port")
    }).pipe(Effect.scoped))

  it.live("is interrupted at once, and closes its connection", () =>
    Effect.gen(function*() {
      const closed = yield* Deferred.make<void>()
      const { seen, url } = yield* serving((request) =>
        void request.socket.on("close", () => Deferred.doneUnsafe(closed, Exit.void))
      )
      const client = yield* makeClient
      const fiber = yield* Effect.forkChild(post(client, request(url)))
      while (seen.length === 0) yield* Effect.sleep("5 millis")
      fiber.interruptUnsafe()
      yield* Deferred.await(closed)
    }).pipe(Effect.scoped))

  it.live("fails with an error for an invalid URL", () =>
    Effect.gen(function*() {
      const client = yield* makeClient
      const error = yield* Effect.flip(post(client, { ...request("http://"), headers: {} }))
      assert.strictEqual(error.kind, "retry", name)
    }).pipe(Effect.scoped))
})

it.live("node:http reuses a connection, and opens another if it was closed", () =>
  Effect.gen(function*() {
    const { seen, sockets, url } = yield* serving((_, response) => response.end())
    const client = yield* makeHttpClient()
    yield* post(client, request(url))
    yield* post(client, request(url))
    assert.strictEqual(sockets.size, 1)
    for (const socket of sockets) socket.destroy()
    yield* post(client, request(url))
    assert.strictEqual(seen.length, 3)
  }).pipe(Effect.scoped))
