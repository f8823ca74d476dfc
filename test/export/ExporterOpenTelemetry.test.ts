import { assert, describe, it } from "@effect/vitest"
import { trace } from "@opentelemetry/api"
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc"
import { OTLPTraceExporter as HttpExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Span as SdkSpan,
  type SpanExporter,
  type SpanProcessor
} from "@opentelemetry/sdk-trace-base"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Http2 from "node:http2"
import type { AddressInfo } from "node:net"
import * as AgentOps from "../../src/AgentOps.ts"
import type { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { batchSpanProcessor, simpleSpanProcessor } from "../support/openTelemetry/traceSdk.ts"
import { accounted, counts, exportingTo, flushUntil, many, one } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrived, decode, server, spansIn } from "../support/otlp/server.ts"
import { decodeProtobuf, type Message } from "../support/otlp/wire.ts"

const program = Effect.gen(function*() {
  const span = yield* Effect.currentSpan
  yield* Effect.void.pipe(Effect.withSpan("linked", { links: [{ span, attributes: { why: "test" } }], kind: "client" }))
  yield* Effect.fail(new Error("no luck")).pipe(traceTool("search", { parameters: { q: 1 } }), Effect.ignore)
}).pipe(Effect.withSpan("work", { attributes: { n: 1, half: 0.5, list: ["a"] } }), Effect.orDie, Session.withSession())

const id = (span: Message) => String(span["spanId"])
const sorted = (spans: ReadonlyArray<Message>) => spans.toSorted((a, b) => id(a) < id(b) ? -1 : 1)
const attributes = (span: Message) =>
  Object.fromEntries(
    (span["attributes"] as ReadonlyArray<{ readonly key: string; readonly value: Message }> | undefined ?? [])
      .map(({ key, value }) => [key, Object.values(value)[0]])
  )

/** A collector that speaks gRPC: a frame of five bytes and a message each way, and a status at the end. */
const grpcCollector = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly requests: Array<Message>; readonly http2: Http2.Http2Server }>(
    (resume) => {
      const requests: Array<Message> = []
      const http2 = Http2.createServer()
      http2.on("stream", (stream, headers) => {
        const chunks: Array<Buffer> = []
        stream.on("data", (chunk: Buffer) => chunks.push(chunk))
        stream.on("end", () => {
          assert.strictEqual(headers[":path"], "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
          requests.push(decodeProtobuf(Buffer.concat(chunks).subarray(5)))
          stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
          stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true })
          stream.end(Buffer.alloc(5))
        })
      })
      http2.listen(0, "127.0.0.1", () => {
        const { port } = http2.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, requests, http2 }))
      })
    }
  ),
  ({ http2 }) => Effect.callback<void>((resume) => void http2.close(() => resume(Effect.void)))
)

/** A processor with some functions replaced. */
const processor = (replaced: Partial<SpanProcessor>): SpanProcessor => ({
  onStart: () => {},
  onEnd: () => {},
  forceFlush: async () => {},
  shutdown: async () => {},
  ...replaced
})

const spanExporter = (replaced: Partial<SpanExporter>): SpanExporter => ({
  export: (_, done) => done({ code: 0 }),
  shutdown: async () => {},
  ...replaced
})

const kept = (memory: InMemorySpanExporter) => memory.getFinishedSpans()

/** An exporter in memory whose spans survive its shutdown. */
class Keeping extends InMemorySpanExporter {
  shutdowns = 0
  override async shutdown(): Promise<void> {
    this.shutdowns++
  }
}

/** Numbers as OpenTelemetry's serializers write them: a whole one becomes an integer, whatever its type was. */
const untyped = (spans: ReadonlyArray<Message>): ReadonlyArray<Message> =>
  JSON.parse(JSON.stringify(spans).replace(/"doubleValue":(-?\d+)(?=[,}])/g, "\"intValue\":\"$1\""))

describe("Exporter.fromSpanExporter", () => {
  it.live.each<[string, (url: string) => SpanExporter]>([
    ["exporter-trace-otlp-http", (url) => new HttpExporter({ url })],
    ["exporter-trace-otlp-proto", (url) => new ProtoExporter({ url })]
  ])("%s sends the same as our own exporter", ([, make]) =>
    Effect.gen(function*() {
      const theirs = yield* server()
      const ours = yield* server()
      const status = yield* program.pipe(
        Effect.andThen(AgentOps.flush()),
        exportingTo(
          Exporter.fromSpanExporter(() => make(`${theirs.url}/v1/traces`), { content: true }),
          Exporter.otlp({ url: ours.url, content: true })
        )
      )
      assert.strictEqual(arrived(ours).length, 5)
      assert.deepStrictEqual(sorted(arrived(theirs)), sorted(untyped(arrived(ours))))
      const [request] = theirs.received.map(decode)
      assert.deepStrictEqual(
        (request!["resourceSpans"] as ReadonlyArray<Message>)[0]!["resource"],
        (ours.received.map(decode)[0]!["resourceSpans"] as ReadonlyArray<Message>)[0]!["resource"]
      )
      assert.deepStrictEqual(status.map(({ delivered, name, pending }) => [name, delivered, pending]).sort(), [
        ["otlp", 5, 0],
        ["span-exporter", 5, 0]
      ])
    }))

  it.live("exporter-trace-otlp-grpc sends the same as our own exporter", () =>
    Effect.gen(function*() {
      const theirs = yield* grpcCollector
      const ours = yield* server()
      yield* program.pipe(exportingTo(
        Exporter.fromSpanExporter(() => new GrpcExporter({ url: theirs.url })),
        Exporter.otlp({ url: ours.url })
      ))
      assert.strictEqual(arrived(ours).length, 5)
      assert.deepStrictEqual(sorted(theirs.requests.flatMap(spansIn)), sorted(untyped(arrived(ours))))
    }))

  it.live("content is off by default", () =>
    Effect.gen(function*() {
      const memory = new Keeping()
      yield* program.pipe(exportingTo(Exporter.fromSpanExporter(() => memory)))
      assert.isFalse(kept(memory).some((span) => "gen_ai.tool.call.arguments" in span.attributes))
    }))

  it.live("flushes and shuts down once, after the last batch", () =>
    Effect.gen(function*() {
      const calls: Array<string> = []
      const instance = spanExporter({
        export: (spans, done) => {
          calls.push(`export ${spans.length}`)
          done({ code: 0 })
        },
        forceFlush: async () => void calls.push("forceFlush"),
        shutdown: async () => void calls.push("shutdown")
      })
      yield* many(3).pipe(exportingTo(Exporter.fromSpanExporter(() => instance)))
      // Once after the batch, which is delivered only then, and once at the end.
      assert.deepStrictEqual(calls, ["export 3", "forceFlush", "forceFlush", "shutdown"])
    }))

  describe("that", () => {
    const troubled: ReadonlyArray<[string, Partial<SpanExporter>, logged: RegExp]> = [
      ["answers with an error", { export: (_, done) => done({ code: 1, error: new Error("wires cut") }) }, /wires cut/],
      ["answers with no reason", { export: (_, done) => done({ code: 1 }) }, /it gave no reason/],
      [
        "throws",
        {
          export: () => {
            throw new Error("wires cut")
          }
        },
        /wires cut/
      ],
      [
        "throws what is no error",
        {
          export: () => {
            throw "wires cut"
          }
        },
        /wires cut/
      ]
    ]
    it.live.each(troubled)(
      "%s loses only its own batch",
      ([, replaced, logged]) =>
        withOutput((output) =>
          Effect.gen(function*() {
            const memory = new Keeping()
            const [value, status] = yield* Effect.all([Effect.as(many(3), "result"), AgentOps.flush()]).pipe(
              exportingTo(
                Exporter.fromSpanExporter(() => spanExporter(replaced), { name: "troubled" }),
                Exporter.fromSpanExporter(() => memory, { name: "healthy" })
              )
            )
            assert.strictEqual(value, "result")
            assert.deepStrictEqual(status.map(counts).toSorted((a, b) => a.name < b.name ? -1 : 1), [
              { name: "healthy", delivered: 3, pending: 0, dropped: {} },
              { name: "troubled", delivered: 0, pending: 0, dropped: { export_failed: 3 } }
            ])
            assert.strictEqual(kept(memory).length, 3)
            assert.match(output.logged.join("\n"), logged)
          })
        )
    )

    it.live("never answers holds up neither the others nor the end", () =>
      withOutput((output) =>
        Effect.gen(function*() {
          const memory = new Keeping()
          const status = yield* many(3).pipe(
            Effect.andThen(flushUntil((status) => status.some(({ delivered }) => delivered === 3))),
            exportingTo(
              Exporter.fromSpanExporter(() => spanExporter({ export: () => {} }), {
                name: "silent",
                shutdownTimeout: "50 millis"
              }),
              Exporter.fromSpanExporter(() => memory, { name: "healthy" })
            )
          )
          assert.deepStrictEqual(status.toSorted((a, b) => a.name < b.name ? -1 : 1), [
            { name: "healthy", delivered: 3, pending: 0, dropped: {} },
            { name: "silent", delivered: 0, pending: 3, dropped: {} }
          ])
          assert.include(output.logged.join("\n"), "exporter silent shut down with 3 spans undelivered")
        })
      ))

    it.live("calls back twice is counted once", () =>
      Effect.gen(function*() {
        const instance = spanExporter({
          export: (_, done) => {
            done({ code: 0 })
            done({ code: 1 })
          }
        })
        const status = yield* many(3).pipe(
          Effect.andThen(AgentOps.flush()),
          exportingTo(Exporter.fromSpanExporter(() => instance))
        )
        assert.deepStrictEqual(status, [{ name: "span-exporter", delivered: 3, pending: 0, dropped: {} }])
      }))

    const never = () => new Promise<void>(() => {})
    it.live.each<[string, Partial<SpanExporter>, logged: RegExp]>([
      ["fails to flush", { forceFlush: () => Promise.reject(new Error("stuck")) }, /did not flush cleanly/],
      [
        "throws at the flush",
        {
          forceFlush: () => {
            throw new Error("stuck")
          }
        },
        /did not flush cleanly/
      ],
      ["flushes for ever", { forceFlush: never }, /did not shut down within 50ms/]
    ])("%s is still shut down", ([, replaced, logged]) =>
      withOutput((output) =>
        Effect.gen(function*() {
          let shutdowns = 0
          const instance = spanExporter({ ...replaced, shutdown: async () => void shutdowns++ })
          const value = yield* Effect.as(one(), "result").pipe(
            exportingTo(Exporter.fromSpanExporter(() => instance, { shutdownTimeout: "50 millis" }))
          )
          assert.strictEqual(value, "result")
          assert.strictEqual(shutdowns, 1)
          assert.match(output.logged.join("\n"), logged)
        })
      ))

    it.live.each<[string, Partial<SpanExporter>, logged: RegExp]>([
      ["fails to shut down", { shutdown: () => Promise.reject(new Error("stuck")) }, /did not shut down cleanly/],
      ["shuts down for ever", { shutdown: never }, /did not shut down within 50ms/]
    ])("%s does not fail the program", ([, replaced, logged]) =>
      withOutput((output) =>
        Effect.gen(function*() {
          const value = yield* Effect.as(one(), "result").pipe(
            exportingTo(Exporter.fromSpanExporter(() => spanExporter(replaced), { shutdownTimeout: "50 millis" }))
          )
          assert.strictEqual(value, "result")
          assert.match(output.logged.join("\n"), logged)
        })
      ))

    it.effect("cannot be made is a typed error", () =>
      Effect.gen(function*() {
        const broken = Exporter.fromSpanExporter(() => {
          throw new Error("no such host")
        })
        const error: ConfigurationError = yield* Effect.flip(one().pipe(exportingTo(broken)))
        assert.strictEqual(error.field, "exporter")
        assert.include(error.message, "no such host")
      }))
  })
})

describe("Exporter.fromSpanProcessor", () => {
  it.live.each<[string, (exporter: SpanExporter) => SpanProcessor]>([
    ["SimpleSpanProcessor", simpleSpanProcessor],
    ["BatchSpanProcessor", batchSpanProcessor]
  ])("%s exports every span, by the time of a flush", ([, make]) =>
    Effect.gen(function*() {
      const memory = new Keeping()
      const collector = yield* server()
      const status = yield* Effect.gen(function*() {
        yield* program
        const status = yield* AgentOps.flush()
        assert.strictEqual(kept(memory).length, 5)
        return status
      }).pipe(exportingTo(Exporter.fromSpanProcessor(() => make(memory)), Exporter.otlp({ url: collector.url })))
      assert.deepStrictEqual(status.find(({ name }) => name === "span-processor"), {
        name: "span-processor",
        delivered: 5,
        pending: 0,
        dropped: {}
      })
      assert.deepStrictEqual(
        new Map(kept(memory).map((span) => [span.spanContext().spanId, span.name])),
        new Map(arrived(collector).map((span) => [id(span), String(span["name"])]))
      )
      assert.strictEqual(memory.shutdowns, 1)
    }))

  it.live("flushes the remaining spans on release", () =>
    Effect.gen(function*() {
      const memory = new Keeping()
      yield* many(10).pipe(exportingTo(Exporter.fromSpanProcessor(() => batchSpanProcessor(memory))))
      assert.strictEqual(kept(memory).length, 10)
    }))

  it.live("sends over the wire through an exporter of the SDK", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* many(10).pipe(
        exportingTo(
          Exporter.fromSpanProcessor(() => batchSpanProcessor(new ProtoExporter({ url: `${collector.url}/v1/traces` })))
        )
      )
      assert.strictEqual(arrived(collector).length, 10)
    }))

  it.live("may write to a span at its start, for all exporters to see", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const linked = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 }
      const writer = processor({
        onStart: (span) => {
          span.setAttribute("tenant", "blue").setAttributes({ region: "eu", list: ["a", "b"] })
          span.addEvent("seen", { by: "processor" })
          span.addLink({ context: linked, attributes: { why: "because" } })
          span.recordException(new TypeError("odd"))
        }
      })
      yield* one().pipe(
        exportingTo(Exporter.fromSpanProcessor(() => writer), Exporter.otlp({ url: collector.url, content: true }))
      )
      const [span] = arrived(collector)
      assert.deepInclude(attributes(span!), { tenant: "blue", region: "eu" })
      const events = span!["events"] as ReadonlyArray<Message>
      assert.deepStrictEqual(events.map(({ name }) => name), ["seen", "exception"])
      assert.deepStrictEqual(attributes(events[0]!), { by: "processor" })
      assert.deepInclude(attributes(events[1]!), { "exception.type": "TypeError", "exception.message": "odd" })
      const [link] = span!["links"] as ReadonlyArray<Message>
      assert.strictEqual(link!["spanId"], linked.spanId)
      assert.deepStrictEqual(attributes(link!), { why: "because" })
    }))

  it.live("reads a span that has started, with its event and its parent", () =>
    Effect.gen(function*() {
      const started: Array<{ readonly span: SdkSpan; readonly parent: string | undefined }> = []
      const ended: Array<ReadableSpan> = []
      const reader = processor({
        onStart: (span, context) => {
          assert.isTrue(span.isRecording())
          assert.isFalse(span.ended)
          started.push({ span, parent: trace.getSpanContext(context)?.spanId })
        },
        onEnd: (span) => void ended.push(span)
      })
      yield* program.pipe(exportingTo(Exporter.fromSpanProcessor(() => reader)))
      assert.deepStrictEqual(started.map(({ span }) => span.name), [
        "session",
        "work",
        "linked",
        "agent.tool",
        "tool.execution"
      ])
      const byName = new Map(ended.map((span) => [span.name, span]))
      for (const { parent, span } of started) {
        const end = byName.get(span.name)!
        assert.deepStrictEqual(span.spanContext().spanId, end.spanContext().spanId)
        assert.deepStrictEqual(span.startTime, end.startTime)
        assert.strictEqual(span.kind, end.kind)
        assert.strictEqual(span.resource, end.resource)
        assert.strictEqual(parent, end.parentSpanContext?.spanId)
        assert.isFalse(span.isRecording())
        assert.isTrue(span.ended)
      }
      assert.strictEqual(started[3]!.span.attributes["gen_ai.tool.name"], "search")
    }))

  it.live("writes after the end change nothing", () =>
    Effect.gen(function*() {
      let late: SdkSpan | undefined
      const keeper = processor({ onStart: (span) => void (late = span) })
      yield* Effect.gen(function*() {
        yield* one()
        late!.setAttribute("late", true).addEvent("late")
        const [span] = yield* (yield* Exporter.Memory).spans
        assert.notProperty(span!.attributes, "late")
        assert.strictEqual(span!.events.length, 0)
      }).pipe(exportingTo(Layer.merge(
        Exporter.fromSpanProcessor(() => keeper),
        Exporter.memory()
      )))
    }))

  const thrower = () => {
    throw new Error("I am broken")
  }
  it.live.each<[string, Partial<SpanProcessor>, dropped: Record<string, number>]>([
    ["at the start", { onStart: thrower }, {}],
    ["at the end", { onEnd: thrower }, { processor_failed: 3 }],
    ["at both", { onStart: thrower, onEnd: thrower }, { processor_failed: 3 }],
    ["at the flush", { forceFlush: thrower }, {}],
    ["later, at the flush", { forceFlush: () => Promise.reject(new Error("later")) }, {}],
    ["at the shutdown", { shutdown: thrower }, {}]
  ])(
    "one that throws %s harms neither the program nor the others",
    ([, replaced, dropped]) =>
      withOutput(() =>
        Effect.gen(function*() {
          const memory = new Keeping()
          const [value, status] = yield* Effect.all([Effect.as(many(3), "result"), AgentOps.flush()]).pipe(
            exportingTo(
              Exporter.fromSpanProcessor(() => processor(replaced), { name: "broken" }),
              Exporter.fromSpanProcessor(() => simpleSpanProcessor(memory), { name: "healthy" })
            )
          )
          assert.strictEqual(value, "result")
          const broken = status.find(({ name }) => name === "broken")!
          assert.deepStrictEqual(broken.dropped, dropped)
          assert.strictEqual(accounted(broken), 3)
          assert.strictEqual(kept(memory).length, 3)
        })
      )
  )

  it.live("one that never shuts down blocks nothing", () =>
    withOutput((output) =>
      Effect.gen(function*() {
        const stuck = processor({ forceFlush: () => new Promise(() => {}), shutdown: () => new Promise(() => {}) })
        const value = yield* Effect.as(one(), "result").pipe(
          Effect.tap(AgentOps.flush("20 millis")),
          exportingTo(Exporter.fromSpanProcessor(() => stuck, { shutdownTimeout: "20 millis" }))
        )
        assert.strictEqual(value, "result")
        assert.include(output.logged.join("\n"), "span-processor did not shut down within 20ms")
      })
    ))

  it.effect("one that cannot be made is a typed error", () =>
    Effect.gen(function*() {
      const error: ConfigurationError = yield* Effect.flip(
        one().pipe(exportingTo(Exporter.fromSpanProcessor(() => thrower())))
      )
      assert.strictEqual(error.field, "processor")
      assert.include(error.message, "I am broken")
    }))
})
