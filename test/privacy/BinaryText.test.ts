import { assert, describe, it } from "@effect/vitest"
import { copyOf } from "../../src/core/internal/inspect.ts"
import { printable } from "../../src/export/internal/backend/printable.ts"
import { withoutBinary } from "../../src/privacy/internal/binary.ts"
import { withoutBinaryText } from "../../src/privacy/internal/binaryText.ts"

const bytes = Uint8Array.from({ length: 30_000 }, (_, i) => (i * 7919 + (i >> 3)) % 251)
const base64 = Buffer.from(bytes).toString("base64")
const png = `iVBORw0KGgo${base64}`

describe("bytes in text", () => {
  it("become a note with type and size, and the text beside them stays", () => {
    const cases: ReadonlyArray<readonly [unknown, unknown]> = [
      [
        { content: [{ type: "text", text: "beside" }, { type: "image", data: base64, mimeType: "image/png" }] },
        {
          content: [{ type: "text", text: "beside" }, {
            type: "image",
            data: "[image/png, 30000 bytes]",
            mimeType: "image/png"
          }]
        }
      ],
      [{ image: `data:image/jpeg;base64,${base64}`, note: "beside" }, {
        image: "[image/jpeg, 30000 bytes]",
        note: "beside"
      }],
      [
        { source: { type: "base64", media_type: "application/pdf", data: base64 } },
        { source: { type: "base64", media_type: "application/pdf", data: "[application/pdf, 30000 bytes]" } }
      ],
      [{ b64_json: base64, note: "beside" }, { b64_json: "[binary, 30000 bytes]", note: "beside" }],
      [[`before ![](data:image/png;base64,${base64}) after`], ["before ![]([image/png, 30000 bytes]) after"]],
      [{ result: png }, { result: "[image/png, 30008 bytes]" }],
      [{ image: Buffer.from(bytes).toJSON(), note: 1 }, { image: "[binary, 30000 bytes]", note: 1 }],
      [{ nested: JSON.stringify({ data: base64, note: "beside" }) }, {
        nested: "{\"data\":\"[binary, 30000 bytes]\",\"note\":\"beside\"}"
      }]
    ]
    for (const [value, left] of cases) assert.deepStrictEqual(withoutBinary(value), left)
  })

  it("have their whole size where there were too many to be read", () => {
    const many = base64.repeat(250)
    const blob = { type: "blob", mime_type: "image/png", content: many }
    const url = { type: "uri", mime_type: "image/png", uri: `data:image/png;base64,${many}` }
    const value = copyOf([blob, url, { data: many, note: "beside" }])
    assert.notInclude(JSON.stringify((value as ReadonlyArray<unknown>)[1]), many)
    assert.deepStrictEqual(withoutBinary(value), [
      { type: "text", content: "[image/png, 7500000 bytes]" },
      { type: "text", content: "[image/png, 7500000 bytes]" },
      { data: "[binary, 7500000 bytes]", note: "beside" }
    ])
  })

  it("are not found in what people write", () => {
    for (
      const text of [
        "x".repeat(100_000),
        "word ".repeat(10_000),
        "a/b-c_d".repeat(1_000),
        "short",
        base64.slice(0, 300),
        "日本語".repeat(2_000)
      ]
    ) {
      assert.isTrue(Object.is(withoutBinaryText(text), text))
    }
  })
})

describe("the type of a file", () => {
  it("is detected from its first bytes", () => {
    const rest = Array.from(bytes.subarray(0, 600))
    const riff = [0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4]
    const cases: ReadonlyArray<readonly [ReadonlyArray<number>, string]> = [
      [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d], "image/png"],
      [[0xff, 0xd8, 0xff, 0xe0], "image/jpeg"],
      [[...riff, 0x57, 0x45, 0x42, 0x50], "image/webp"],
      [[...riff, 0x57, 0x41, 0x56, 0x45], "audio/wav"],
      [[0x49, 0x49, 0x2a, 0x00], "image/tiff"],
      [[0xff, 0xfb, 0x90, 0x44], "audio/mpeg"],
      [[0x66, 0x4c, 0x61, 0x43], "audio/flac"],
      [[0x1a, 0x45, 0xdf, 0xa3], "video/webm"],
      [[0x1f, 0x8b, 0x08, 0], "application/gzip"],
      [[0, 0, 0, 0x18, 0x66, 0x74, 0x79, 0x70, 0x69], "video/mp4"],
      [[1, 2, 3], "binary"]
    ]
    for (const [start, type] of cases) {
      const text = Buffer.from([...start, ...rest]).toString("base64")
      assert.deepStrictEqual(withoutBinaryText(`{"a":"${text}"}`), `{"a":"[${type}, ${start.length + 600} bytes]"}`)
      assert.deepStrictEqual(
        withoutBinary({ a: Uint8Array.from([...start, ...rest]) }),
        { a: `[${type}, ${start.length + 600} bytes]` }
      )
    }
  })
})

describe("text for a terminal", () => {
  it("has no control characters and no invisible ones", () => {
    assert.strictEqual(
      printable("a\u001b[31mb\u202ec\u2066d\u200be\ufefff\u0007g\nh\u{e0041}i"),
      "a [31mb c d e f g h i"
    )
    assert.strictEqual(printable("日本語 é 🔑"), "日本語 é 🔑")
  })
})
