import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Https from "node:https"
import type { AddressInfo } from "node:net"
import * as Net from "node:net"
import { afterAll } from "vitest"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import * as Certificates from "../support/otlp/certificates.ts"
import { counts, exportingTo, flushUntil, many, one } from "../support/otlp/exporting.ts"
import type { Reaction } from "../support/otlp/grpcServer.ts"
import { grpcServer, partialSuccess, retryInfo, spansOf } from "../support/otlp/grpcServer.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrived, server } from "../support/otlp/server.ts"
import { decodeProtobuf } from "../support/otlp/wire.ts"

/** The status of the only exporter, after the outcome of all its items is final. */
const settled = Effect.map(
  flushUntil(([status]) => status!.pending === 0),
  ([status]) => counts(status!)
)

/** The log lines of a program. */
const logOf = <E>(program: Effect.Effect<unknown, E>) =>
  withOutput(({ logged }) => Effect.map(program, () => logged.join("\n")))

/** The outcome of spans for a server that responds in this way first, and then accepts everything. */
const meeting = (first: Reaction, spans = 3) =>
  Effect.gen(function*() {
    const collector = yield* grpcServer((_, index) => index === 0 ? first : {})
    const status = yield* many(spans).pipe(
      Effect.andThen(settled),
      exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc" })),
      (program) => withOutput(() => program)
    )
    return { status, collector }
  })

describe("Exporter.otlp over gRPC", () => {
  it.live("calls the trace service, as gRPC asks, with what protobuf over HTTP would have", () =>
    Effect.gen(function*() {
      const grpc = yield* grpcServer()
      const http = yield* server()
      yield* many(5).pipe(exportingTo(
        Exporter.otlp({
          name: "grpc",
          url: grpc.url,
          protocol: "grpc",
          headers: { "X-Tenant": "a", authorization: Redacted.make("Bearer s") }
        }),
        Exporter.otlp({ name: "http", url: http.url })
      ))
      assert.strictEqual(grpc.received.length, 1)
      const [{ headers, path }] = grpc.received as [typeof grpc.received[0]]
      assert.strictEqual(path, "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
      assert.deepInclude(headers, {
        ":method": "POST",
        "content-type": "application/grpc",
        te: "trailers",
        "grpc-timeout": "10000m",
        "x-tenant": "a",
        authorization: "Bearer s"
      })
      assert.match(String(headers["user-agent"]), /^effect-agentops\//)
      assert.deepStrictEqual(spansOf(grpc.received), arrived(http))
    }))

  it.live("compresses large messages, each separately", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer()
      yield* Effect.andThen(many(100), AgentOps.flush()).pipe(
        Effect.andThen(one("last")),
        exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc", compression: "gzip" }))
      )
      assert.deepStrictEqual(collector.received.map(({ compressed }) => compressed), [true, false])
      assert.strictEqual(collector.received[0]!.headers["grpc-encoding"], "gzip")
      assert.strictEqual(spansOf(collector.received).length, 101)
    }))

  it.live("uses one connection for all requests", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer()
      const batches = 6
      yield* Effect.repeat(Effect.andThen(one(), AgentOps.flush()), { times: batches - 1 }).pipe(
        exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc" }))
      )
      assert.strictEqual(collector.received.length, batches)
      assert.strictEqual(collector.connections(), 1)
    }))

  describe("retries after retryable errors", () => {
    const reactions: ReadonlyArray<readonly [string, Reaction]> = [
      ["CANCELLED", { code: 1 }],
      ["DEADLINE_EXCEEDED", { code: 4 }],
      ["ABORTED", { code: 10 }],
      ["OUT_OF_RANGE", { code: 11 }],
      ["UNAVAILABLE", { code: 14, text: "memory is full" }],
      ["UNAVAILABLE in the headers", { code: 14, trailersOnly: true }],
      ["DATA_LOSS", { code: 15 }],
      ["RESOURCE_EXHAUSTED with a RetryInfo", { code: 8, details: retryInfo(20) }],
      ["503 of a proxy", { http: 503 }],
      ["a stream that is reset", "reset"],
      ["a connection that is cut", "cut"],
      ["a server that went away before", "goneaway"]
    ]
    for (const [name, reaction] of reactions) {
      it.live(name, () =>
        Effect.gen(function*() {
          const { collector, status } = yield* meeting(reaction)
          assert.deepStrictEqual(status, { name: "otlp", delivered: 3, pending: 0, dropped: {} })
          assert.strictEqual(collector.received.length, 2)
          assert.deepStrictEqual(collector.received[1]!.message, collector.received[0]!.message)
        }))
    }
  })

  it.live("a GOAWAY does not lose a response, and the next request uses another connection", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer((_, index) => index === 0 ? "goaway" : {})
      yield* one("first").pipe(
        Effect.andThen(settled),
        Effect.andThen(one("second")),
        Effect.andThen(settled),
        exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc" }))
      )
      assert.deepStrictEqual(spansOf(collector.received).map(({ name }) => name), ["first", "second"])
      assert.strictEqual(collector.connections(), 2)
    }))

  it.live("waits as long as a RetryInfo asks", () =>
    Effect.gen(function*() {
      const times: Array<number> = []
      const collector = yield* grpcServer((_, index) => {
        times.push(performance.now())
        return index === 0 ? { code: 8, details: retryInfo(300) } : {}
      })
      yield* one().pipe(Effect.andThen(settled), exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc" })))
      assert.isAtLeast(times[1]! - times[0]!, 295)
    }))

  describe("drops undeliverable spans, and explains why", () => {
    const reactions: ReadonlyArray<readonly [string, Reaction, string]> = [
      ["RESOURCE_EXHAUSTED without a RetryInfo", { code: 8, text: "quota" }, "grpc_resource_exhausted"],
      ["UNIMPLEMENTED", { code: 12, text: "unknown service" }, "grpc_unimplemented"],
      ["NOT_FOUND", { code: 5 }, "grpc_not_found"],
      ["404 of a proxy", { http: 404 }, "http_404"]
    ]
    for (const [name, reaction, reason] of reactions) {
      it.live(name, () =>
        Effect.gen(function*() {
          const { status } = yield* meeting(reaction)
          assert.deepStrictEqual(status, { name: "otlp", delivered: 0, pending: 0, dropped: { [reason]: 3 } })
        }))
    }
  })

  it.live("splits a message that is too large until its parts fit", () =>
    Effect.gen(function*() {
      const limit = 1_000
      const collector = yield* grpcServer(({ message }) =>
        message.length <= limit ? {} : {
          code: 8,
          text: `grpc: received message larger than max (${message.length} vs. ${limit})`
        }
      )
      const status = yield* Effect.andThen(many(40), one("x".repeat(2_000))).pipe(
        Effect.andThen(settled),
        exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc" }))
      )
      assert.deepStrictEqual(status, { name: "otlp", delivered: 40, pending: 0, dropped: { too_large: 1 } })
    }))

  it.live("finds the faulty span in a refused batch", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer(({ message }) =>
        message.includes("span 17") ? { code: 3, text: "bad span" } : {}
      )
      const status = yield* many(40).pipe(
        Effect.andThen(settled),
        exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc" }))
      )
      assert.deepStrictEqual(status.dropped, { grpc_invalid_argument: 1 })
      assert.strictEqual(status.delivered, 39)
    }))

  it.live("counts the spans that the receiver rejected", () =>
    Effect.gen(function*() {
      const { status } = yield* meeting({ message: partialSuccess(2, "too old") })
      assert.deepStrictEqual(status, { name: "otlp", delivered: 1, pending: 0, dropped: { rejected: 2 } })
    }))

  it.live("holds spans until the credential changes", () =>
    Effect.gen(function*() {
      let token = "old"
      const collector = yield* grpcServer(({ headers }) =>
        headers["authorization"] === "Bearer new" ? {} : { code: 16, text: "token expired", trailersOnly: true }
      )
      const status = yield* many(3).pipe(
        Effect.andThen(AgentOps.flush()),
        Effect.tap(([status]) =>
          Effect.sync(() => {
            assert.strictEqual(status!.pending, 3)
            assert.strictEqual(status!.failing?.reason, "grpc_unauthenticated")
            token = "new"
          })
        ),
        Effect.andThen(settled),
        exportingTo(Exporter.otlp({
          url: collector.url,
          protocol: "grpc",
          headers: Effect.sync(() => ({ authorization: `Bearer ${token}` }))
        }))
      )
      assert.strictEqual(status.delivered, 3)
    }))

  it.live("gives up on a server that does not answer in time, and calls it over another connection", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer((_, index) => index === 0 ? "hang" : {})
      const status = yield* one().pipe(
        Effect.andThen(settled),
        exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc", timeout: "100 millis" }))
      )
      assert.strictEqual(status.delivered, 1)
      assert.strictEqual(collector.received[0]!.headers["grpc-timeout"], "100m")
      assert.strictEqual(collector.connections(), 2)
    }))

  it.live("waits for a server that is not there yet", () =>
    Effect.gen(function*() {
      const port = yield* Effect.callback<number>((resume) => {
        const probe = Net.createServer().listen(0, "127.0.0.1", () => {
          const { port } = probe.address() as AddressInfo
          probe.close(() => resume(Effect.succeed(port)))
        })
      })
      const output = yield* logOf(
        many(3).pipe(
          Effect.andThen(flushUntil(([status]) => status!.failing?.reason === "connection")),
          exportingTo(Exporter.otlp({ url: `127.0.0.1:${port}`, protocol: "grpc", shutdownTimeout: "50 millis" }))
        )
      )
      assert.include(output, `no connection to http://127.0.0.1:${port}`)
    }))

  it.live("sends log records to their own service", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer()
      yield* Effect.log("hello").pipe(
        Effect.withSpan("work"),
        exportingTo(Exporter.otlpLogs({ url: collector.url, protocol: "grpc" }))
      )
      assert.strictEqual(
        collector.received[0]!.path,
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
      )
      const request = decodeProtobuf(collector.received[0]!.message, "ExportLogsServiceRequest")
      assert.include(JSON.stringify(request), "hello")
    }))

  for (const protocol of ["grpc", "protobuf"] as const) {
    it.live(`one layer sends all three signals over ${protocol}, and each has a line in the status`, () =>
      Effect.gen(function*() {
        const grpc = yield* grpcServer()
        const http = yield* server()
        const url = protocol === "grpc" ? grpc.url : http.url
        const names = yield* traceTool(Effect.log("hello"), "t").pipe(
          Effect.andThen(AgentOps.flush()),
          Effect.map((all) => all.map(({ name }) => name)),
          exportingTo(Exporter.otlp({ url, protocol, signals: ["traces", "logs", "metrics"] }))
        )
        assert.deepStrictEqual(names.toSorted(), ["otlp", "otlp-logs", "otlp-metrics"])
        const paths = new Set([...grpc.received, ...http.received].map(({ path }) => path))
        assert.strictEqual(paths.size, 3)
      }))
  }

  it.live("names a port for HTTP in the error, and a port for gRPC for an exporter over HTTP", () =>
    Effect.gen(function*() {
      const http = yield* server()
      const grpc = yield* grpcServer()
      const output = yield* logOf(
        one().pipe(
          Effect.andThen(flushUntil((all) => all.every(({ failing }) => failing !== undefined))),
          exportingTo(
            Exporter.otlp({ name: "a", url: http.url, protocol: "grpc", shutdownTimeout: "10 millis" }),
            Exporter.otlp({ name: "b", url: grpc.url, shutdownTimeout: "10 millis" })
          )
        )
      )
      assert.include(output, "It may be a port for OTLP over HTTP")
      assert.include(output, "this looks like a gRPC port")
    }))

  describe("addresses", () => {
    const wrong: ReadonlyArray<readonly [Exporter.OtlpOptions, string]> = [
      [{ url: "ftp://collector:4317" }, "url"],
      [{ url: "" }, "url"],
      [{ url: "http://user:secret@collector:4317" }, "url"],
      [{ tracesUrl: "a b" }, "tracesUrl"],
      [{ tls: { ca: "/etc/ca.pem" } }, "tls.ca"],
      [{ tls: { cert: "-----BEGIN CERTIFICATE-----" } }, "tls.key"],
      [{ protocol: "thrift" as never }, "protocol"],
      [{ compression: "br" as never }, "compression"],
      [{ signals: ["spans" as never] }, "signals"]
    ]
    for (const [options, field] of wrong) {
      it.effect(`${JSON.stringify(options)} is a ConfigurationError`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(
            Effect.void.pipe(exportingTo(Exporter.otlp({ protocol: "grpc", ...options })))
          )
          assert.strictEqual((error as { readonly field: string }).field, field)
        }))
    }

    it.live("a path is ignored, and a scheme is optional", () =>
      Effect.gen(function*() {
        const collector = yield* grpcServer()
        for (const url of [`${collector.url}/v1/traces`, `${collector.url}/`, collector.url.slice("http://".length)]) {
          yield* one(url).pipe(exportingTo(Exporter.otlp({ url, protocol: "grpc" })))
        }
        assert.strictEqual(spansOf(collector.received).length, 3)
      }))
  })
})

describe.skipIf(!Certificates.canMake)("certificates", () => {
  const made = Certificates.canMake ? Certificates.make() : undefined!
  afterAll(() => {
    if (made !== undefined) Certificates.remove(made)
  })
  const options = () => ({ ...made.server, ca: made.ca, requestCert: true, rejectUnauthorized: true })
  const tls = () => ({ ca: made.ca, cert: made.client.cert, key: Redacted.make(made.client.key) })

  it.live("over gRPC: the server is known by its authority, and the program by its certificate", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer(undefined, options())
      const status = yield* many(3).pipe(
        Effect.andThen(settled),
        exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc", tls: tls() }))
      )
      assert.strictEqual(status.delivered, 3)
    }))

  it.live("over gRPC: a server of an unknown authority receives nothing", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer(undefined, { ...options(), requestCert: false })
      const output = yield* logOf(
        many(3).pipe(
          Effect.andThen(flushUntil(([status]) => status!.failing !== undefined)),
          exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc", shutdownTimeout: "10 millis" }))
        )
      )
      assert.match(output, /certificate/)
      assert.strictEqual(collector.received.length, 0)
    }))

  it.live("the error names a port without TLS", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer()
      const output = yield* logOf(
        one().pipe(
          Effect.andThen(flushUntil(([status]) => status!.failing !== undefined)),
          exportingTo(Exporter.otlp({
            url: collector.url.replace("http:", "https:"),
            protocol: "grpc",
            shutdownTimeout: "10 millis"
          }))
        )
      )
      assert.include(output, "it looks like a port without TLS")
    }))

  it.live("over HTTP", () =>
    Effect.gen(function*() {
      const bodies: Array<string> = []
      const listening = yield* Effect.acquireRelease(
        Effect.callback<Https.Server>((resume) => {
          const server = Https.createServer(options(), (request, response) => {
            bodies.push(String(request.headers["x-tenant"]))
            request.resume().on("end", () => response.writeHead(200).end())
          }).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) =>
          Effect.sync(() => {
            server.close()
            server.closeAllConnections()
          })
      )
      const status = yield* many(3).pipe(
        Effect.andThen(settled),
        exportingTo(Exporter.otlp({
          url: `https://127.0.0.1:${(listening.address() as AddressInfo).port}`,
          compression: "gzip",
          headers: { "x-tenant": "a" },
          tls: tls()
        }))
      )
      assert.deepStrictEqual(bodies, ["a"])
      assert.strictEqual(status.delivered, 3)
    }))
})

it.live("an exporter over gRPC does not keep a program running, and leaves no connection", () =>
  Effect.gen(function*() {
    const collector = yield* grpcServer()
    yield* traceTool(Effect.void, "t").pipe(exportingTo(Exporter.otlp({ url: collector.url, protocol: "grpc" })))
    assert.strictEqual(spansOf(collector.received).length, 2)
  }))
