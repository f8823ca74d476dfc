/** A budget holds for many concurrent calls, for everything that shares it, and for calls without spans. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { pipe } from "effect/Function"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import * as RpcTest from "effect/rpc/RpcTest"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { layer as tracing, run as traced, spansOf } from "../../src/testing/TestTracing.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import * as Budget from "../../src/trace/Budget.ts"
import { LlmEvent, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceLlmStreamWith } from "../../src/trace/LlmStream.ts"
import * as Propagation from "../../src/trace/Propagation.ts"
import * as Session from "../../src/trace/Session.ts"

const costing = (cost: number, millis = 5) => pipe(Effect.sleep(millis), traceLlmWith({ model: "m", cost }))
const many = <A, E, R>(self: Effect.Effect<A, E, R>, count = 50) =>
  Effect.forEach(Array.from({ length: count }), () => Effect.isSuccess(self), { concurrency: "unbounded" })

/** Runs on the test's clock until it is done. */
const inTime = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self)
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

const sumOf = (results: ReadonlyArray<boolean>) => results.filter((success) => success).length

const off = Effect.withTracerEnabled(false)

/** The ways to run a program, which differ in its spans. */
const settings: Record<string, <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>> = {
  "under a tracer": (self) => Effect.provide(self, tracing()) as never,
  "without a layer": (self) => self,
  "with tracing off": (self) => off(self),
  "with tracing off under a tracer": (self) => Effect.provide(off(self), tracing()) as never,
  "with a disabled layer": (self) => Effect.provide(self, tracing({ disabled: true } as never)) as never
}

describe("fifty calls at once", () => {
  for (const [where, run] of Object.entries(settings)) {
    it.effect(`stay under the limit, ${where}`, () =>
      run(Effect.gen(function*() {
        const [summary, results] = yield* inTime(
          many(Budget.within(costing(0.04))).pipe(
            Session.withSummary({ name: "s", budget: { limit: 0.25, onExceeded: "fail" } })
          )
        )
        assert.strictEqual(sumOf(results), 6)
        assert.strictEqual(summary.costNanos, 240_000_000)
        const one = yield* inTime(
          many(Budget.within(costing(0.04))).pipe(
            Session.withSummary({ name: "s", budget: { limit: 0.05, onExceeded: "fail" } })
          )
        )
        assert.deepStrictEqual([one[0].costNanos, sumOf(one[1])], [40_000_000, 1])
      })))

    it.effect(`as one after the other, ${where}`, () =>
      run(Effect.gen(function*() {
        let calls = 0
        const ask = pipe(Effect.sync(() => ++calls), traceLlmWith({ cost: 0.04 }), Budget.within)
        const exit = yield* Effect.exit(
          Effect.forever(ask).pipe(Session.withSession({ name: "s", budget: { limit: 0.05, onExceeded: "fail" } }))
        )
        assert.strictEqual(calls, 2)
        assert.deepStrictEqual(
          exit,
          Exit.fail(new Budget.BudgetExceeded({ limit: 0.05, spent: 0.08, unpricedCalls: 0 }))
        )
      })))

    it.effect(`of a budget without a session, ${where}`, () =>
      run(Effect.gen(function*() {
        const budget = yield* Budget.make({ limit: 0.25, onExceeded: "fail" })
        const stream = Stream.make(1, 2).pipe(
          Stream.tap(() => Effect.sleep(5)),
          traceLlmStreamWith({ model: "m", cost: 0.04 })
        )
        const run = Stream.runDrain(Budget.withinWith(stream, {}))
        assert.strictEqual(sumOf(yield* inTime(many(run).pipe(Budget.provide(budget)))), 6)
        assert.strictEqual(yield* budget.spent, 0.24)
        assert.closeTo(yield* budget.remaining, 0.01, 1e-9)
      })))

    it.effect(`of recorded calls too, ${where}`, () =>
      run(Effect.gen(function*() {
        const budget = yield* Budget.make({ limit: 1 })
        yield* Session.record(LlmEvent.make({ cost: 0.3 })).pipe(Budget.provide(budget))
        assert.strictEqual(yield* budget.spent, 0.3)
      })))
  }

  it.effect("make no spans if tracing is off", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        off(costing(0.1, 0)).pipe(Session.withSession({ name: "s", budget: { limit: 1 } }))
      )
      assert.deepStrictEqual(spans.map(({ name }) => name), ["s"])
      assert.strictEqual(spans[0]!.attributes["agentops.session.cost"], 0.1)
    }))

  it.effect("count once where a call is traced twice", () =>
    Effect.gen(function*() {
      const budget = yield* Budget.make({ limit: 1 })
      const twice = pipe(Effect.void, traceLlmWith({ cost: 0.1 }), traceLlmWith({ model: "m" }))
      yield* Budget.provide(Effect.andThen(twice, off(twice)), budget)
      assert.strictEqual(yield* budget.spent, 0.2)
    }))
})

describe("the amount that a call reserves", () => {
  it.effect.prop(
    "keeps any number of calls of any cost under the limit",
    {
      costs: Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 }))), {
        minLength: 1,
        maxLength: 40
      }),
      limit: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 50, maximum: 1000 }))),
      concurrency: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))),
      interrupted: Arbitrary.schema(Schema.Boolean)
    },
    ({ concurrency, costs, interrupted, limit }) =>
      Effect.gen(function*() {
        const budget = yield* Budget.make({ limit: limit / 1000, onExceeded: "fail", reserve: 0.1 })
        let spent = 0
        const call = (cost: number) =>
          pipe(
            Effect.sleep(cost),
            traceLlmWith({ cost: cost / 1000 }),
            Budget.within,
            Effect.tap(() => Effect.sync(() => spent += cost)),
            Effect.ignore
          )
        const fiber = yield* Effect.forkChild(
          Effect.forEach(costs, call, { concurrency, discard: true }).pipe(Budget.provide(budget))
        )
        yield* TestClock.adjust(interrupted ? "50 millis" : "1 minute")
        yield* Fiber.interrupt(fiber)
        const counted = yield* budget.spent
        // An interrupted call whose cost the program set counts.
        assert.isAtLeast(Math.round(counted * 1000), spent)
        assert.isAtMost(counted, limit / 1000 + 1e-9)
        // No reservation is left.
        assert.closeTo(yield* budget.remaining, limit / 1000 - counted, 1e-9)
      })
  )

  it.effect("is in the error if too little is left", () =>
    Effect.gen(function*() {
      const budget = yield* Budget.make({ limit: 0.1, onExceeded: "fail", name: "team", spent: 0.09 })
      const exit = yield* Effect.exit(
        costing(0.02, 0).pipe(Budget.withinWith({ reserve: 0.02 }), Budget.provide(budget))
      )
      assert.deepStrictEqual(
        exit,
        Exit.fail(
          new Budget.BudgetExceeded({ limit: 0.1, spent: 0.09, unpricedCalls: 0, budget: "team", reserve: 0.02 })
        )
      )
    }))

  it.effect("is nothing for an infinite budget", () =>
    Effect.gen(function*() {
      const budget = yield* Budget.make({ limit: Infinity, onExceeded: "fail" })
      const fiber = yield* Effect.forkChild(many(Budget.within(costing(0.04))).pipe(Budget.provide(budget)))
      yield* TestClock.adjust("5 millis")
      assert.strictEqual(sumOf(yield* Fiber.join(fiber)), 50)
      assert.strictEqual(yield* budget.remaining, Infinity)
    }))

  it.effect("is nothing for a call that only contains other calls", () =>
    Effect.gen(function*() {
      const agent = pipe(many(Budget.within(costing(0.04))), traceAgent("a"), Budget.within, Effect.ignore)
      const [summary] = yield* inTime(
        Effect.all([agent, agent], { concurrency: 2 }).pipe(
          Session.withSummary({ name: "s", budget: { limit: 0.25, onExceeded: "fail" } })
        )
      )
      assert.strictEqual(summary.costNanos, 240_000_000)
    }))
})

describe("a budget that is shared", () => {
  it.effect("counts each call once, in sessions side by side, nested and joined", () =>
    Effect.gen(function*() {
      const budget = yield* Budget.make({ limit: 1, onExceeded: "fail" })
      const turn = costing(0.1, 0).pipe(Session.withSession({ name: "turn", budget }))
      const nested = Effect.andThen(costing(0.1, 0), turn).pipe(Session.withSession({ name: "outer", budget }))
      const agent = costing(0.1, 0).pipe(Budget.provide(budget))
      yield* Effect.all([turn, nested, Session.withSession(agent, { budget })]).pipe(Budget.provide(budget))
      assert.strictEqual(yield* budget.spent, 0.4)
    }))

  it.effect("starts with the earlier spending, and stores new spending in order", () =>
    Effect.gen(function*() {
      const stored: Array<number> = []
      const budget = yield* Budget.make({
        limit: 1,
        spent: 0.5,
        onSpend: ({ cost, spent }) => Effect.delay(Effect.sync(() => void stored.push(cost, spent)), "1 second")
      })
      yield* inTime(many(costing(0.25), 2).pipe(Budget.provide(budget)))
      assert.deepStrictEqual(stored, [0.25, 0.75, 0.25, 1])
    }))

  it.effect("continues if its store fails, with a warning", () =>
    Effect.gen(function*() {
      const logs: Array<string> = []
      const logger = Logger.make(({ message }) => void logs.push(String(message)))
      const budget = yield* Budget.make({ limit: 1, onSpend: () => Effect.die("no disk") })
      yield* costing(0.1, 0).pipe(Budget.provide(budget), Effect.provide(Logger.layer([logger])))
      assert.match(logs.join(), /onSpend of a budget failed/)
      assert.strictEqual(yield* budget.spent, 0.1)
    }))

  it.effect("accepts other costs too", () =>
    Effect.gen(function*() {
      const budget = yield* Budget.make({ limit: 0.2, onExceeded: "fail" })
      yield* budget.charge(0.25)
      const exit = yield* Effect.exit(costing(0.1, 0).pipe(Budget.within, Budget.provide(budget)))
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(yield* budget.remaining, 0)
    }))
})

class Agents extends RpcGroup.make(Rpc.make("Ask", { success: Schema.String })) {}

describe("across rpc in one process", () => {
  const ask = Effect.as(costing(0.04, 0), "hi")
  const handlers = { joins: ask.pipe(Propagation.joinSession({ name: "part" })), "does not join": ask }
  for (const [name, handler] of Object.entries(handlers)) {
    it.effect(`the caller's budget and totals hold where the handler ${name}`, () =>
      Effect.gen(function*() {
        let summary: Session.Summary | undefined
        const client = yield* RpcTest.makeClient(Agents)
        const { exit } = yield* traced(
          Effect.forEach([1, 2, 3, 4], () => Budget.within(client.Ask())).pipe(
            Session.withSession({
              name: "caller",
              budget: { limit: 0.05, onExceeded: "fail" },
              onEnd: (ended) => Effect.sync(() => void (summary = ended))
            })
          )
        )
        assert.isTrue(Exit.isFailure(exit))
        assert.deepInclude(summary, { costNanos: 80_000_000, llmCalls: 2 })
      }).pipe(Effect.scoped, Effect.provide(Agents.toLayer({ Ask: () => handler }) as Layer.Layer<never>)) as never)
  }
})

describe("totals", () => {
  it.effect("of a batch are those of its nested sessions", () =>
    Effect.gen(function*() {
      const failing = pipe(Effect.fail("no"), traceLlmWith({ cost: 0.1 }), Session.withSession({ name: "inner" }))
      const inner = Effect.all([costing(0.1, 0), Effect.ignore(failing)]).pipe(Session.withSession({ name: "middle" }))
      const [batch] = yield* Effect.all([inner, inner]).pipe(Session.withSummary({ name: "batch", sums: true }))
      assert.deepInclude(batch, { llmCalls: 4, costNanos: 400_000_000, errors: 2 })
      const [sums] = yield* Effect.all([failing, failing], { mode: "result" } as never).pipe(
        Session.withSummary({ name: "batch", sums: true })
      )
      assert.deepInclude(sums, { llmCalls: 2, errors: 2 })
    }))
})
