import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { pipe } from "effect/Function"
import * as Logger from "effect/Logger"
import * as Budget from "../../src/trace/Budget.ts"
import { LlmEvent, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"

const call = pipe(Effect.succeed("hi"), traceLlmWith({ cost: 0.4 }))

const withLogs = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const logs: Array<string> = []
    const logger = Logger.make(({ message }) => void logs.push(String(message)))
    return Effect.map(Effect.exit(Effect.provide(self, Logger.layer([logger]))), (exit) => ({ exit, logs }))
  })

describe("Budget", () => {
  it.effect("fails before the call that comes after it is spent", () =>
    Effect.gen(function*() {
      let calls = 0
      const ask = pipe(Effect.sync(() => ++calls), traceLlmWith({ cost: 0.4 }), Budget.within)
      const { exit, logs } = yield* withLogs(
        Effect.forever(ask).pipe(Session.withSession({ name: "s", budget: { limit: 1, onExceeded: "fail" } }))
      )
      assert.strictEqual(calls, 3)
      assert.deepStrictEqual(exit, Exit.fail(new Budget.BudgetExceeded({ limit: 1, spent: 1.2, unpricedCalls: 0 })))
      assert.strictEqual(logs.length, 1)
      assert.match(logs[0]!, /has spent 1.2 USD of its budget of 1 USD/)
    }))

  it.effect("warns once and continues by default", () =>
    Effect.gen(function*() {
      const { exit, logs } = yield* withLogs(
        Effect.all([call, call, call, Budget.within(call)]).pipe(
          Session.withSession({ name: "s", budget: { limit: 0.4 } })
        )
      )
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(logs.length, 1)
    }))

  it.effect("counts calls that are recorded afterwards", () =>
    Effect.gen(function*() {
      const { logs } = yield* withLogs(
        Session.record(LlmEvent.make({ cost: 2 })).pipe(Session.withSession({ name: "s", budget: { limit: 1 } }))
      )
      assert.strictEqual(logs.length, 1)
    }))

  it.effect("runs every call without a session, without a budget, and within the limit", () =>
    Effect.gen(function*() {
      const guarded = Budget.within(call)
      assert.strictEqual(yield* guarded, "hi")
      assert.strictEqual(yield* Session.withSession(guarded), "hi")
      const { exit, logs } = yield* withLogs(
        Effect.all([guarded, guarded]).pipe(
          Session.withSession({ name: "s", budget: { limit: 0.9, onExceeded: "fail" } })
        )
      )
      assert.deepStrictEqual([Exit.isSuccess(exit), logs], [true, []])
    }))

  it.effect("counts each session for itself", () =>
    Effect.gen(function*() {
      const session = Effect.all([Budget.within(call), Budget.within(call)]).pipe(
        Session.withSession({ name: "s", budget: { limit: 0.5, onExceeded: "fail" } })
      )
      const { exit } = yield* withLogs(Effect.all([session, session], { concurrency: 2 }))
      assert.isTrue(Exit.isSuccess(exit))
    }))

  it.effect("treats an invalid limit as spent", () =>
    Effect.gen(function*() {
      const { exit } = yield* withLogs(
        Budget.within(call).pipe(Session.withSession({ name: "s", budget: { limit: NaN, onExceeded: "fail" } }))
      )
      assert.isTrue(Exit.isFailure(exit))
    }))

  it.effect("applies to nested sessions, which keep their own totals", () =>
    Effect.gen(function*() {
      const costs: Array<number> = []
      const onEnd = ({ costNanos }: Session.Summary) => Effect.sync(() => void costs.push(costNanos))
      const inner = Budget.within(call).pipe(Session.withSession({ name: "inner", onEnd }))
      const { exit, logs } = yield* withLogs(
        Effect.all([inner, inner, inner]).pipe(
          Session.withSession({ name: "outer", budget: { limit: 0.5, onExceeded: "fail" }, onEnd })
        )
      )
      assert.deepStrictEqual(exit, Exit.fail(new Budget.BudgetExceeded({ limit: 0.5, spent: 0.8, unpricedCalls: 0 })))
      assert.lengthOf(logs, 1)
      assert.deepStrictEqual(costs, [400_000_000, 400_000_000, 0, 0])
    }))
})
