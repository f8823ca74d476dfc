import { assert, describe, it } from "@effect/vitest"
import { OTLPTraceExporter as HttpExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { resourceFromAttributes } from "@opentelemetry/resources"
import { InMemorySpanExporter, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace-base"
import * as Effect from "effect/Effect"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import { toReadableSpan } from "../../src/otlp/internal/readableSpan.ts"
import { fullSpan, makeSpan } from "../support/otlp/spans.ts"
import { decodeJson, decodeProtobuf } from "../support/otlp/wire.ts"

/** A server that answers every POST with an empty success and keeps the bodies. */
const collector = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly bodies: Array<Buffer>; readonly server: Http.Server }>((resume) => {
    const bodies: Array<Buffer> = []
    const server = Http.createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        bodies.push(Buffer.concat(chunks))
        response.writeHead(200, { connection: "close" }).end()
      })
    })
    server.listen(0, "127.0.0.1", () => {
      resume(Effect.succeed({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, server }))
    })
  }),
  ({ server }) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
)

const exportAll = (exporter: SpanExporter, spans: Array<ReadableSpan>) =>
  Effect.callback<number>((resume) => exporter.export(spans, (result) => resume(Effect.succeed(result.code))))

const spans = [fullSpan, makeSpan({ name: "other" })]

describe("OtlpReadableSpan", () => {
  it("has exact times and no negative duration", () => {
    const span = toReadableSpan(
      makeSpan({ startTime: 1_762_000_000_999_999_999n, endTime: 1_762_000_002_000_000_001n })
    )
    assert.deepStrictEqual(span.startTime, [1_762_000_000, 999_999_999])
    assert.deepStrictEqual(span.endTime, [1_762_000_002, 1])
    assert.deepStrictEqual(span.duration, [1, 2])
    assert.deepStrictEqual(toReadableSpan(makeSpan({ startTime: 5n, endTime: 4n })).duration, [0, 0])
  })

  it("converts a span that uses every field", () => {
    const span = toReadableSpan(fullSpan)
    assert.isTrue(span.ended)
    assert.strictEqual(span.name, fullSpan.name)
    assert.strictEqual(span.kind, 2)
    assert.deepStrictEqual(span.status, { code: 2, message: "it broke" })
    assert.deepStrictEqual(span.attributes, fullSpan.attributes as ReadableSpan["attributes"])
    assert.strictEqual(span.droppedAttributesCount, 3)
    assert.strictEqual(span.droppedEventsCount, 4)
    assert.strictEqual(span.droppedLinksCount, 5)
    assert.deepInclude(span.spanContext(), { traceId: fullSpan.traceId, spanId: fullSpan.spanId, traceFlags: 3 })
    assert.isUndefined(span.spanContext().isRemote)
    assert.strictEqual(span.spanContext().traceState?.serialize(), "vendor=x:1,other=y")
    assert.deepInclude(span.parentSpanContext, {
      traceId: fullSpan.traceId,
      spanId: "00f067aa0ba902b7",
      traceFlags: 3,
      isRemote: true
    })
    assert.deepStrictEqual(span.events, [{
      name: "exception",
      time: [1_762_000_000, 500_000_007],
      attributes: { "exception.type": "Error" },
      droppedAttributesCount: 1
    }])
    const [link] = span.links
    assert.deepInclude(link!.context, { spanId: "00f067aa0ba902b8", traceFlags: 2, isRemote: true })
    assert.strictEqual(link!.context.traceState?.get("linked"), "1")
    assert.deepStrictEqual(link!.attributes, { reason: "retry" })
    assert.strictEqual(link!.droppedAttributesCount, 2)
    assert.deepStrictEqual(span.instrumentationScope, fullSpan.scope as ReadableSpan["instrumentationScope"])
    assert.deepStrictEqual(span.resource.attributes, { "service.name": "support-bot" })
    assert.strictEqual(span.resource.schemaUrl, "https://opentelemetry.io/schemas/1.38.0")
  })

  it("has no parent context for a root, and no absent fields", () => {
    const span = toReadableSpan(makeSpan({ sampled: false }))
    assert.isUndefined(span.parentSpanContext)
    assert.deepStrictEqual(span.spanContext(), {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: 0
    })
    assert.deepStrictEqual(span.status, { code: 0 })
    assert.deepStrictEqual(span.instrumentationScope, { name: "effect-agentops" })
    assert.isUndefined(toReadableSpan(makeSpan({ parentSpanId: "" })).parentSpanContext)
  })

  it("has kinds and status codes of OpenTelemetry's API", () => {
    const kinds = ["internal", "server", "client", "producer", "consumer"] as const
    assert.deepStrictEqual(kinds.map((kind) => toReadableSpan(makeSpan({ kind })).kind), [0, 1, 2, 3, 4])
    const codes = ["unset", "ok", "error"] as const
    assert.deepStrictEqual(codes.map((code) => toReadableSpan(makeSpan({ status: { code } })).status.code), [0, 1, 2])
  })

  it("shares one object for each resource and scope, because exporters group by identity", () => {
    const a = toReadableSpan(fullSpan)
    const b = toReadableSpan({ ...fullSpan, name: "b" })
    assert.strictEqual(a.resource, b.resource)
    assert.strictEqual(a.instrumentationScope, b.instrumentationScope)
  })

  it("merges a resource with one of OpenTelemetry, in either direction", () => {
    const { resource } = toReadableSpan(fullSpan)
    const other = resourceFromAttributes({ "service.name": "other", "host.name": "h" })
    assert.isFalse(resource.asyncAttributesPending)
    assert.strictEqual(resource.merge(null), resource)
    assert.deepStrictEqual(resource.merge(other).attributes, { "service.name": "other", "host.name": "h" })
    assert.deepStrictEqual(other.merge(resource).attributes, { "service.name": "support-bot", "host.name": "h" })
    assert.strictEqual(resource.merge(other).schemaUrl, resource.schemaUrl)
    assert.strictEqual(other.merge(resource).schemaUrl, resource.schemaUrl)
    const conflicting = resourceFromAttributes({}, { schemaUrl: "https://example.com/other" })
    assert.isUndefined(resource.merge(conflicting).schemaUrl)
    assert.deepStrictEqual(resource.getRawAttributes(), [["service.name", "support-bot"]])
  })

  it("a trace state reads, and changes into another", () => {
    const state = toReadableSpan(makeSpan({ traceState: "a=1, b=2" })).spanContext().traceState!
    assert.strictEqual(state.get("b"), "2")
    assert.isUndefined(state.get("c"))
    assert.strictEqual(state.set("b", "3").serialize(), "b=3,a=1")
    assert.strictEqual(state.set("c", "x:y").get("c"), "x:y")
    for (const [key, value] of [["C", "1"], ["c", "x=y"], ["c", "a\r\nb"], ["", "1"], ["c", "x".repeat(257)]]) {
      assert.strictEqual(state.set(key!, value!), state)
    }
    assert.strictEqual(state.unset("a").serialize(), "b=2")
    assert.strictEqual(state.unset("a").unset("b").set("c", "4").serialize(), "c=4")
    assert.strictEqual(state.unset("c"), state)
    assert.strictEqual(state.serialize(), "a=1, b=2")
  })

  it.effect("is accepted by OpenTelemetry's in-memory exporter", () =>
    Effect.gen(function*() {
      const exporter = new InMemorySpanExporter()
      assert.strictEqual(yield* exportAll(exporter, spans.map(toReadableSpan)), 0)
      assert.deepStrictEqual(exporter.getFinishedSpans().map((span) => span.name), spans.map((span) => span.name))
    }))

  it.live("makes OpenTelemetry's OTLP exporters send the same request as ours", () =>
    Effect.gen(function*() {
      const { bodies, url } = yield* collector
      const expected = decodeProtobuf(encodeTraces(spans))
      const proto = new ProtoExporter({ url })
      assert.strictEqual(yield* exportAll(proto, spans.map(toReadableSpan)), 0)
      const http = new HttpExporter({ url })
      assert.strictEqual(yield* exportAll(http, spans.map(toReadableSpan)), 0)
      yield* Effect.promise(() => Promise.all([proto.shutdown(), http.shutdown()]))
      assert.strictEqual(bodies.length, 2)
      assert.deepStrictEqual(decodeProtobuf(bodies[0]!), expected)
      assert.deepStrictEqual(decodeJson(bodies[1]!.toString()), expected)
    }))
})
