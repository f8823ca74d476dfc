/**
 * The state of a sender without a clock: transitions in any order keep its invariants.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { ExportError } from "../../src/delivery/internal/exportError.ts"
import type { SenderState } from "../../src/delivery/internal/senderState.ts"
import * as State from "../../src/delivery/internal/senderState.ts"

const maxWindow = 4

const refusal = (status?: number) => new ExportError({ kind: "retry", reason: "no", message: "no", status })

const fail = (state: SenderState, now: number, options: Partial<State.Failure> = {}) =>
  State.failed(state, {
    error: refusal(503),
    credential: undefined,
    isProbe: State.isDown(state),
    now,
    wall: now,
    random: 1,
    retryAfter: 0,
    ...options
  })

const waits = (state: SenderState, now: number): number => {
  const next = State.next(state, now, false)
  return next._tag === "Wait" ? next.floor + next.rest : 0
}

describe("the state of a sender", () => {
  it("waits twice as long after each failure, up to 30 seconds, and sends one request at a time", () => {
    let state = State.initial(maxWindow)
    assert.strictEqual(State.width(state), 4)
    const ranges: Array<number> = []
    for (let n = 0; n < 9; n++) {
      state = fail(state, 0)
      ranges.push(waits(state, 0))
      assert.strictEqual(State.width(state), 1)
    }
    assert.deepStrictEqual(ranges, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
  })

  it("recovers with shorter intervals after each response, then with one more request at a time", () => {
    let state = fail(State.initial(maxWindow), 0)
    let now = 0
    let answers = 0
    const intervals: Array<number> = []
    while (state.connection._tag !== "Up") {
      now += waits(state, now)
      state = State.answered(state, now, 0.5, maxWindow)
      answers++
      intervals.push(waits(state, now))
    }
    assert.isBelow(answers, 15)
    for (let i = 1; i < intervals.length; i++) assert.isBelow(intervals[i]!, intervals[i - 1]!)
    // Four requests were in flight when it was refused.
    const widths = [State.width(state)]
    for (let n = 0; n < 3; n++) {
      state = State.answered(state, now, 0.5, maxWindow)
      widths.push(State.width(state))
    }
    assert.deepStrictEqual(widths, [2, 3, 4, 4])
  })

  it("recovers from a failure without a response with one request at a time", () => {
    let state = fail(State.initial(maxWindow), 0, { error: refusal() })
    while (state.connection._tag !== "Up") state = State.answered(state, 1e9, 0.5, maxWindow)
    assert.strictEqual(State.width(state), 1)
  })

  it("doubles its intervals if a request fails while it recovers", () => {
    let state = fail(State.initial(maxWindow), 0)
    for (let n = 0; n < 12; n++) state = fail(state, 0)
    for (let n = 0; n < 5; n++) state = State.answered(state, 0, 0.5, maxWindow)
    const before = waits(state, 0)
    assert.isBelow(before, 7_000)
    // The pause is random, with a mean of twice the interval.
    assert.closeTo(waits(fail(state, 0, { random: 0.5 }), 0), before * 2, 1)
  })

  it("is hopeless at a shutdown after four failures, or after one if the remaining spans are on disk", () => {
    let state = State.initial(maxWindow)
    for (let n = 1; n <= 7; n++) {
      state = fail(state, 0)
      assert.isFalse(State.shouldGiveUp(state, true))
      assert.isTrue(State.shouldGiveUp(State.close(state), true))
      assert.strictEqual(State.shouldGiveUp(State.close(state), false), n >= 4)
    }
    assert.strictEqual(State.next(State.close(state), 0, false)._tag, "GiveUp")
    assert.isFalse(State.shouldGiveUp(State.close(State.initial(maxWindow)), true))
  })

  const event = Arbitrary.schema(Schema.Struct({
    what: Schema.Literals(["fail", "reset", "unauthorized", "answer", "answer", "take", "large", "close"]),
    random: Schema.Number.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
    after: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 120_000 })),
    isProbe: Schema.Boolean
  }))

  it.prop("keeps its invariants after any sequence of events", [
    Arbitrary.array(event, { minLength: 1, maxLength: 60 })
  ], ([events]) => {
    let state = State.initial(maxWindow)
    let now = 0
    let floor = 0
    let isClosing = false
    for (const { after, isProbe, random, what } of events) {
      const before = state
      switch (what) {
        case "fail":
          state = fail(state, now, { random, retryAfter: after, isProbe })
          if (state.connection !== before.connection) floor = Math.max(floor, now + after)
          break
        case "reset":
          state = fail(state, now, { random, error: refusal(), isProbe })
          break
        case "unauthorized":
          state = fail(state, now, {
            error: new ExportError({ kind: "unauthorized", reason: "http_401", message: "" }),
            isProbe
          })
          floor = 0
          break
        case "answer":
          state = State.answered(state, now, random, maxWindow)
          floor = 0
          break
        case "take":
          state = State.accepted(state)
          break
        case "large":
          state = State.tooLarge(state, after + 2)
          break
        case "close":
          state = State.close(state)
          isClosing = true
      }
      // The sender always allows at least one request, and at most the maximum.
      assert.isAtLeast(State.width(state), 1)
      assert.isAtMost(State.width(state), maxWindow)
      assert.isAbove(state.limit, 0)
      // The first failure sets `failing`.
      if (State.isDown(state)) assert.isDefined(state.failing)
      const next = State.next(state, now, false)
      if (next._tag === "GiveUp") assert.isTrue(isClosing && State.isDown(state))
      if (next._tag === "Wait") {
        assert.isAtMost(next.rest, 30_000)
        // No event shortens the time that the receiver asked for.
        if (state.connection._tag === "Down") assert.isAtLeast(next.floor, Math.min(3_600_000, floor - now) - 1)
      }
      if (isClosing && State.isDown(state)) assert.strictEqual(State.next(state, now, true)._tag, "GiveUp")
      now += random * 1_000
    }
    // After enough responses, the sender is back at full speed.
    for (let n = 0; n < 60; n++) {
      now += waits(state, now)
      state = State.answered(state, now, 0.5, maxWindow)
    }
    assert.deepStrictEqual(state.connection, { _tag: "Up", window: maxWindow })
  }, { arbitrary: { runs: 300 } })
})
