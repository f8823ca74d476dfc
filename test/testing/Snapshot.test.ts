/** The text of a trace is the same in each run, and a matcher explains the difference. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, pipe } from "effect"
import { Expectation, Matchers, Snapshot, TestTracing, Trajectory } from "../../src/testing/index.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceAttempt } from "../../src/trace/Attempt.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

declare module "vitest" {
  interface Matchers<R, T> extends Matchers.TraceMatchers<R> {}
}

expect.extend(Matchers.matchers)

const agent = (waits: () => number) =>
  pipe(
    traceLlmWith(Effect.void, {
      provider: "openai",
      model: "gpt-4o",
      usage: { inputTokens: 10, outputTokens: 2 },
      inputMessages: [{
        role: "user",
        parts: [{ type: "text", content: "Shoes, for 0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44" }]
      }],
      outputMessages: [{
        role: "assistant",
        parts: [{ type: "tool_call", id: "c1", name: "search", arguments: { b: 1, a: 2 } }]
      }]
    }),
    Effect.andThen(Effect.forEach(
      ["shoes", "hats", "coats"],
      (query) =>
        traceTool(Effect.delay(Effect.succeed({ found: query, at: new Date().toISOString() }), waits()), "search", {
          parameters: { query }
        }),
      { concurrency: "unbounded" }
    )),
    Effect.andThen(pipe(
      Effect.fail(new RangeError("sold out\nfor now")),
      traceAttempt,
      Effect.retry({ times: 1 }),
      traceTool("order"),
      Effect.ignore
    )),
    Effect.andThen(
      Effect.void.pipe(Effect.withSpan("cleanup", { attributes: { "shop.cart": "c-1", "code.line.number": 3 } }))
    ),
    traceAgent("support", { output: null }),
    Session.withSession({ name: "shop", tags: ["test"], userId: "mira" })
  )

const text = `session shop Success #test user mira
  agent support "Shoes, for <id>"
    llm gpt-4o in 10 out 2 $0.000045
      < user "Shoes, for <id>"
      > search({"a":2,"b":1})
    tool search {"query":"coats"} → {"at":"<time>","found":"coats"}
    tool search {"query":"hats"} → {"at":"<time>","found":"hats"}
    tool search {"query":"shoes"} → {"at":"<time>","found":"shoes"}
    tool order ✗ RangeError: sold out⏎for now (2 attempts)
    cleanup shop.cart="c-1"
`

describe("a snapshot", () => {
  it.live("is the same in a hundred runs, whoever comes first", () =>
    Effect.gen(function*() {
      const runs = yield* Effect.forEach(
        Array.from({ length: 100 }),
        () => TestTracing.spansOf(agent(() => 1 + 8 * Math.random())),
        { concurrency: 20 }
      )
      assert.deepStrictEqual([...new Set(runs.map((spans) => Snapshot.render(spans)))], [text])
    }))

  it.live("is the same for many sessions at once, under one tracer", () =>
    Effect.gen(function*() {
      const sessions = Effect.forEach(["a", "b", "c"], () => agent(() => 3), { concurrency: "unbounded" })
      assert.strictEqual(Snapshot.render(yield* TestTracing.spansOf(sessions)), text.repeat(3))
    }))

  it.live("leaves out deselected facts", () =>
    Effect.gen(function*() {
      const spans = yield* TestTracing.spansOf(agent(() => 1))
      assert.strictEqual(
        Snapshot.render(spans, {
          content: false,
          usage: false,
          attributes: false,
          normalize: (line) => line.replace("sold out", "gone")
        }),
        `session shop Success #test user mira
  agent support
    llm gpt-4o
    tool search
    tool search
    tool search
    tool order ✗ RangeError: gone⏎for now (2 attempts)
    cleanup
`
      )
    }))
})

describe("a matcher", () => {
  it.live("passes, or fails with an explanation", () =>
    Effect.gen(function*() {
      const spans = yield* TestTracing.spansOf(agent(() => 1))
      expect(spans).toMatchTrace(Expectation.session("shop"))
      expect(spans).not.toMatchTrace(Expectation.session("shops"))
      expect(spans).toFollow(Trajectory.atMostModelCalls(1), Trajectory.never("pay"))
      assert.throws(
        () => expect(spans).toMatchTrace(Expectation.session("shops")),
        /session shops: name: expected "shops", found "shop"/
      )
      assert.throws(() => expect(spans).not.toMatchTrace(Expectation.session("shop")), /expected not to be/)
      assert.throws(() => expect(spans).toFollow(Trajectory.never("order")), /never order: order is called/)
      assert.throws(() => expect(spans).not.toFollow(Trajectory.never("pay")), /expected not to: never pay/)
    }))
})
