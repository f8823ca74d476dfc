import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as SessionId from "../../src/core/SessionId.ts"

const digit = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 15 })))
const hex32 = Arbitrary.map(
  Arbitrary.array(digit, { minLength: 32, maxLength: 32 }),
  (digits) => digits.map((digit) => digit.toString(16)).join("")
)
const isSessionId = Schema.is(SessionId.SessionId)

describe("make", () => {
  it.effect("returns a UUID of version 7 and variant 10", () =>
    Effect.gen(function*() {
      const ids = yield* Effect.all(Array.from({ length: 500 }, () => SessionId.make))
      for (const id of ids) {
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        assert.isTrue(isSessionId(id))
        assert.strictEqual(yield* SessionId.fromString(id), id)
      }
      assert.strictEqual(new Set(ids).size, ids.length)
      for (const variant of "89ab") assert.isTrue(ids.some((id) => id[19] === variant), variant)
    }))

  it.effect("starts with the time in milliseconds, so ids sort by time", () =>
    Effect.gen(function*() {
      const times = [0, 1, 1_762_000_000_000, 1_762_000_000_001, 2 ** 48 - 1]
      const ids: Array<SessionId.SessionId> = []
      for (const time of times) {
        yield* TestClock.setTime(time)
        ids.push(yield* SessionId.make)
      }
      assert.deepStrictEqual(ids.map((id) => parseInt(id.replaceAll("-", "").slice(0, 12), 16)), times)
      assert.deepStrictEqual(ids.toSorted(), ids)
    }))

  it.effect("returns a UUID at a fraction of a millisecond too", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1500 micros")
      assert.isTrue(isSessionId(yield* SessionId.make))
    }))

  it.effect("returns the same id for the same clock and seed", () =>
    Effect.gen(function*() {
      const seeded = SessionId.make.pipe(Random.withSeed("seed"))
      assert.strictEqual(yield* seeded, yield* seeded)
      assert.notStrictEqual(yield* seeded, yield* SessionId.make.pipe(Random.withSeed("other")))
    }))
})

describe("fromString", () => {
  it.effect.prop(
    "accepts an id in any form, and its digits are the trace id",
    { hex32 },
    ({ hex32 }) =>
      Effect.gen(function*() {
        if (hex32 === "0".repeat(32)) return true
        const dashed = hex32.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
        for (const form of [hex32, dashed, hex32.toUpperCase(), dashed.toUpperCase()]) {
          const id = yield* SessionId.fromString(form)
          assert.strictEqual(id, dashed)
          assert.isTrue(isSessionId(id))
          assert.strictEqual(SessionId.toTraceId(id), hex32)
        }
        return true
      })
  )

  const wrong: ReadonlyArray<unknown> = [
    "",
    "x",
    "support-ticket-7",
    "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b4",
    "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b444",
    "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b4g",
    "0192f0c17e1a-7c3e-9d5b-3a1f0c9e2b44",
    " 0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44",
    "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44\n",
    "{0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44}",
    "00000000-0000-0000-0000-000000000000",
    "0".repeat(32),
    undefined,
    null,
    7
  ]
  for (const input of wrong) {
    it.effect(`rejects ${JSON.stringify(input)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(SessionId.fromString(input as string))
        assert.instanceOf(error, SessionId.InvalidSessionId)
        assert.strictEqual(error._tag, "InvalidSessionId")
        assert.strictEqual(error.input, String(input))
        assert.include(error.message, JSON.stringify(String(input)))
        assert.include(error.message, "UUID")
        assert.isFalse(isSessionId(input))
      }))
  }

  it("has a schema that accepts the canonical form only", () => {
    assert.isTrue(isSessionId("0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44"))
    assert.isFalse(isSessionId("0192F0C1-7E1A-7C3E-9D5B-3A1F0C9E2B44"))
    assert.isFalse(isSessionId("0192f0c17e1a7c3e9d5b3a1f0c9e2b44"))
  })
})
