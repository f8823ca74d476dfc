import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spansOf } from "../../src/testing/TestTracing.ts"
import * as Session from "../../src/trace/Session.ts"
import { ToolEvent, traceTool } from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

const attributesOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(spansOf(Effect.ignore(effect)), (spans) => named(spans, "agent.tool").attributes)
const result = "gen_ai.tool.call.result"
const parameters = "gen_ai.tool.call.arguments"

describe("traceTool", () => {
  it.effect("records the call as OpenTelemetry's execute_tool", () =>
    Effect.gen(function*() {
      const attributes = yield* attributesOf(
        Effect.succeed({ hits: ["a"] }).pipe(
          traceTool("search", {
            callId: "call_1",
            type: "function",
            description: "finds things",
            parameters: { query: "shoes" },
            logs: ["looked", { at: 1 }]
          })
        )
      )
      assert.deepInclude(attributes, {
        "agentops.event.kind": "tool",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.call.id": "call_1",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.description": "finds things",
        [parameters]: "{\"query\":\"shoes\"}",
        [result]: "{\"hits\":[\"a\"]}",
        "agentops.tool.logs": "[\"looked\",{\"at\":1}]"
      })
      assert.deepInclude(ToolEvent.fromAttributes(attributes), { name: "search", result: { hits: ["a"] } })
    }))

  it.effect("the result is the value, or the given result", () =>
    Effect.gen(function*() {
      const found = Effect.succeed({ hits: ["a"], raw: "much" })
      assert.strictEqual(
        (yield* attributesOf(found.pipe(traceTool("t"))))[result],
        "{\"hits\":[\"a\"],\"raw\":\"much\"}"
      )
      assert.strictEqual(
        (yield* attributesOf(found.pipe(traceTool("t", { result: (value) => value.hits.length }))))[result],
        "1"
      )
      assert.strictEqual((yield* attributesOf(found.pipe(traceTool("t", { result: "short" }))))[result], "\"short\"")
      assert.notProperty(yield* attributesOf(Effect.void.pipe(traceTool("t"))), result)
      assert.notProperty(yield* attributesOf(Effect.fail("no").pipe(traceTool("t"))), result)
    }))

  it.effect("null leaves it out, on success and on failure", () =>
    Effect.gen(function*() {
      for (const effect of [Effect.succeed("secret"), Effect.fail("no")]) {
        const attributes = yield* attributesOf(effect.pipe(traceTool("t", { result: null, parameters: null })))
        assert.notProperty(attributes, result)
        assert.notProperty(attributes, parameters)
      }
      const late = yield* attributesOf(Effect.succeed("secret").pipe(traceTool("t", { result: () => null })))
      assert.notProperty(late, result)
      // An empty result is recorded.
      assert.strictEqual((yield* attributesOf(Effect.succeed(null).pipe(traceTool("t"))))[result], "null")
    }))

  it.effect("values without a JSON form are approximated", () =>
    Effect.gen(function*() {
      const odd = { n: 1n, at: new Map([["k", new Set([1])]]) }
      assert.strictEqual(
        (yield* attributesOf(Effect.succeed(odd).pipe(traceTool("t"))))[result],
        "{\"n\":\"1\",\"at\":{\"k\":[1]}}"
      )
    }))

  it.effect("counts one tool call, with any number of attempts", () =>
    Effect.gen(function*() {
      const [summary] = yield* Effect.all([
        traceTool(Effect.void, "a"),
        Effect.ignore(traceTool(Effect.fail("x"), "b"))
      ])
        .pipe(Session.withSummary())
      assert.deepInclude(summary, { toolCalls: 2, errors: 1, actions: 0, llmCalls: 0 })
    }))
})
