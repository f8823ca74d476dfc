import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Attribute from "../../src/core/Attribute.ts"

const isScalar = (value: unknown) =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"

/** Whether the value is an OpenTelemetry attribute value or `undefined`. */
const isAttribute = (value: unknown): boolean =>
  value === undefined || isScalar(value) ||
  (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype &&
    value.every((item) => isScalar(item) && typeof item === typeof value[0]))

const trap = (): never => {
  throw new Error("do not look")
}
const revoked = (target: object) => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
const cycle: Record<string, unknown> = { a: 1 }
cycle["self"] = { deeper: [cycle] }
const deep = (depth: number) => {
  let value: unknown = "end"
  for (let i = 0; i < depth; i++) value = { value }
  return value
}

const hostile: ReadonlyArray<readonly [string, unknown]> = [
  ["a getter that throws", Object.defineProperty({}, "a", { get: trap, enumerable: true })],
  ["a toJSON that throws", { toJSON: trap }],
  ["a toJSON that gives undefined", { toJSON: () => undefined }],
  ["a toString that throws", { toString: trap, [Symbol.toPrimitive]: trap }],
  ["a function", () => 1],
  ["a function whose toString throws", Object.assign(() => 1, { toString: trap })],
  ["a function whose toString gives an object", Object.assign(() => 1, { toString: () => ({}) })],
  ["a proxy that throws", new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap })],
  ["a revoked proxy", revoked({})],
  ["a revoked proxy of an array", revoked([])],
  ["a proxied array that throws", new Proxy(["a"], { get: trap })],
  [
    "a proxied array with a hostile slice",
    new Proxy(["a"], {
      get: (target, key) => key === "slice" || key === "map" ? trap : Reflect.get(target, key)
    })
  ],
  ["a cycle", cycle],
  ["depth without end", deep(100_000)],
  ["a symbol", Symbol("s")],
  ["a Date", new Date(0)],
  ["a Date that is none", new Date(NaN)],
  ["no prototype", Object.create(null)],
  ["a sparse array", [1, , 2]], // oxlint-disable-line eslint/no-sparse-arrays
  ["mixed types", [1, "a"]],
  ["null in an array", ["a", null]],
  ["nested arrays", [[1], [2]]],
  ["an empty array", []],
  ["a Map with keys that throw", new Map([[{ toString: trap }, 1]])],
  ["a Map and a Set", new Map<string, unknown>([["a", new Set([1n])]])],
  ["bytes", new Uint8Array([1, 2])],
  ["an error", new Error("x")],
  ["a class", Schema.String],
  ["an array with a prototype of its own", Object.setPrototypeOf(["a"], { slice: trap, map: trap })],
  ["boxed", Object("text")],
  ["big", 2n ** 100n],
  ["small", -(2n ** 100n)],
  ["NaN", NaN],
  ["null", null],
  ["undefined", undefined]
]

describe("normalize", () => {
  for (const [name, value] of hostile) {
    it(`returns an attribute value or undefined: ${name}`, () => {
      for (const limit of [Infinity, 3, 0]) {
        const normalized = Attribute.normalize(value, limit)
        assert.isTrue(isAttribute(normalized), JSON.stringify(normalized))
        if (typeof normalized === "string") assert.isAtMost(normalized.length, limit)
      }
      assert.isString(Attribute.toJson(value))
    })
  }

  it.prop("returns an attribute value or undefined for any JSON", [Arbitrary.schema(Schema.Json)], ([value]) => {
    assert.isTrue(isAttribute(Attribute.normalize(value)))
  })

  const scalar = Arbitrary.schema(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))
  it.prop("keeps the values that OpenTelemetry accepts", [scalar], ([value]) => {
    assert.strictEqual(Attribute.normalize(value), value)
  })

  const list = Arbitrary.schema(
    Schema.Union([Schema.Array(Schema.String), Schema.Array(Schema.Finite), Schema.Array(Schema.Boolean)])
  )
  it.prop("copies a list of one type", [list], ([value]) => {
    const normalized = Attribute.normalize(value)
    assert.deepStrictEqual(normalized, value)
    assert.notStrictEqual(normalized, value)
  })

  it.prop("is idempotent", [Arbitrary.schema(Schema.Json)], ([value]) => {
    const once = Attribute.normalize(value)
    assert.deepStrictEqual(Attribute.normalize(once), once)
  })

  const limit = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 })))
  it.prop("cuts every text to the limit", [Arbitrary.schema(Schema.Json), limit], ([value, limit]) => {
    const normalized = Attribute.normalize(value, limit)
    for (const text of Array.isArray(normalized) ? normalized : [normalized]) {
      if (typeof text === "string") assert.isAtMost(text.length, limit)
    }
  })

  it("writes values that OpenTelemetry does not accept as text", () => {
    const cases: ReadonlyArray<readonly [unknown, unknown]> = [
      [{ a: [1, { b: 2n }] }, "{\"a\":[1,{\"b\":\"2\"}]}"],
      [42n, 42],
      [2n ** 64n, "18446744073709551616"],
      [[1, "a"], "[1,\"a\"]"],
      [[{ a: 1 }], "[{\"a\":1}]"],
      [Symbol("s"), "Symbol(s)"],
      [null, undefined],
      [undefined, undefined],
      [[], []]
    ]
    for (const [value, expected] of cases) assert.deepStrictEqual(Attribute.normalize(value), expected)
  })
})

describe("toJson", () => {
  it.prop("returns the JSON of a JSON value", [Arbitrary.schema(Schema.Json)], ([value]) => {
    assert.strictEqual(Attribute.toJson(value), JSON.stringify(value))
  })

  it("writes unusual values as closely as it can", () => {
    const shared = { n: 1 }
    const cases: ReadonlyArray<readonly [unknown, string]> = [
      [{ n: 1n, m: new Map([["k", new Set([1])]]) }, "{\"n\":\"1\",\"m\":{\"k\":[1]}}"],
      [{ error: new TypeError("bad") }, "{\"error\":{\"name\":\"TypeError\",\"message\":\"bad\"}}"],
      [cycle, "{\"a\":1,\"self\":{\"deeper\":[\"[Circular]\"]}}"],
      // A value that occurs twice is not a cycle.
      [[shared, shared], "[{\"n\":1},{\"n\":1}]"],
      [undefined, "[undefined]"],
      [() => 1, "[function]"],
      [{ toJSON: trap }, "\"[unreadable]\""]
    ]
    for (const [value, expected] of cases) assert.strictEqual(Attribute.toJson(value), expected)
  })

  it("does not reveal a Redacted value", () => {
    const secret = Redacted.make("hunter2")
    for (const value of [secret, { deep: [secret] }, new Map([["k", secret]]), new Set([secret])]) {
      assert.notInclude(Attribute.toJson(value), "hunter2")
      assert.notInclude(String(Attribute.normalize(value)), "hunter2")
    }
  })
})
