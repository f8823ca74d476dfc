/** Reads requests of our own writers, of OpenTelemetry's, and invalid ones. */
import { assert, describe, it } from "@effect/vitest"
import {
  JsonLogsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufTraceSerializer
} from "@opentelemetry/otlp-transformer"
import type { SpanData } from "../../src/core/SpanData.ts"
import { encodeTracesJson } from "../../src/otlp/internal/json.ts"
import { readLogsJson, readTracesJson } from "../../src/otlp/internal/jsonReader.ts"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import { toReadableSpan } from "../../src/otlp/internal/readableSpan.ts"
import { readLogs, readTraces } from "../../src/otlp/internal/requestReader.ts"
import { batch } from "../support/otlp/arbitrarySpanData.ts"
import { fullSpan } from "../support/otlp/spans.ts"

const keys = (spans: ReadonlyArray<SpanData>) => spans.map(({ spanId, traceId }) => `${traceId} ${spanId}`).sort()

const sorted = (spans: ReadonlyArray<SpanData>) =>
  [...spans].sort((a, b) => a.traceId + a.spanId < b.traceId + b.spanId ? -1 : 1)

describe("a request of spans", () => {
  it.prop("has all of its spans, in protobuf and in JSON", [batch], ([spans]) => {
    assert.deepStrictEqual(keys(readTraces(encodeTraces(spans))), keys(spans))
    assert.deepStrictEqual(keys(readTracesJson(JSON.parse(encodeTracesJson(spans)))), keys(spans))
  })

  it.prop("is the same after it is written and read again", [batch], ([spans]) => {
    const once = sorted(readTracesJson(JSON.parse(encodeTracesJson(spans))))
    const twice = sorted(readTracesJson(JSON.parse(encodeTracesJson(once))))
    assert.deepStrictEqual(twice, once)
  })

  it("is read equally from OpenTelemetry's protobuf and JSON", () => {
    const readable = [toReadableSpan(fullSpan)]
    const [fromProtobuf] = readTraces(ProtobufTraceSerializer.serializeRequest(readable)!)
    const text = new TextDecoder().decode(JsonTraceSerializer.serializeRequest(readable)!)
    const [fromJson] = readTracesJson(JSON.parse(text))
    for (const span of [fromProtobuf!, fromJson!]) {
      assert.strictEqual(span.traceId, fullSpan.traceId)
      assert.strictEqual(span.parentSpanId, fullSpan.parentSpanId)
      assert.strictEqual(span.name, fullSpan.name)
      assert.strictEqual(span.kind, fullSpan.kind)
      assert.deepStrictEqual(span.status, fullSpan.status)
      assert.strictEqual(span.startTime, fullSpan.startTime)
      assert.strictEqual(span.events.length, fullSpan.events.length)
      assert.strictEqual(span.links.length, fullSpan.links.length)
      assert.deepStrictEqual(span.resource.attributes, fullSpan.resource.attributes)
    }
  })

  it("is rejected with a RangeError if its bytes are truncated", () => {
    const bytes = encodeTraces([fullSpan])
    for (let length = 1; length < bytes.length; length += 7) {
      try {
        readTraces(bytes.subarray(0, length))
      } catch (error) {
        assert.instanceOf(error, RangeError)
      }
    }
  })
})

describe("spans in other writers' JSON", () => {
  const read = (span: object) => readTracesJson({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })[0]!

  it("may have enum names, ids in base64 and integers as numbers", () => {
    const span = read({
      traceId: "AAECAwQFBgcICQoLDA0ODw==",
      spanId: "AAECAwQFBgc=",
      name: "n",
      kind: "SPAN_KIND_CLIENT",
      status: { code: "STATUS_CODE_ERROR", message: "m" },
      startTimeUnixNano: 1_000,
      endTimeUnixNano: "2000",
      attributes: [
        { key: "i", value: { intValue: 7 } },
        { key: "a", value: { arrayValue: { values: [{ stringValue: "x" }, { boolValue: true }] } } },
        { key: "m", value: { kvlistValue: { values: [{ key: "k", value: { doubleValue: 0.5 } }] } } }
      ]
    })
    assert.strictEqual(span.traceId, "000102030405060708090a0b0c0d0e0f")
    assert.strictEqual(span.spanId, "0001020304050607")
    assert.strictEqual(span.kind, "client")
    assert.deepStrictEqual(span.status, { code: "error", message: "m" })
    assert.strictEqual(span.startTime, 1_000n)
    assert.strictEqual(span.endTime, 2_000n)
    assert.deepStrictEqual<unknown>(span.attributes, { i: 7, a: ["x", true], m: { k: 0.5 } })
  })

  it("lose only a field of the wrong type", () => {
    const odd: ReadonlyArray<unknown> = [null, 1, "x", true, [], {}, [null], [1], { values: 1 }]
    for (const value of odd) {
      const span = read({
        traceId: "000102030405060708090a0b0c0d0e0f",
        spanId: value,
        name: value,
        kind: value,
        status: value,
        startTimeUnixNano: value,
        attributes: value,
        events: value,
        links: value,
        parentSpanId: value,
        flags: value
      })
      assert.strictEqual(span.traceId, "000102030405060708090a0b0c0d0e0f")
      assert.deepStrictEqual(readTracesJson(value), [])
      assert.deepStrictEqual(readLogsJson(value), [])
    }
  })

  it("keep an attribute with the name __proto__", () => {
    const span = read({ attributes: [{ key: "__proto__", value: { stringValue: "x" } }] })
    assert.deepStrictEqual(Object.keys(span.attributes), ["__proto__"])
  })
})

describe("a request of log records", () => {
  const record = {
    hrTime: [1_700_000_000, 5] as [number, number],
    hrTimeObserved: [1_700_000_001, 0] as [number, number],
    severityNumber: 13,
    severityText: "WARN",
    body: { said: ["a", 1] },
    eventName: "e",
    attributes: { k: "v" },
    droppedAttributesCount: 0,
    resource: { attributes: { "service.name": "s" }, getRawAttributes: () => [] },
    instrumentationScope: { name: "scope" },
    spanContext: { traceId: "000102030405060708090a0b0c0d0e0f", spanId: "0001020304050607", traceFlags: 1 }
  }
  const expected = {
    traceId: "000102030405060708090a0b0c0d0e0f",
    spanId: "0001020304050607",
    time: 1_700_000_000_000_000_005n,
    severityNumber: 13,
    severityText: "WARN",
    eventName: "e",
    body: { said: ["a", 1] },
    attributes: { k: "v" },
    resource: { attributes: { "service.name": "s" } }
  }

  it("is read as OpenTelemetry's serializers write it", () => {
    const bytes = ProtobufLogsSerializer.serializeRequest([record as never])!
    assert.deepStrictEqual<unknown>(readLogs(bytes), [expected])
    const json = JSON.parse(new TextDecoder().decode(JsonLogsSerializer.serializeRequest([record as never])!))
    assert.deepStrictEqual<unknown>(readLogsJson(json), [expected])
  })
})
