import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { gunzipSync } from "node:zlib"
import * as AgentOps from "../../src/AgentOps.ts"
import { userAgent } from "../../src/core/internal/version.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { accounted, counts, exportingTo, many, one } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrived, deadUrl, decode, server, spansIn } from "../support/otlp/server.ts"
import type { Message } from "../support/otlp/wire.ts"

/** A program with a session, a tool, an event on a span, a link and a failure. */
const program = Effect.gen(function*() {
  yield* Effect.withSpan(
    Effect.gen(function*() {
      yield* Effect.annotateCurrentSpan({ text: "héllo\n😀", count: 3, ratio: 0.5, yes: true, list: ["a", "b"] })
      yield* Effect.log("a log line")
      const span = yield* Effect.currentSpan
      yield* Effect.void.pipe(Effect.withSpan("linked", { links: [{ span, attributes: { why: "test" } }] }))
    }).pipe(Effect.orDie),
    "work",
    { kind: "client" }
  )
  yield* Effect.fail(new Error("out of stock")).pipe(traceTool("order", { parameters: { n: 1 } }), Effect.ignore)
}).pipe(Session.withSession({ name: "shop", tags: ["a", "b"] }), (program) => withOutput(() => program))

const id = (span: Message) => String(span["spanId"])
const sorted = (spans: ReadonlyArray<Message>) => spans.toSorted((a, b) => id(a) < id(b) ? -1 : 1)
const attribute = (span: Message, key: string) =>
  (span["attributes"] as ReadonlyArray<{ readonly key: string; readonly value: Message }>)
    .find((attribute) => attribute.key === key)?.value

describe("Exporter.otlp", () => {
  it.live("protobuf and JSON bodies carry the same spans, to the nanosecond", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* program.pipe(exportingTo(
        Exporter.otlp({ url: collector.url }),
        Exporter.otlp({ url: collector.url, protocol: "json" }),
        Exporter.otlp({ url: collector.url, protocol: "json", compression: "gzip" })
      ))
      assert.strictEqual(collector.received.length, 3)
      const requests = collector.received.map(decode)
      assert.deepStrictEqual(requests[1], requests[0])
      assert.deepStrictEqual(requests[2], requests[0])
      const spans = spansIn(requests[0]!)
      assert.deepStrictEqual(
        new Set(spans.map((span) => span["name"])),
        new Set(["shop", "work", "linked", "agent.tool", "tool.execution"])
      )
      assert.deepStrictEqual(collector.received.map(({ headers }) => headers["content-type"]).sort(), [
        "application/json",
        "application/json",
        "application/x-protobuf"
      ])
    }))

  it.live("the received spans equal the made spans", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const made = yield* Effect.andThen(program, Effect.flatMap(Exporter.Memory, ({ spans }) => spans)).pipe(
        exportingTo(Layer.merge(Exporter.otlp({ url: collector.url, content: true }), Exporter.memory()))
      )
      const spans = sorted(arrived(collector))
      assert.deepStrictEqual(
        spans.map((span): unknown => ({
          name: span["name"],
          traceId: span["traceId"],
          spanId: span["spanId"],
          parentSpanId: span["parentSpanId"],
          startTimeUnixNano: span["startTimeUnixNano"],
          endTimeUnixNano: span["endTimeUnixNano"],
          code: (span["status"] as Message | undefined)?.["code"] ?? 0
        })),
        made.toSorted((a, b) => a.spanId < b.spanId ? -1 : 1).map((span) => ({
          name: span.name,
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId,
          startTimeUnixNano: String(span.startTime),
          endTimeUnixNano: String(span.endTime),
          code: span.status.code === "error" ? 2 : 0
        }))
      )
      const work = spans.find(({ name }) => name === "work")!
      assert.deepStrictEqual(attribute(work, "text"), { stringValue: "héllo\n😀" })
      assert.deepStrictEqual(attribute(work, "count"), { intValue: "3" })
      assert.deepStrictEqual(attribute(work, "ratio"), { doubleValue: 0.5 })
      assert.deepStrictEqual(attribute(work, "yes"), { boolValue: true })
      assert.deepStrictEqual(attribute(work, "list"), {
        arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] }
      })
      assert.strictEqual((work["events"] as ReadonlyArray<Message>)[0]!["name"], "a log line")
      const linked = spans.find(({ name }) => name === "linked")!
      assert.strictEqual((linked["links"] as ReadonlyArray<Message>)[0]!["spanId"], work["spanId"])
      const tool = spans.find(({ name }) => name === "agent.tool")!
      assert.deepStrictEqual(attribute(tool, "gen_ai.tool.call.arguments"), { stringValue: "{\"n\":1}" })
      assert.strictEqual((tool["status"] as Message)["message"], "out of stock")
    }))

  it.live("content is left out by default", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* Effect.succeed("the answer").pipe(
        traceTool("search", { parameters: { q: "the question" } }),
        exportingTo(Exporter.otlp({ url: collector.url }))
      )
      assert.strictEqual(arrived(collector).length, 2)
      assert.notInclude(collector.received[0]!.body.toString("latin1"), "the question")
      assert.notInclude(collector.received[0]!.body.toString("latin1"), "the answer")
    }))

  it.live("gzip where it pays", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const exporter = Exporter.otlp({ url: collector.url, compression: "gzip" })
      yield* many(100).pipe(exportingTo(exporter))
      yield* one().pipe(exportingTo(exporter))
      const [large, small] = collector.received
      assert.strictEqual(large!.headers["content-encoding"], "gzip")
      assert.isBelow(Number(large!.headers["content-length"]), large!.body.length)
      assert.strictEqual(arrived(collector).length, 101)
      assert.isUndefined(small!.headers["content-encoding"])
      assert.throws(() => gunzipSync(small!.body))
    }))

  it.live("headers: the user's own beside ours, and secrets only on the wire", () =>
    withOutput((output) =>
      Effect.gen(function*() {
        const collector = yield* server(() => ({ status: 400, body: { message: "no" } }))
        const layer = Exporter.otlp({
          url: collector.url,
          headers: { "X-Api-Key": Redacted.make("hush-hush"), "x-tenant": "blue" }
        })
        yield* one().pipe(exportingTo(layer))
        const { headers, method, path } = collector.received[0]!
        assert.strictEqual(method, "POST")
        assert.strictEqual(path, "/v1/traces")
        assert.strictEqual(headers["x-api-key"], "hush-hush")
        assert.strictEqual(headers["x-tenant"], "blue")
        assert.strictEqual(headers["user-agent"], userAgent)
        assert.isAbove(output.logged.length, 0)
        assert.notInclude([...output.logged, ...output.printed].join("\n"), "hush-hush")
      })
    ))

  it.live("a custom user agent replaces ours", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* one().pipe(exportingTo(Exporter.otlp({ url: collector.url, headers: { "User-Agent": "mine/1" } })))
      assert.strictEqual(collector.received[0]!.headers["user-agent"], "mine/1")
    }))

  it.live.each([
    ["", "/v1/traces"],
    ["/", "/v1/traces"],
    ["/base", "/base/v1/traces"],
    ["/base/", "/base/v1/traces"],
    ["/base?a=1", "/base/v1/traces?a=1"],
    ["/v1/traces", "/v1/traces"],
    ["/v1/traces/", "/v1/traces"]
  ])("url %j posts to %s", ([suffix, expected]) =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* one().pipe(exportingTo(Exporter.otlp({ url: `${collector.url}${suffix}` })))
      assert.deepStrictEqual(collector.received.map(({ path }) => path), [expected])
    }))

  it.live("tracesUrl is used unchanged", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* one().pipe(
        exportingTo(Exporter.otlp({ url: "http://127.0.0.1:1", tracesUrl: `${collector.url}/api/otlp?key=1` }))
      )
      assert.deepStrictEqual(collector.received.map(({ path }) => path), ["/api/otlp?key=1"])
    }))

  it.live("batches are limited in size, and every span is in one", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const status = yield* many(25).pipe(
        Effect.andThen(AgentOps.flush()),
        exportingTo(Exporter.otlp({ url: collector.url, maxBatchSize: 10 }))
      )
      assert.deepStrictEqual(collector.received.map((request) => spansIn(decode(request)).length), [10, 10, 5])
      assert.deepStrictEqual(status, [{ name: "otlp", delivered: 25, pending: 0, dropped: {} }])
    }))

  describe("when the collector", () => {
    it.live("rejects some, they are counted as rejected", () =>
      withOutput((output) =>
        Effect.gen(function*() {
          const collector = yield* server(() => ({
            body: { partialSuccess: { rejectedSpans: "2", errorMessage: "too old" } }
          }))
          const [status] = yield* many(5).pipe(
            Effect.andThen(AgentOps.flush()),
            exportingTo(Exporter.otlp({ url: collector.url }))
          )
          assert.deepStrictEqual(status, { name: "otlp", delivered: 3, pending: 0, dropped: { rejected: 2 } })
          assert.include(output.logged.join("\n"), "too old")
        })
      ))

    it.live.each<[number, string, number]>([
      [400, "http_400", 5],
      [404, "http_404", 1],
      [413, "too_large", 4],
      [500, "http_500", 1],
      [501, "http_501", 1]
    ])(
      "answers %d, the spans are dropped as %s once no part of the batch arrives",
      ([code, reason, requests]) =>
        withOutput((output) =>
          Effect.gen(function*() {
            const collector = yield* server(() => ({ status: code, body: "because" }))
            const [status] = yield* many(3).pipe(
              Effect.andThen(AgentOps.flush()),
              exportingTo(Exporter.otlp({ url: collector.url }))
            )
            assert.deepStrictEqual(counts(status!), {
              name: "otlp",
              delivered: 0,
              pending: 0,
              dropped: { [reason]: 3 }
            })
            assert.strictEqual(status!.failing?.reason, reason === "too_large" ? "http_413" : reason)
            assert.strictEqual(collector.received.length, requests)
            assert.strictEqual(output.logged.filter((line) => line.includes(`answered ${code}`)).length, 1)
          })
        )
    )

    it.live.each([401, 403])(
      "answers %d, the spans wait for another credential",
      (code) =>
        withOutput((output) =>
          Effect.gen(function*() {
            const collector = yield* server(({ headers }) => headers["x-key"] === "new" ? {} : { status: code })
            let key = "old"
            const statuses = yield* Effect.gen(function*() {
              yield* many(3)
              const before = yield* AgentOps.flush()
              assert.strictEqual(collector.received.length, 1)
              key = "new"
              return [...before, ...yield* AgentOps.flush()]
            }).pipe(
              exportingTo(Exporter.otlp({ url: collector.url, headers: Effect.sync(() => ({ "x-key": key })) }))
            )
            assert.deepStrictEqual(statuses.map(counts), [
              { name: "otlp", delivered: 0, pending: 3, dropped: {} },
              { name: "otlp", delivered: 3, pending: 0, dropped: {} }
            ])
            assert.strictEqual(output.logged.filter((line) => line.includes(`answered ${code}`)).length, 1)
          })
        )
    )

    it.live.each([429, 502, 503, 504])(
      "answers %d once, the batch arrives the second time",
      (code) =>
        withOutput(() =>
          Effect.gen(function*() {
            const collector = yield* server((_, index) =>
              index === 0 ? { status: code, headers: { "retry-after": "0" } } : {}
            )
            const [status] = yield* many(3).pipe(
              Effect.andThen(AgentOps.flush()),
              exportingTo(Exporter.otlp({ url: collector.url }))
            )
            assert.deepStrictEqual(status, { name: "otlp", delivered: 3, pending: 0, dropped: {} })
            assert.strictEqual(collector.received.length, 2)
          })
        )
    )

    it.live("cuts the connection once, the batch arrives the second time", () =>
      withOutput(() =>
        Effect.gen(function*() {
          const collector = yield* server((_, index) => index === 0 ? "reset" : {})
          const [status] = yield* many(3).pipe(
            Effect.andThen(AgentOps.flush()),
            exportingTo(Exporter.otlp({ url: collector.url }))
          )
          assert.deepStrictEqual(status, { name: "otlp", delivered: 3, pending: 0, dropped: {} })
        })
      ))

    it.live("does not answer in time, spans in flight are pending, and the release gives up", () =>
      withOutput((output) =>
        Effect.gen(function*() {
          const collector = yield* server(() => "hang")
          const [status] = yield* many(3).pipe(
            Effect.andThen(AgentOps.flush("50 millis")),
            exportingTo(Exporter.otlp({ url: collector.url, timeout: "30 seconds", shutdownTimeout: "50 millis" }))
          )
          assert.deepStrictEqual(status, { name: "otlp", delivered: 0, pending: 3, dropped: {} })
          assert.include(output.logged.join("\n"), "shut down with 3 spans undelivered")
        })
      ))

    it.live("is slower than the timeout, the error says so", () =>
      withOutput((output) =>
        Effect.gen(function*() {
          const collector = yield* server((_, index) => index === 0 ? "hang" : {})
          const [status] = yield* many(3).pipe(
            Effect.andThen(AgentOps.flush()),
            exportingTo(Exporter.otlp({ url: collector.url, timeout: "40 millis" }))
          )
          assert.deepStrictEqual(status, { name: "otlp", delivered: 3, pending: 0, dropped: {} })
          assert.include(output.logged.join("\n"), "did not answer within 40ms")
        })
      ))

    it.live("is not there, only the spans are lost", () =>
      withOutput((output) =>
        Effect.gen(function*() {
          const url = yield* deadUrl
          const [value, [status]] = yield* Effect.all([
            Effect.as(one(), "the result"),
            AgentOps.flush("20 millis")
          ]).pipe(exportingTo(Exporter.otlp({ url })))
          assert.strictEqual(value, "the result")
          assert.strictEqual(accounted(status!), 1)
          assert.strictEqual(status!.pending, 1)
          assert.include(output.logged.join("\n"), "no connection to")
        })
      ))
  })

  it.live("a full queue drops new spans, and counts them", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const collector = yield* server()
        const [status] = yield* many(20).pipe(
          Effect.andThen(AgentOps.flush()),
          exportingTo(Exporter.otlp({ url: collector.url, maxQueueSize: 5 }))
        )
        assert.strictEqual(accounted(status!), 20)
        assert.deepStrictEqual(Object.keys(status!.dropped), ["queue_full"])
        assert.strictEqual(arrived(collector).length, status!.delivered)
      })
    ))

  describe("options that cannot be used", () => {
    const failure = (options: Exporter.OtlpOptions) =>
      Effect.map(Effect.exit(one().pipe(exportingTo(Exporter.otlp(options)))), (exit) => {
        const error = Exit.isFailure(exit) ? exit.cause.reasons[0] : undefined
        assert.strictEqual(error?._tag, "Fail")
        return (error as {
          readonly error: { readonly _tag: string; readonly field: string; readonly message: string }
        })
          .error
      })

    it.effect.each<[string, Exporter.OtlpOptions]>([
      ["url", { url: "localhost:4318" }],
      ["url", { url: "ftp://localhost" }],
      ["url", { url: "" }],
      ["tracesUrl", { tracesUrl: "not a url" }],
      ["maxQueueSize", { maxQueueSize: 0 }],
      ["maxQueueSize", { maxQueueSize: Number.NaN }],
      ["maxBatchSize", { maxBatchSize: 1.5 }],
      ["exportInterval", { exportInterval: "soon" as never }],
      ["shutdownTimeout", { shutdownTimeout: "never" as never }],
      ["timeout", { timeout: "1 fortnight" as never }],
      ["headers", { headers: { "not a name": "x" } }],
      ["headers", { headers: { "x-key": "two\nlines" } }]
    ])("%s: %j", ([field, options]) =>
      Effect.gen(function*() {
        const error = yield* failure(options)
        assert.strictEqual(error._tag, "ConfigurationError")
        assert.strictEqual(error.field, field)
        assert.isTrue(error.message.startsWith(`${field}: `))
      }))

    it.effect("quote no secret", () =>
      Effect.gen(function*() {
        const header = yield* failure({ headers: { "x-key": Redacted.make("hush\nhush") } })
        assert.notInclude(JSON.stringify(header) + header.message, "hush")
        assert.include(header.message, "x-key")
        const password = yield* failure({ url: "http://user:hush@localhost:4318" })
        assert.strictEqual(password.field, "url")
        assert.notInclude(JSON.stringify(password) + password.message, "hush")
      }))
  })
})
