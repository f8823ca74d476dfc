import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { AgentEvent, traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlm } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

const name = "gen_ai.agent.name"

describe("traceAgent", () => {
  it.effect("records the run as OpenTelemetry's invoke_agent", () =>
    Effect.gen(function*() {
      const fields = {
        id: "a-1",
        description: "plans",
        version: "2",
        role: "planner",
        tools: ["search"],
        models: ["gpt-4o"],
        input: { goal: "shoes" }
      }
      const spans = yield* spansOf(
        Effect.succeed(["look", "buy"]).pipe(traceAgent("planner", { ...fields, output: (steps) => steps.length }))
      )
      assert.lengthOf(spans, 1)
      const span = named(spans, "agent.run")
      assert.strictEqual(span.kind, "internal")
      assert.deepInclude(span.attributes, {
        "agentops.event.kind": "agent",
        "gen_ai.operation.name": "invoke_agent",
        [name]: "planner",
        "gen_ai.agent.id": "a-1",
        "agentops.agent.tools": ["search"]
      })
      assert.deepStrictEqual(AgentEvent.fromAttributes(span.attributes), { name: "planner", ...fields, output: 2 })
    }))

  it.effect("input and output are content", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Effect.void.pipe(traceAgent("a", { input: "in", output: "out" })), {
        content: false
      })
      assert.notMatch(JSON.stringify(spans[0]!.attributes), /agentops\.agent\.(in|out)put/)
    }))
})

describe("the nearest agent", () => {
  it.effect("is on the calls inside, through plain spans and other events, and agents nest", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        Effect.all([
          traceTool(Effect.void, "first"),
          Effect.void.pipe(traceLlm, Effect.withSpan("plain"), traceAgent("inner")),
          Effect.void.pipe(traceAction("after"), Effect.withSpan("plain"))
        ]).pipe(traceAgent("outer"), traceAction("around"), Session.withSession({ name: "s", agent: "whole" }))
      )
      const agents = (spanName: string) =>
        spans.filter((span) => span.name === spanName).map((span) => span.attributes[name] ?? "none")
      assert.deepStrictEqual(agents("agent.tool"), ["outer"])
      assert.deepStrictEqual(agents("llm.completion"), ["inner"])
      assert.deepStrictEqual(agents("agent.run"), ["inner", "outer"])
      assert.deepStrictEqual(agents("agent.action"), ["outer", "none"])
      assert.deepStrictEqual(agents("s"), ["whole"])
      assert.deepStrictEqual(agents("plain"), ["none", "none"])
    }))

  it.effect("is a fiber's own, however many agents run at once", () =>
    Effect.gen(function*() {
      const names = Array.from({ length: 50 }, (_, i) => `agent-${i}`)
      const spans = yield* spansOf(
        Effect.forEach(
          names,
          (agent) => Effect.yieldNow.pipe(traceTool(`tool of ${agent}`), traceAgent(agent)),
          { concurrency: "unbounded" }
        )
      )
      const tools = spans.filter((span) => span.name === "agent.tool")
      assert.lengthOf(tools, 50)
      for (const tool of tools) {
        assert.strictEqual(tool.attributes["gen_ai.tool.name"], `tool of ${String(tool.attributes[name])}`)
      }
    }))

  it.effect("reads its output from the value, unless it is given or left out", () =>
    Effect.gen(function*() {
      const answer = Effect.succeed({ text: "hi" })
      const spans = yield* spansOf(Effect.all([
        answer.pipe(traceAgent("read")),
        traceAgent(answer, "given", { output: (value) => value.text }),
        answer.pipe(traceAgent("omitted", { output: null })),
        Effect.void.pipe(traceAgent("none"))
      ]))
      assert.deepStrictEqual(
        spans.map(({ attributes }) => attributes["agentops.agent.output"] ?? "none"),
        [`{"text":"hi"}`, `"hi"`, "none", "none"]
      )
    }))
})
