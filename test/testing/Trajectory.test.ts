/** Rules for an agent's trajectory hold where they should, and report violations. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, pipe, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Message from "../../src/model/Message.ts"
import { Pattern, TestTracing, Trajectory } from "../../src/testing/index.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

const says = (content: string, more: object = {}) =>
  traceLlmWith(Effect.void, {
    model: "gpt-4o",
    provider: "openai",
    usage: { inputTokens: 1000, outputTokens: 100 },
    outputMessages: [{ role: "assistant", parts: [{ type: "text", content }] }],
    ...more
  })

const asked = {
  inputMessages: [{ role: "user", parts: [{ type: "text" as const, content: "Move QK7M2T to NS413 in 2026" }] }]
}

const agent = pipe(
  says("Let me look.", asked),
  Effect.andThen(
    traceTool(Effect.succeed({ id: "QK7M2T", flight: "NS401" }), "look", { parameters: { id: "QK7M2T" } })
  ),
  Effect.andThen(
    Effect.fail(new RangeError("full")).pipe(traceTool("change", { parameters: { to: "NS411" } }), Effect.ignore)
  ),
  Effect.andThen(
    Effect.delay(traceTool(Effect.succeed({ charged: 15 }), "change", { parameters: { to: "NS413" } }), "2 seconds")
  ),
  Effect.andThen(says("Done: it cost $15.")),
  traceAgent("support")
)

const spans = Effect.gen(function*() {
  const fiber = yield* Effect.forkChild(TestTracing.spansOf(agent))
  yield* TestClock.adjust("1 minute")
  return yield* Fiber.join(fiber)
})

const cases: ReadonlyArray<readonly [rule: Trajectory.Rule, broken: ReadonlyArray<string>]> = [
  [Trajectory.toolsInOrder(["look", "change"]), []],
  [Trajectory.toolsInOrder(["look", { name: "change", parameters: { to: "NS413" } }]), []],
  [Trajectory.toolsInOrder(["look", "change", "change"], { exact: true }), []],
  [Trajectory.toolsInOrder(["look", /^ch/], { exact: true }), [
    "look → /^ch/: expected these tools and no others; the tools were look → change → change"
  ]],
  [Trajectory.toolsInOrder(["change", "look"]), [
    "change → look: look is not called after change; the tools were look → change → change"
  ]],
  [Trajectory.toolsInOrder(["pay"]), ["pay: pay is not called; the tools were look → change → change"]],
  [Trajectory.never("cancel"), []],
  [Trajectory.never({ name: "change", parameters: { to: "NS411" } }), [
    `never change({"to":"NS411"}): change({"to":"NS411"}) is called with {"to":"NS411"}; the tools were look → change → change`
  ]],
  [Trajectory.atMostModelCalls(2), []],
  [Trajectory.atMostModelCalls(1), ["at most 1 model calls: there are 2"]],
  [Trajectory.atMostToolCalls(3), []],
  [Trajectory.atMostToolCalls(1, "change"), [
    "at most 1 calls of change: there are 2; the tools were look → change → change"
  ]],
  [Trajectory.within({ cost: 0.0070, tokens: 2200, duration: "2 seconds" }), []],
  [Trajectory.within({ cost: 0.0069 }), ["within the budget: it cost $0.007, and $0.0069 is the limit"]],
  [Trajectory.within({ tokens: 2199 }), ["within the budget: it took 2200 tokens, and 2199 is the limit"]],
  [Trajectory.within({ duration: Duration.seconds(1) }), ["within the budget: it took 2s, and 1s is the limit"]],
  [Trajectory.noErrorsExcept("RangeError"), []],
  [Trajectory.noErrorsExcept(Pattern.satisfies("a range", (type: string) => type.startsWith("Range"))), []],
  [Trajectory.noErrorsExcept(), ["no error: tool change failed with RangeError: full"]],
  [Trajectory.answeredFrom("change"), []],
  [Trajectory.answeredFrom("change", { value: (result) => (result as { readonly charged: number }).charged }), []],
  // The question contained the flight and the reservation.
  [Trajectory.answeredFrom("look"), [
    `answered from look: the answer "Done: it cost $15." has nothing of its result {"id":"QK7M2T","flight":"NS401"}`
  ]],
  [Trajectory.answeredFrom("pay"), ["answered from pay: pay is not called; the tools were look → change → change"]]
]

describe("a rule for an agent's trajectory", () => {
  for (const [rule, broken] of cases) {
    it.effect(`${rule.name}: ${broken.length === 0 ? "holds" : "is broken"}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(Trajectory.brokenBy(yield* spans, rule), broken)
      }))
  }

  it.effect("reports an unknown cost, and missing content", () =>
    Effect.gen(function*() {
      const unknown = yield* TestTracing.spansOf(says("x", { model: "own-model", provider: "own" }))
      assert.deepStrictEqual(Trajectory.brokenBy(unknown, Trajectory.within({ cost: 1 })), [
        "within the budget: nobody knows what 1 of 1 model calls cost: own-model"
      ])
      const program = traceTool(Effect.succeed(1), "look").pipe(Effect.andThen(says("1")))
      const bare = yield* TestTracing.spansOf(program, { content: false })
      assert.deepStrictEqual(Trajectory.brokenBy(bare, Trajectory.answeredFrom("look")), [
        "answered from look: there is no answer in the trace: does it keep content?"
      ])
    }))

  it.effect("compares numbers as words: 15 is not in 2015", () =>
    Effect.gen(function*() {
      const program = traceTool(Effect.succeed(15), "look").pipe(Effect.andThen(says("Since 2015.")))
      const found = yield* TestTracing.spansOf(program)
      assert.strictEqual(Trajectory.brokenBy(found, Trajectory.answeredFrom("look")).length, 1)
    }))

  it.effect("asks for a value if the first question has the whole result, as with retrieval", () =>
    Effect.gen(function*() {
      const program = traceTool(Effect.succeed({ state: "shipped" }), "look").pipe(
        Effect.andThen(says("It is shipped.", { inputMessages: [Message.user(`{"state":"shipped"}`)] }))
      )
      const found = yield* TestTracing.spansOf(program)
      assert.deepStrictEqual(Trajectory.brokenBy(found, Trajectory.answeredFrom("look")), [
        `answered from look: the first question has every value of its result {"state":"shipped"} already: ` +
        "select one with the option value"
      ])
      const selected = Trajectory.answeredFrom("look", { value: (result) => result })
      assert.deepStrictEqual(Trajectory.brokenBy(found, selected), [])
    }))

  it.effect("is checked with others, data-first and data-last, and every violation is reported", () =>
    Effect.gen(function*() {
      const found = yield* spans
      const rules = [Trajectory.never("change"), Trajectory.atMostModelCalls(1), Trajectory.atMostToolCalls(3)]
      const result = pipe(found, Trajectory.check(rules))
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result)) {
        assert.strictEqual(result.failure._tag, "TrajectoryError")
        assert.deepStrictEqual(result.failure.broken.map(({ rule }) => rule), [
          "never change",
          "never change",
          "at most 1 model calls"
        ])
        assert.match(result.failure.message, /^The agent took a way that it may not:\n {2}never change: /)
      }
      assert.throws(() => Trajectory.assert(found, rules), /at most 1 model calls: there are 2/)
      const ok = Trajectory.check(found, [Trajectory.atMostToolCalls(3)])
      assert.strictEqual(Result.isSuccess(ok) ? ok.success.answer : undefined, "Done: it cost $15.")
    }))
})
