import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { decodePartialSuccess } from "../../src/otlp/internal/partialSuccess.ts"
import { ProtobufWriter } from "../../src/otlp/internal/protobufWriter.ts"

const JSON_TYPE = "application/json"
const PROTOBUF_TYPE = "application/x-protobuf"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const json = (partialSuccess: unknown): string => JSON.stringify({ partialSuccess })

/** An `ExportTraceServiceResponse` after fields that no version of the protocol has. */
const protobuf = (rejectedSpans: number, errorMessage: string): Uint8Array => {
  const writer = new ProtobufWriter()
  writer.uint(9 << 3, 1)
  writer.double(10 << 3 | 1, 1.5)
  writer.uint(11 << 3 | 5, 1)
  writer.raw(12 << 3 | 2, new Uint8Array(0))
  const start = writer.open(1 << 3 | 2, 0)
  writer.int64(1 << 3, rejectedSpans)
  writer.string(2 << 3 | 2, errorMessage)
  writer.string(3 << 3 | 2, "unknown")
  writer.close(start, 0)
  const body = writer.finish()
  // A fixed32 has four bytes, and `uint` wrote one of them.
  const at = body.indexOf(11 << 3 | 5) + 2
  return new Uint8Array([...body.subarray(0, at), 0, 0, 0, ...body.subarray(at)])
}

describe("OtlpPartialSuccess", () => {
  it("reads protobuf", () => {
    assert.deepStrictEqual(decodePartialSuccess(protobuf(3, "too old – 日"), PROTOBUF_TYPE), {
      rejectedSpans: 3,
      errorMessage: "too old – 日"
    })
    assert.deepStrictEqual(decodePartialSuccess(protobuf(2 ** 40, ""), PROTOBUF_TYPE), {
      rejectedSpans: 2 ** 40,
      errorMessage: ""
    })
  })

  it("JSON, with an int64 as a string or a number", () => {
    const expected = { rejectedSpans: 3, errorMessage: "too old" }
    for (const rejectedSpans of [3, "3"]) {
      const body = json({ rejectedSpans, errorMessage: "too old", extra: {} })
      assert.deepStrictEqual(decodePartialSuccess(body, JSON_TYPE), expected)
      assert.deepStrictEqual(decodePartialSuccess(bytes(body), "application/json; charset=utf-8"), expected)
    }
    assert.deepStrictEqual(decodePartialSuccess(json({ rejectedSpans: "7" }), JSON_TYPE), {
      rejectedSpans: 7,
      errorMessage: ""
    })
    assert.deepStrictEqual(decodePartialSuccess(json({ rejectedSpans: null, errorMessage: "careful" }), JSON_TYPE), {
      rejectedSpans: 0,
      errorMessage: "careful"
    })
  })

  it("reads a body that starts with a brace as JSON if the content type is unclear", () => {
    const expected = { rejectedSpans: 1, errorMessage: "x" }
    for (const type of [undefined, "", "text/plain"]) {
      assert.deepStrictEqual(decodePartialSuccess(bytes(json(expected)), type), expected)
      assert.deepStrictEqual(decodePartialSuccess(protobuf(1, "x"), type), expected)
    }
  })

  it("returns nothing for full success", () => {
    assert.isUndefined(decodePartialSuccess(new Uint8Array(0), PROTOBUF_TYPE))
    assert.isUndefined(decodePartialSuccess(protobuf(0, ""), PROTOBUF_TYPE))
    assert.isUndefined(decodePartialSuccess(new Uint8Array([0x0a, 0]), PROTOBUF_TYPE))
    assert.isUndefined(decodePartialSuccess("{}", JSON_TYPE))
    assert.isUndefined(decodePartialSuccess("", JSON_TYPE))
    for (const partialSuccess of [{}, null, { rejectedSpans: "0", errorMessage: "" }]) {
      assert.isUndefined(decodePartialSuccess(json(partialSuccess), JSON_TYPE))
    }
  })

  it("returns nothing for an unreadable response", () => {
    const bodies = [
      "<html>502</html>",
      "null",
      "[]",
      "3",
      json(3),
      json({ rejectedSpans: "many" }),
      json({ rejectedSpans: -1 }),
      json({ rejectedSpans: 1.5 }),
      json({ rejectedSpans: 1e300 }),
      json({ rejectedSpans: 1, errorMessage: {} })
    ]
    for (const body of bodies) {
      assert.isUndefined(decodePartialSuccess(body, JSON_TYPE), body)
      assert.isUndefined(decodePartialSuccess(bytes(body), PROTOBUF_TYPE), body)
    }
    assert.isUndefined(decodePartialSuccess(protobuf(-1, "negative"), PROTOBUF_TYPE))
    assert.isUndefined(decodePartialSuccess(new Uint8Array([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]), PROTOBUF_TYPE))
    assert.isUndefined(decodePartialSuccess(new Uint8Array(20).fill(0xff), PROTOBUF_TYPE))
    const whole = protobuf(3, "cut")
    for (const rest of [[0xff], [9 << 3], [9 << 3 | 2, 0xff]]) {
      assert.isUndefined(decodePartialSuccess(new Uint8Array([...whole, ...rest]), PROTOBUF_TYPE))
    }
    for (let length = 0; length < whole.length; length++) {
      assert.isUndefined(decodePartialSuccess(whole.subarray(0, length), PROTOBUF_TYPE))
    }
  })

  it.prop("never throws for any bytes or text", { body: Schema.Uint8Array, text: Schema.String }, ({ body, text }) => {
    for (const type of [undefined, JSON_TYPE, PROTOBUF_TYPE]) {
      decodePartialSuccess(body, type)
      decodePartialSuccess(text, type)
    }
  }, { arbitrary: { runs: 300 } })
})
