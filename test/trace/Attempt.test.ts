import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { pipe } from "effect/Function"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { run as traced, spansOf } from "../../src/testing/TestTracing.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceAttempt } from "../../src/trace/Attempt.ts"
import { traceLlm, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { exceptions, named, tree } from "../support/traced.ts"

class Overloaded extends Data.TaggedError("Overloaded")<{ readonly message: string }> {}

/** Fails a number of times, then succeeds. */
const flaky = (failures: number) => {
  let calls = 0
  return Effect.suspend(() => {
    calls++
    return calls <= failures ? Effect.fail(new Overloaded({ message: `call ${calls}` })) : Effect.succeed(calls)
  })
}

describe("traceAttempt", () => {
  it.effect("each attempt is a child with its own time, number and error", () =>
    Effect.gen(function*() {
      const call = Effect.andThen(Effect.sleep("1 second"), flaky(2))
      const program = pipe(
        call,
        traceAttempt,
        Effect.retry(Schedule.spaced("10 seconds")),
        traceLlmWith({ model: "m" })
      )
      const { exit, spans } = yield* traced(Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(program)
        yield* TestClock.adjust("1 minute")
        return yield* Effect.flatten(Effect.map(Effect.exit(Effect.suspend(() => fiber.pollUnsafe()!)), (exit) => exit))
      }))
      assert.deepStrictEqual(exit, Exit.succeed(3))
      const attempts = spans.filter((span) => span.name === "llm.api.call")
      const event = named(spans, "llm.completion")
      assert.deepStrictEqual(
        attempts.map((span) => [
          Number(span.startTime / 1_000_000_000n),
          Number(span.endTime / 1_000_000_000n),
          span.attributes["agentops.attempt"],
          span.status.code
        ]),
        [[0, 1, 1, "error"], [11, 12, 2, "error"], [22, 23, 3, "unset"]]
      )
      assert.deepStrictEqual(attempts.map(exceptions), [
        [["Overloaded", "call 1"]],
        [["Overloaded", "call 2"]],
        []
      ])
      for (const attempt of attempts) assert.strictEqual(attempt.parentSpanId, event.spanId)
      assert.deepStrictEqual(event.status, { code: "unset" })
      assert.deepStrictEqual([event.startTime, event.endTime], [0n, 23_000_000_000n])
    }))

  it.effect("after the last attempt the event has the last error", () =>
    Effect.gen(function*() {
      const { exit, spans } = yield* traced(flaky(9).pipe(traceAttempt, Effect.retry({ times: 1 }), traceTool("t")))
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(spans.map((span) => [span.name, span.status.message]), [
        ["tool.execution", "call 1"],
        ["tool.execution", "call 2"],
        ["agent.tool", "call 2"]
      ])
    }))

  it.effect("spans of an attempt are inside it", () =>
    Effect.gen(function*() {
      const inner = flaky(1).pipe(Effect.withSpan("http"), traceAttempt, Effect.retry({ times: 1 }), traceAction("a"))
      assert.deepStrictEqual(tree(yield* spansOf(inner)), [
        ["agent.action", ["action.execution", "http"], ["action.execution", "http"]]
      ])
    }))

  it.effect("belongs to the nearest event, through plain spans", () =>
    Effect.gen(function*() {
      const call = flaky(1).pipe(traceAttempt, Effect.retry({ times: 1 }), Effect.withSpan("plain"), traceLlm)
      const spans = yield* spansOf(call.pipe(traceTool("t")))
      assert.deepStrictEqual(spans.map((span) => span.name), [
        "llm.api.call",
        "llm.api.call",
        "plain",
        "llm.completion",
        "tool.execution",
        "agent.tool"
      ])
      const completion = named(spans, "llm.completion").spanId
      for (const span of spans.slice(0, 2)) assert.strictEqual(span.parentSpanId, completion)
    }))

  it.effect("concurrent attempts each have a span", () =>
    Effect.gen(function*() {
      const hedged = Effect.all([1, 2, 3].map((n) => Effect.as(Effect.yieldNow, n).pipe(traceAttempt)), {
        concurrency: "unbounded"
      })
      const spans = yield* spansOf(hedged.pipe(traceTool("t")))
      assert.deepStrictEqual(spans.slice(0, 3).map((span) => span.attributes["agentops.attempt"]), [1, 2, 3])
      assert.lengthOf(spans, 4)
    }))

  it.effect("without one, an event has one attempt", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(flaky(2).pipe(Effect.retry({ times: 2 }), traceTool("t")))
      assert.deepStrictEqual(spans.map((span) => [span.name, span.status.code]), [
        ["tool.execution", "unset"],
        ["agent.tool", "unset"]
      ])
    }))

  it.effect("does nothing outside of an event, in one without attempts, and after the event's end", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* spansOf(traceAttempt(Effect.void)), [])
      const agent = yield* spansOf(traceAttempt(Effect.void).pipe(traceAgent("a"), traceTool("t")))
      assert.deepStrictEqual(tree(agent), [["agent.tool", ["tool.execution", "agent.run"]]])
      const late = yield* spansOf(
        Effect.flatMap(
          Effect.context<never>().pipe(traceTool("t")),
          (context) => traceAttempt(Effect.void).pipe(Effect.provideContext(context))
        )
      )
      assert.lengthOf(late, 2)
    }))

  it.effect("keeps value and error", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* traceAttempt(Effect.succeed(1)).pipe(traceTool("t")), 1)
      const error = new Overloaded({ message: "x" })
      assert.strictEqual(yield* Effect.flip(traceAttempt(Effect.fail(error)).pipe(traceTool("t"))), error)
    }))
})
