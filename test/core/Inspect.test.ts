import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import {
  copyOf,
  isPlain,
  property,
  readable,
  textOf,
  tryOrUndefined,
  unreadable
} from "../../src/core/internal/inspect.ts"
import { hostileValues } from "../support/hostile/values.ts"

const trap = (): never => {
  throw new Error("do not look")
}

/** Counts the reads of a value's parts. */
const counting = (target: object) => {
  let looks = 0
  const proxy = new Proxy(target, {
    get: (target, key) => {
      looks++
      return Reflect.get(target, key)
    }
  })
  return { proxy, looks: () => looks }
}

describe("look", () => {
  for (const [name, make] of Object.entries(hostileValues)) {
    it(`returns data and text that can be written, and does not throw: ${name}`, () => {
      for (
        const wrap of [
          (value: unknown) => value,
          (value: unknown) => ({ value, beside: "here" }),
          (value: unknown) => [value, "here"]
        ]
      ) {
        const data = copyOf(wrap(make()))
        const json = JSON.stringify(data)
        if (data !== undefined) assert.isTrue(JSON.stringify(JSON.parse(json)) === json)
        if (wrap(1) !== 1) assert.include(json, "here")
        assert.isString(textOf(wrap(make())))
        isPlain(wrap(make()))
        readable(wrap(make()))
      }
    })
  }

  it("marks a part that cannot be read, and keeps the parts beside it", () => {
    const value = {
      before: 1,
      get broken() {
        return trap()
      },
      list: [1, Proxy.revocable({}, {}).proxy, Object.defineProperty({}, "x", { get: trap, enumerable: true })],
      after: { deep: true }
    }
    assert.deepStrictEqual(copyOf(value), {
      before: 1,
      broken: unreadable,
      list: [1, {}, { x: unreadable }],
      after: { deep: true }
    })
  })

  it.prop("keeps JSON unchanged", [Arbitrary.schema(Schema.Json)], ([value]) => {
    if (isPlain(value)) assert.strictEqual(readable(value), value)
    assert.strictEqual(JSON.stringify(copyOf(value)), JSON.stringify(value))
  })

  it("reads values without a JSON form as closely as it can", () => {
    const shared = { n: 1 }
    const cases: ReadonlyArray<readonly [unknown, unknown]> = [
      [{ at: new Date(0), none: new Date(NaN) }, { at: "1970-01-01T00:00:00.000Z", none: null }],
      [new Map<unknown, unknown>([["a", 1n], [{ k: 1 }, [shared, shared]]]), { a: "1", "{\"k\":1}": [shared, shared] }],
      [[undefined, () => 1, NaN], [null, null, null]],
      [{ a: undefined, f: () => 1 }, {}],
      [Object.assign(new TypeError("bad"), { detail: 1 }), { name: "TypeError", message: "bad" }],
      [[new Uint16Array(4), new ArrayBuffer(3), new DataView(new ArrayBuffer(2))], [
        "[binary, 8 bytes]",
        "[binary, 3 bytes]",
        "[binary, 2 bytes]"
      ]],
      [{ image: { type: "Buffer", data: Array.from({ length: 30_000 }, () => 1) } }, {
        image: "[binary, 30000 bytes]"
      }],
      [[Object("text"), Object(1), Object(false)], ["text", 1, false]]
    ]
    for (const [value, expected] of cases) assert.deepStrictEqual(copyOf(value), expected)
  })

  it("never sets a prototype", () => {
    const copied = copyOf({ unlike: () => 1, inner: JSON.parse("{\"__proto__\":{\"admin\":true}}") as unknown }) as {
      readonly inner: object
    }
    assert.isUndefined((copied.inner as { readonly admin?: unknown }).admin)
    assert.strictEqual(JSON.stringify(copied), "{\"inner\":{\"__proto__\":{\"admin\":true}}}")
  })

  it("reads a bounded number of parts, and keeps the newest", () => {
    const sparse = counting(Object.assign([], { [4_294_967_294]: "last" }))
    const list = copyOf(sparse.proxy) as ReadonlyArray<unknown>
    assert.isAtMost(sparse.looks(), 21_000)
    assert.match(String(list[0]), /^\[4294\d+ earlier items left out\]$/)
    assert.strictEqual(list.at(-1), "last")

    const wide = counting(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i])))
    const entries = copyOf(wide.proxy) as Readonly<Record<string, unknown>>
    assert.isAtMost(wide.looks(), 21_000)
    assert.strictEqual(entries["k0"], 0)
    assert.strictEqual(entries["…"], "[80256 more left out]")
    assert.isFalse(isPlain(wide.proxy))
  })

  it("bounds text, and appends its former length", () => {
    const text = "0123456789".repeat(1_000_000)
    assert.isFalse(isPlain([text]))
    const [first, second] = copyOf(["short", text]) as ReadonlyArray<string>
    assert.match(second!, /^0123.*…\[10000000 characters\]$/)
    assert.isAtMost(second!.length, 4 * 1024 * 1024 + 30)
    assert.strictEqual(first, "short")
  })

  it("reads one property, and returns a placeholder if it throws", () => {
    assert.strictEqual(property({ a: 1 }, "a"), 1)
    assert.strictEqual(property(Object.defineProperty({}, "a", { get: trap }), "a"), unreadable)
    assert.strictEqual(tryOrUndefined(() => 1), 1)
    assert.isUndefined(tryOrUndefined(trap))
  })
})
