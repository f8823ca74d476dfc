import { assert, describe, it } from "@effect/vitest"
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer"
import type { SpanData } from "../../src/core/SpanData.ts"
import { assembleJson, encodeSpanJson, encodeTracesJson, toOtlpJson } from "../../src/otlp/internal/json.ts"
import { assemble, encodeSpan, encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import { toReadableSpan } from "../../src/otlp/internal/readableSpan.ts"
import { requestBody } from "../../src/otlp/internal/requestBody.ts"
import { encodeKey, SpanWriter } from "../../src/otlp/internal/spanWriter.ts"
import { batch, batchOf, plainNumber } from "../support/otlp/arbitrarySpanData.ts"
import { spansIn as spansOf } from "../support/otlp/server.ts"
import { fullSpan, makeSpan } from "../support/otlp/spans.ts"
import { decodeJson, decodeProtobuf, type Message } from "../support/otlp/wire.ts"

const theirProtobuf = (spans: ReadonlyArray<SpanData>): Uint8Array =>
  ProtobufTraceSerializer.serializeRequest(spans.map(toReadableSpan))!

const theirJson = (spans: ReadonlyArray<SpanData>): string =>
  new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans.map(toReadableSpan))!)

/** The only attribute value of a span, in both encodings. */
const attributeValue = (value: unknown): Message => {
  const spans = [makeSpan({ attributes: { key: value } as SpanData["attributes"] })]
  const decoded = decodeProtobuf(encodeTraces(spans))
  assert.deepStrictEqual(decodeJson(encodeTracesJson(spans)), decoded)
  const [{ scopeSpans: [{ spans: [{ attributes: [attribute] }] }] }] = decoded.resourceSpans as unknown as [
    { scopeSpans: [{ spans: [{ attributes: [{ key: string; value: Message }] }] }] }
  ]
  assert.strictEqual(attribute.key, "key")
  return attribute.value
}

const expectedFullSpan: Message = {
  resourceSpans: [{
    resource: { attributes: [{ key: "service.name", value: { stringValue: "support-bot" } }] },
    scopeSpans: [{
      scope: { name: "effect-agentops", version: "0.1.0" },
      spans: [{
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        traceState: "vendor=x:1,other=y",
        parentSpanId: "00f067aa0ba902b7",
        name: "agent.run – 日本 😀",
        kind: 3,
        startTimeUnixNano: "1762000000123456789",
        endTimeUnixNano: "1762000001000000001",
        attributes: [
          { key: "text", value: { stringValue: "héllo" } },
          { key: "empty", value: { stringValue: "" } },
          { key: "yes", value: { boolValue: true } },
          { key: "no", value: { boolValue: false } },
          { key: "zero", value: { intValue: "0" } },
          { key: "negative", value: { intValue: "-1" } },
          { key: "large", value: { intValue: "9007199254740991" } },
          { key: "ratio", value: { doubleValue: 0.25 } },
          {
            key: "texts",
            value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "ü" }, { stringValue: "" }] } }
          },
          {
            key: "numbers",
            value: { arrayValue: { values: [{ intValue: "1" }, { intValue: "-2" }] } }
          },
          {
            key: "fractions",
            value: { arrayValue: { values: [{ doubleValue: 0.5 }, { doubleValue: -2.25 }] } }
          },
          { key: "flags", value: { arrayValue: { values: [{ boolValue: true }, { boolValue: false }] } } },
          { key: "none", value: { arrayValue: {} } }
        ],
        droppedAttributesCount: 3,
        events: [{
          timeUnixNano: "1762000000500000007",
          name: "exception",
          attributes: [{ key: "exception.type", value: { stringValue: "Error" } }],
          droppedAttributesCount: 1
        }],
        droppedEventsCount: 4,
        links: [{
          traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
          spanId: "00f067aa0ba902b8",
          traceState: "linked=1",
          attributes: [{ key: "reason", value: { stringValue: "retry" } }],
          droppedAttributesCount: 2,
          flags: 0x302
        }],
        droppedLinksCount: 5,
        status: { message: "it broke", code: 2 },
        flags: 0x303
      }],
      schemaUrl: "https://opentelemetry.io/schemas/1.37.0"
    }],
    schemaUrl: "https://opentelemetry.io/schemas/1.38.0"
  }]
}

describe("OtlpEncoding", () => {
  describe("compared with OpenTelemetry's serializers", () => {
    it.prop("protobuf is the same bytes", { spans: batch }, ({ spans }) => {
      assert.deepStrictEqual(Buffer.from(encodeTraces(spans)), Buffer.from(theirProtobuf(spans)))
    }, { arbitrary: { runs: 400 } })

    it.prop("protobuf decodes to the same request", { spans: batch }, ({ spans }) => {
      assert.deepStrictEqual(decodeProtobuf(encodeTraces(spans)), decodeProtobuf(theirProtobuf(spans)))
    }, { arbitrary: { runs: 100 } })

    it.prop("JSON decodes to the same request", { spans: batchOf(plainNumber) }, ({ spans }) => {
      assert.deepStrictEqual(decodeJson(encodeTracesJson(spans)), decodeJson(theirJson(spans)))
    }, { arbitrary: { runs: 200 } })

    it.prop("JSON and protobuf contain the same request, for every number", { spans: batch }, ({ spans }) => {
      assert.deepStrictEqual(decodeJson(encodeTracesJson(spans)), decodeProtobuf(theirProtobuf(spans)))
    }, { arbitrary: { runs: 200 } })
  })

  describe("a span that uses every field", () => {
    it("is encoded as protobuf", () => {
      assert.deepStrictEqual(decodeProtobuf(encodeTraces([fullSpan])), expectedFullSpan)
    })

    it("is encoded as JSON", () => {
      assert.deepStrictEqual(decodeJson(encodeTracesJson([fullSpan])), expectedFullSpan)
    })

    it("is encoded as a JSON object", () => {
      assert.deepStrictEqual(
        JSON.parse(JSON.stringify(toOtlpJson([fullSpan]))),
        JSON.parse(encodeTracesJson([fullSpan]))
      )
    })
  })

  describe("identity and time", () => {
    it("a fixed64 keeps its whole range, to the nanosecond", () => {
      for (const time of [0n, 1n, 999_999_999n, 1_762_000_000_123_456_789n, 2n ** 63n + 1n, 2n ** 64n - 1n]) {
        const spans = [makeSpan({ startTime: time, endTime: time })]
        const [{ scopeSpans: [{ spans: [span] }] }] = toOtlpJson(spans).resourceSpans as unknown as [
          { scopeSpans: [{ spans: [{ startTimeUnixNano: string }] }] }
        ]
        assert.strictEqual(span.startTimeUnixNano, time.toString())
        assert.deepStrictEqual(encodeTraces(spans), new Uint8Array(theirProtobuf(spans)))
      }
    })

    it("an empty parent id means no parent, and a root has no remote parent", () => {
      const spans = [makeSpan({ parentSpanId: "", parentIsRemote: true })]
      assert.deepStrictEqual(encodeTraces(spans), encodeTraces([makeSpan()]))
      assert.strictEqual(encodeTracesJson(spans), encodeTracesJson([makeSpan()]))
    })

    it("upper-case ids have the same bytes", () => {
      assert.deepStrictEqual(
        encodeTraces([makeSpan({ traceId: "0AF7651916CD43DD8448EB211C80319C" })]),
        encodeTraces([makeSpan()])
      )
    })
  })

  describe("attribute values", () => {
    it("integers that an int64 holds are integers, all others doubles", () => {
      assert.deepStrictEqual(attributeValue(-0), { intValue: "0" })
      assert.deepStrictEqual(attributeValue(2 ** 53), { intValue: "9007199254740992" })
      assert.deepStrictEqual(attributeValue(2 ** 62), { intValue: "4611686018427387904" })
      assert.deepStrictEqual(attributeValue(-(2 ** 63)), { intValue: "-9223372036854775808" })
      assert.deepStrictEqual(attributeValue(-(2 ** 32)), { intValue: "-4294967296" })
      assert.deepStrictEqual(attributeValue(2 ** 63), { doubleValue: 2 ** 63 })
      assert.deepStrictEqual(attributeValue(-(2 ** 64)), { doubleValue: -(2 ** 64) })
      assert.deepStrictEqual(attributeValue(5e-324), { doubleValue: 5e-324 })
      assert.deepStrictEqual(attributeValue(NaN), { doubleValue: "NaN" })
      assert.deepStrictEqual(attributeValue(-Infinity), { doubleValue: "-Infinity" })
    })

    it("a known double is a double, whole or not, alone and in a list", () => {
      const value = (key: string, attribute: number | ReadonlyArray<number>): unknown => {
        const spans = [makeSpan({ attributes: { [key]: attribute }, doubles: new Set(["double"]) })]
        const decoded = decodeProtobuf(encodeTraces(spans))
        assert.deepStrictEqual(decodeJson(encodeTracesJson(spans)), decoded)
        return (spansOf(decoded)[0]!["attributes"] as ReadonlyArray<Message>)[0]!["value"]
      }
      assert.deepStrictEqual(value("double", 1), { doubleValue: 1 })
      assert.deepStrictEqual(value("double", 0), { doubleValue: 0 })
      assert.deepStrictEqual(value("double", 0.5), { doubleValue: 0.5 })
      assert.deepStrictEqual(value("double", [1, 2]), {
        arrayValue: { values: [{ doubleValue: 1 }, { doubleValue: 2 }] }
      })
      assert.deepStrictEqual(value("other", 1), { intValue: "1" })
      // OpenTelemetry asks for one type in a list, so one fraction makes all items doubles.
      assert.deepStrictEqual(value("other", [1, 0.5]), {
        arrayValue: { values: [{ doubleValue: 1 }, { doubleValue: 0.5 }] }
      })
      assert.deepStrictEqual(value("other", [1, 2]), { arrayValue: { values: [{ intValue: "1" }, { intValue: "2" }] } })
    })

    it("the flags of W3C go along: sampled and random, of spans and of links", () => {
      const flagsOf = (random: boolean, sampled: boolean) => {
        const link = { traceId: "a".repeat(32), spanId: "b".repeat(16), sampled, random, isRemote: true }
        const spans = [
          makeSpan({ random, sampled, links: [{ ...link, attributes: {}, droppedAttributesCount: 0 }] })
        ]
        assert.deepStrictEqual(decodeJson(encodeTracesJson(spans)), decodeProtobuf(encodeTraces(spans)))
        const [span] = spansOf(decodeProtobuf(encodeTraces(spans)))
        return [span!["flags"], (span!["links"] as ReadonlyArray<Message>)[0]!["flags"]]
      }
      assert.deepStrictEqual(flagsOf(true, true), [0x103, 0x303])
      assert.deepStrictEqual(flagsOf(true, false), [0x102, 0x302])
      assert.deepStrictEqual(flagsOf(false, true), [0x101, 0x301])
    })

    it("a bigint is an integer, or its digits if it is too large", () => {
      for (const value of [0n, 1n, -1n, 127n, 128n, 2n ** 32n, -(2n ** 32n), 2n ** 63n - 1n, -(2n ** 63n)]) {
        assert.deepStrictEqual(attributeValue(value), { intValue: value.toString() })
      }
      assert.deepStrictEqual(attributeValue(2n ** 63n), { stringValue: "9223372036854775808" })
      assert.deepStrictEqual(attributeValue(-(2n ** 63n) - 1n), { stringValue: "-9223372036854775809" })
    })

    it("bytes, objects, null and nested lists are encoded as OpenTelemetry does", () => {
      const attributes = {
        bytes: new Uint8Array([0, 1, 254, 255]),
        long: new Uint8Array(300).fill(7),
        object: { a: 1, nested: { b: ["x", null, { c: true }] }, empty: {} },
        nothing: null,
        missing: undefined,
        lists: [[1], [], [["deep"]]],
        mixed: [1, "a", null, undefined]
      } as unknown as SpanData["attributes"]
      const spans = [makeSpan({ attributes })]
      assert.deepStrictEqual(Buffer.from(encodeTraces(spans)), Buffer.from(theirProtobuf(spans)))
      assert.deepStrictEqual(decodeJson(encodeTracesJson(spans)), decodeProtobuf(theirProtobuf(spans)))
      assert.deepStrictEqual(attributeValue(null), {})
      assert.deepStrictEqual(attributeValue(new Uint8Array([251, 255])), { bytesValue: "+/8=" })
      assert.deepStrictEqual(attributeValue({ a: { b: 1 } }), {
        kvlistValue: {
          values: [{ key: "a", value: { kvlistValue: { values: [{ key: "b", value: { intValue: "1" } }] } } }]
        }
      })
    })

    it("a lone surrogate becomes U+FFFD, in JSON too, and a backslash is kept", () => {
      assert.deepStrictEqual(attributeValue("a\ud800b"), { stringValue: "a\ufffdb" })
      assert.deepStrictEqual(attributeValue("\\ud800 😀 \\"), { stringValue: "\\ud800 😀 \\" })
      assert.notInclude(encodeTracesJson([makeSpan({ attributes: { "\udc00": ["\ud800"] } })]), "\\ud")
    })

    it("strings of ten megabytes are encoded", () => {
      for (const value of ["a".repeat(10_000_000), "é日😀".repeat(1_200_000)]) {
        assert.isTrue(attributeValue(value).stringValue === value)
      }
    })
  })

  describe("grouping", () => {
    const names = (spans: ReadonlyArray<SpanData>): unknown =>
      toOtlpJson(spans).resourceSpans.map((resourceSpans) =>
        resourceSpans.scopeSpans.map((scopeSpans) => scopeSpans.spans.map((span) => span.name).join(""))
      )

    it("resources and scopes of equal content are merged, whatever the order of their keys", () => {
      const spans = [
        makeSpan({ name: "a", resource: { attributes: { x: [1, 2], y: "1" } }, scope: { name: "s" } }),
        makeSpan({ name: "b", resource: { attributes: { x: [1, 2], y: 1 } }, scope: { name: "s" } }),
        makeSpan({
          name: "c",
          resource: { attributes: { y: "1", x: [1, 2] }, schemaUrl: "" },
          scope: { name: "s", version: undefined }
        }),
        makeSpan({ name: "d", resource: { attributes: { x: [1, 2], y: "1" } }, scope: { name: "s", version: "2" } }),
        makeSpan({ name: "e", resource: { attributes: { x: [1, 2], y: "1" }, schemaUrl: "u" }, scope: { name: "s" } })
      ]
      assert.deepStrictEqual(names(spans), [["ac", "d"], ["b"], ["e"]])
      assert.deepStrictEqual(decodeProtobuf(encodeTraces(spans)), decodeJson(encodeTracesJson(spans)))
    })

    it("the attributes of a scope are sent, and tell one scope from another", () => {
      const scope = { name: "s", version: "1", attributes: { team: "blue", since: 2 } }
      const spans = [
        makeSpan({ name: "a", scope }),
        makeSpan({ name: "b", scope: { name: "s", version: "1" } }),
        makeSpan({ name: "c", scope: { ...scope, attributes: { since: 2, team: "blue" } } }),
        makeSpan({ name: "d", scope: { ...scope, attributes: {} } })
      ]
      assert.deepStrictEqual(names(spans), [["ac", "bd"]])
      const decoded = decodeProtobuf(encodeTraces(spans))
      assert.deepStrictEqual(decodeJson(encodeTracesJson(spans)), decoded)
      const [{ scopeSpans: [first] }] = decoded.resourceSpans as unknown as [{ scopeSpans: [{ scope: Message }] }]
      assert.deepStrictEqual(first.scope, {
        name: "s",
        version: "1",
        attributes: [
          { key: "team", value: { stringValue: "blue" } },
          { key: "since", value: { intValue: "2" } }
        ]
      })
    })

    it("spans within a group keep the order of the batch", () => {
      const [a, b] = [{ name: "a" }, { name: "b" }]
      const resource = { attributes: {} }
      const spans = Array.from(
        "abbaab",
        (letter, i) => makeSpan({ name: `${letter}${i}`, resource, scope: letter === "a" ? a! : b! })
      )
      assert.deepStrictEqual(names(spans), [["a0a3a4", "b1b2b5"]])
    })
  })

  describe("in slices", () => {
    const slices = (spans: ReadonlyArray<SpanData>): Uint8Array =>
      assemble(spans.map((span) => ({ resource: span.resource, scope: span.scope, bytes: encodeSpan(span) })))

    it.prop("spans encoded one by one assemble to the same protobuf", { spans: batch }, ({ spans }) => {
      assert.deepStrictEqual(slices(spans), encodeTraces(spans))
    })

    it.prop(
      "chunks in sequence are the same protobuf, whatever pages hold the spans",
      { spans: batch },
      ({ spans }) => {
        const whole = assemble(
          spans.map((span) => ({ resource: span.resource, scope: span.scope, bytes: encodeSpan(span) }))
        )
        for (const writers of [1, 2, 3]) {
          const pages = Array.from({ length: writers }, () => new SpanWriter())
          const encoded = spans.map((span, i) => ({
            ...pages[i % writers]!.whole(encodeSpan(span)),
            resource: span.resource,
            scope: span.scope
          }))
          const chunks = requestBody(encoded)
          assert.isTrue(chunks.every(({ length }) => length > 0))
          assert.deepStrictEqual(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])), whole)
        }
      }
    )

    it("a span has the same bytes wherever its page ends", () => {
      const traceId = "0123456789abcdef0123456789abcdef"
      const text = "text that is not ASCII: é"
      const write = (writer: SpanWriter) => {
        writer.beginSpan(traceId)
        writer.idText("0123456789abcdef", false)
        writer.head("span", "client", 1n, 2n)
        for (const value of ["a", text, text.repeat(20), 7, -1, 0.5, true, [text, "b"]]) {
          writer.attribute(encodeKey("key"), value, false)
        }
        const none = { attributes: 0, events: 0, links: 0 }
        const { from, page, to } = writer.end(none, { code: "error", message: text }, { sampled: true }, false)
        return Buffer.from(page.subarray(from, to)).toString("hex")
      }
      const expected = write(new SpanWriter())
      for (let room = 9; room < 2_000; room++) {
        const writer = new SpanWriter()
        writer.whole(new Uint8Array(50_000))
        // A span takes its own bytes, and four for the tag and the length.
        const { page, to } = writer.whole(new Uint8Array(10_000))
        writer.whole(new Uint8Array(page.length - to - room - 4))
        assert.strictEqual(write(writer), expected, `${room} bytes left in the page`)
        assert.strictEqual(write(writer), expected, `the next span, after ${room} bytes were left in the page`)
      }
    })

    it("a body consists of slices of the pages, and small chunks are joined", () => {
      const pages = new SpanWriter()
      const { resource, scope } = fullSpan
      const encoded = Array.from({ length: 5_000 }, (_, i) => ({
        ...pages.whole(encodeSpan(makeSpan({ name: `span ${i}` }))),
        resource,
        scope
      }))
      assert.isBelow(requestBody(encoded).length, 10)
      const everyOther = encoded.filter((_, i) => i % 2 === 0)
      assert.lengthOf(requestBody(everyOther), 1)
      assert.deepStrictEqual(
        Buffer.concat(requestBody(everyOther)),
        Buffer.from(assemble(everyOther.map(({ from, page, to }) => ({
          resource,
          scope,
          // Without tag and length.
          bytes: page.subarray(from + 2, to)
        }))))
      )
    })

    it.prop("spans encoded one by one assemble to the same JSON", { spans: batch }, ({ spans }) => {
      assert.strictEqual(
        assembleJson(spans.map((span) => ({ resource: span.resource, scope: span.scope, json: encodeSpanJson(span) }))),
        encodeTracesJson(spans)
      )
    })

    it("the bytes of a span do not change later", () => {
      const spans = Array.from({ length: 2000 }, (_, i) => makeSpan({ name: `span ${i}` }))
      const encoded = spans.map(encodeSpan)
      const copies = encoded.map((bytes) => bytes.slice())
      encodeTraces([makeSpan({ attributes: { text: "x".repeat(1_000_000) } })])
      assert.deepStrictEqual(encoded, copies)
      assert.deepStrictEqual(slices(spans), encodeTraces(spans))
    })
  })

  it("an empty batch is an empty request", () => {
    assert.deepStrictEqual(encodeTraces([]), new Uint8Array(0))
    assert.deepStrictEqual(assemble([]), new Uint8Array(0))
    assert.strictEqual(encodeTracesJson([]), "{\"resourceSpans\":[]}")
    assert.strictEqual(assembleJson([]), "{\"resourceSpans\":[]}")
  })

  it("an attribute that throws leaves nothing in the buffer", () => {
    const attributes = {
      get bad(): string {
        throw new Error("no")
      }
    }
    assert.throws(() => encodeTraces([makeSpan({ attributes })]), "no")
    const { resource, scope } = fullSpan
    const assembled = assemble([{ resource, scope, bytes: encodeSpan(fullSpan) }])
    assert.deepStrictEqual(decodeProtobuf(assembled), expectedFullSpan)
    assert.throws(() => encodeSpan(makeSpan({ attributes })), "no")
    assert.deepStrictEqual(encodeTraces([fullSpan]), assembled)
  })
})
