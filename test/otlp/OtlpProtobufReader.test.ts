import { assert, describe, it } from "@effect/vitest"
import type { Attributes } from "../../src/core/Attribute.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import { encodeSpan } from "../../src/otlp/internal/protobuf.ts"
import { decodeSpan } from "../../src/otlp/internal/protobufReader.ts"
import { batch } from "../support/otlp/arbitrarySpanData.ts"
import { fullSpan, makeSpan } from "../support/otlp/spans.ts"

const roundTrip = (span: SpanData): SpanData =>
  decodeSpan({ bytes: encodeSpan(span), resource: span.resource, scope: span.scope })

/** Whether all names stay distinct in UTF-8. Two lone surrogates become equal. */
const isDistinct = (attributes: Attributes): boolean => {
  const names = Object.keys(attributes)
  return new Set(names.map((name) => Buffer.from(name).toString())).size === names.length
}

describe("decodeSpan", () => {
  it("returns every field", () => {
    assert.deepStrictEqual(roundTrip(fullSpan), fullSpan)
    assert.deepStrictEqual(roundTrip(makeSpan()), makeSpan())
    const typed = makeSpan({
      attributes: { ratio: 1, ratios: [1, 2], count: 1, counts: [1, 2], half: 0.5 },
      doubles: new Set(["ratio", "ratios"])
    })
    assert.deepStrictEqual(roundTrip(typed), typed)
  })

  it.prop("returns a span that is written as the same bytes", [batch], ([spans]) => {
    for (const span of spans) {
      if (![span, ...span.events, ...span.links].every(({ attributes }) => isDistinct(attributes))) continue
      assert.deepStrictEqual(encodeSpan(roundTrip(span)), encodeSpan(span))
    }
  })

  it("keeps doubles outside of the integer range unmarked, and marks only whole doubles", () => {
    const span = makeSpan({
      attributes: { n: 2 ** 63, list: [-(2 ** 64), 1] },
      events: [{ name: "e", time: 1n, attributes: { n: 4, list: [1, 2] }, droppedAttributesCount: 0 }]
    })
    assert.deepStrictEqual(roundTrip(span), span)
  })

  it("skips unknown fields", () => {
    const bytes = encodeSpan(fullSpan)
    // Field 100 in each wire type: varint, 64 bits, bytes, 32 bits.
    const unknown = [0xa0, 6, 1, 0xa1, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0xa2, 6, 2, 9, 9, 0xa5, 6, 1, 2, 3, 4]
    const span = decodeSpan({
      bytes: Uint8Array.of(...bytes, ...unknown),
      resource: fullSpan.resource,
      scope: fullSpan.scope
    })
    assert.deepStrictEqual(span, fullSpan)
  })

  it("throws a RangeError for truncated bytes", () => {
    const { resource, scope } = fullSpan
    const bytes = encodeSpan(fullSpan)
    for (let length = 1; length < bytes.length; length++) {
      try {
        decodeSpan({ bytes: bytes.subarray(0, length), resource, scope })
      } catch (error) {
        assert.instanceOf(error, RangeError)
      }
    }
  })
})
