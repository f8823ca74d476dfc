import { assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ProtobufWriter, varintSize } from "../../src/otlp/internal/protobufWriter.ts"

const TAG = 1 << 3 | 2

const utf8 = new TextEncoder()

/** Text of each length near a change in the size of its length, in units of one to four bytes. */
const texts: ReadonlyArray<string> = ["a", "é", "日", "😀", "\ud800", "a".repeat(7) + "é"].flatMap((unit) =>
  [0, 1, 2, 5, 15, 16, 17, 31, 42, 43, 63, 64, 127, 128, 129, 5461, 5462, 8191, 8192, 16383, 16384, 16385, 70_000]
    .map((count) => unit.repeat(count))
)

const varint = (value: number): Array<number> => {
  const bytes: Array<number> = []
  for (let rest = value;; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push(rest % 128 | 128)
  }
}

const field = (content: Uint8Array): Uint8Array => {
  const header = [TAG, ...varint(content.length)]
  const bytes = new Uint8Array(header.length + content.length)
  bytes.set(header)
  bytes.set(content, header.length)
  return bytes
}

/** The module in a runtime without `Buffer`, such as a browser. */
const withoutBuffer = Effect.acquireUseRelease(
  Effect.sync(() => {
    vi.resetModules()
    vi.stubGlobal("Buffer", undefined)
  }),
  () => Effect.promise(() => import("../../src/otlp/internal/protobufWriter.ts")),
  () => Effect.sync(() => vi.unstubAllGlobals())
)

const assertTexts = (writer: ProtobufWriter): void => {
  for (const text of texts) {
    writer.string(TAG, text)
    assert.deepStrictEqual(writer.finish(), field(utf8.encode(text)))
  }
}

describe("OtlpProtobufWriter", () => {
  it("writes text of any length and width", () => {
    assertTexts(new ProtobufWriter())
  })

  it.effect("writes text in a runtime without Buffer", () =>
    Effect.gen(function*() {
      const module = yield* withoutBuffer
      const writer = new module.ProtobufWriter()
      assertTexts(writer)
      assert.isUndefined(writer["text"])
    }))

  it("writes varints up to the largest safe integer", () => {
    const writer = new ProtobufWriter()
    for (let bits = 0; bits <= 53; bits++) {
      for (const value of [2 ** bits - 1, Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)]) {
        writer.varint(value)
        assert.deepStrictEqual(writer.finish(), new Uint8Array(varint(value)))
        assert.strictEqual(varintSize(value), varint(value).length)
      }
    }
  })

  it("writes a nested message of any length, whatever length was expected", () => {
    const writer = new ProtobufWriter()
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
      for (const expected of [0, 128, 1 << 14, 1 << 21, 1 << 28]) {
        const content = field(new Uint8Array(length).fill(5))
        const start = writer.open(TAG, expected)
        writer.raw(TAG, new Uint8Array(length).fill(5))
        writer.close(start, expected)
        assert.isTrue(Buffer.from(writer.finish()).equals(field(content)))
      }
    }
  })

  it("grows its buffer at any point of a message", () => {
    const text = "日".repeat(70)
    const content = [...field(utf8.encode(text)), 1 << 3 | 1, ...new Array<number>(8).fill(255)]
    const end = field(new Uint8Array(content))
    for (let filler = 65_000; filler < 65_600; filler++) {
      const writer = new ProtobufWriter()
      writer.raw(TAG, new Uint8Array(filler))
      const start = writer.open(TAG, 0)
      writer.string(TAG, text)
      writer.fixed64(1 << 3 | 1, 2n ** 64n - 1n)
      writer.close(start, 0)
      const result = writer.finish()
      assert.strictEqual(result.length, 4 + filler + end.length)
      assert.deepStrictEqual(result.subarray(-end.length), end)
    }
  })

  it("returns a copy, or a slice that is never overwritten", () => {
    const writer = new ProtobufWriter()
    const take = (finish: () => Uint8Array, size: number, fill: number): Uint8Array => {
      writer.raw(TAG, new Uint8Array(size).fill(fill))
      return finish()
    }
    for (const finish of [() => writer.finish(), () => writer.finishSmall()]) {
      const results = Array.from({ length: 200 }, (_, i) => take(finish, i * 100, i))
      results.forEach((bytes, i) => assert.deepStrictEqual(bytes, field(new Uint8Array(i * 100).fill(i))))
    }
  })

  it("releases the buffer of a very large message", () => {
    const writer = new ProtobufWriter()
    writer.string(TAG, "x".repeat(20_000_000))
    const kept = () => writer["bytes"].length
    assert.isAbove(kept(), 20_000_000)
    assert.strictEqual(writer.finish().length, 20_000_005)
    assert.isBelow(kept(), 1_000_000)
    writer.string(TAG, "x".repeat(2_000_000))
    writer.finish()
    const usual = kept()
    writer.string(TAG, "x".repeat(2_000_000))
    writer.finish()
    assert.strictEqual(kept(), usual)
  })

  it("writes hex in either case, and accepts invalid hex", () => {
    const writer = new ProtobufWriter()
    writer.hex(TAG, "0123456789abcdefABCDEF")
    assert.deepStrictEqual(writer.finish(), field(Buffer.from("0123456789abcdefABCDEF", "hex")))
    writer.hex(TAG, "no hex é")
    assert.strictEqual(writer.finish().length, 6)
    writer.hex(TAG, "0ff")
    assert.deepStrictEqual(writer.finish(), new Uint8Array([TAG, 1, 0x0f]))
    writer.hex(TAG, "")
    assert.deepStrictEqual(writer.finish(), new Uint8Array([TAG, 0]))
  })
})
