/** Facts that single backends require. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

const told = (convention: Convention.Convention, program: Effect.Effect<unknown, unknown>) =>
  Effect.gen(function*() {
    yield* Effect.ignore(program)
    return yield* (yield* Exporter.Memory).spans
  }).pipe(
    Effect.provide(
      Exporter.memory({ convention, content: true }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
    ),
    Effect.map((spans) => (name: string) => spans.find((span) => span.name.startsWith(name))!.attributes)
  )

const question = [{ role: "user", parts: [{ type: "text", content: "Where?" }] }] as const
const call = [{
  role: "assistant",
  parts: [{ type: "tool_call", id: "1", name: "search", arguments: { query: "shoes" } }],
  finish_reason: "tool_call"
}] as const

const calling = Effect.void.pipe(traceLlmWith({
  provider: "acme",
  model: "acme-1",
  inputMessages: question as never,
  outputMessages: call as never,
  usage: { inputTokens: 100, outputTokens: 50, cacheReadTokens: 40, cacheWriteTokens: 10, reasoningTokens: 20 },
  cost: 1,
  timeToFirstChunk: 0.5
}))

describe("the attributes that a backend shows", () => {
  it.live("AgentOps: the costs of prompt and completion add up to the call's, and a call of tools has its own label", () =>
    Effect.gen(function*() {
      for (const cost of [1, 0.000_000_001, 0.1, 0.0182427]) {
        const attributes = (yield* told(
          Convention.agentOps,
          Effect.void.pipe(traceLlmWith({ model: "m", usage: { inputTokens: 7, outputTokens: 3 }, cost }))
        ))("chat m")
        const nanos = ["prompt", "completion"].map((part) =>
          Math.round(Number(attributes[`gen_ai.usage.${part}_cost`]) * 1e9)
        )
        assert.strictEqual(nanos[0]! + nanos[1]!, Math.round(cost * 1e9))
      }
      const attributes = (yield* told(Convention.agentOps, calling))("chat acme-1")
      const keys = Object.keys(attributes).filter((key) => key.startsWith("gen_ai.completion.0.")).toSorted()
      assert.strictEqual(keys[0], "gen_ai.completion.0.call.content")
      assert.strictEqual(attributes[keys[0]!], `search({"query":"shoes"})`)
    }))

  it.live("AgentOps: a tool that was interrupted has not succeeded", () =>
    Effect.gen(function*() {
      const program = Effect.never.pipe(traceTool("slow"), Effect.timeoutOption("1 milli"))
      assert.strictEqual((yield* told(Convention.agentOps, program))("slow")["tool.status"], "interrupted")
    }))

  for (const edition of ["latest", "1.41"] as const) {
    it.live(`genAi(${edition}): agents have their input and output, embeddings their dimensions`, () =>
      Effect.gen(function*() {
        const program = Effect.succeed("done").pipe(
          traceAgent("planner", { input: { task: "plan" }, output: (value: string) => value } as never),
          Effect.andThen(
            Effect.void.pipe(traceLlmWith({ operation: "embeddings", model: "e", dimensionCount: 256 } as never))
          )
        )
        const attributes = yield* told(Convention.genAi(edition), program)
        const agent = attributes("invoke_agent")
        assert.deepStrictEqual(JSON.parse(String(agent["gen_ai.input.messages"])), [
          { role: "user", parts: [{ type: "text", content: `{"task":"plan"}` }] }
        ])
        assert.include(String(agent["gen_ai.output.messages"]), "done")
        assert.strictEqual(agent["gen_ai.provider.name"], edition === "1.41" ? "_OTHER" : undefined)
        assert.strictEqual(attributes("embeddings")["gen_ai.embeddings.dimension.count"], 256)
      }))
  }

  it.live("OpenInference: the embedded text is with the embeddings", () =>
    Effect.gen(function*() {
      const program = Effect.void.pipe(
        traceLlmWith({ operation: "embeddings", model: "e", inputMessages: question as never })
      )
      const attributes = (yield* told(Convention.openInference, program))("embeddings")
      assert.strictEqual(attributes["embedding.embeddings.0.embedding.text"], "Where?")
      assert.strictEqual(attributes["input.value"], "Where?")
    }))

  it.live("Langfuse: cost, usage without counting twice, the first token, tags and levels", () =>
    Effect.gen(function*() {
      const attributes = yield* told(
        Convention.langfuse,
        calling.pipe(
          Effect.andThen(Effect.ignore(Effect.fail("no").pipe(traceTool("search")))),
          Session.withSession({ name: "support", tags: ["a"], metadata: { plan: "gold" }, userId: "u" })
        )
      )
      const llm = attributes("chat acme-1")
      assert.strictEqual(llm["langfuse.observation.type"], "generation")
      assert.deepStrictEqual(JSON.parse(String(llm["langfuse.observation.usage_details"])), {
        input: 50,
        output: 30,
        input_cached_tokens: 40,
        input_cache_creation: 10,
        output_reasoning_tokens: 20,
        total: 150
      })
      assert.strictEqual(llm["langfuse.observation.cost_details"], `{"total":1}`)
      assert.match(String(llm["langfuse.observation.completion_start_time"]), /^\d{4}-.*Z$/)
      assert.include(String(llm["langfuse.observation.output"]), "shoes")
      const root = attributes("support")
      assert.deepStrictEqual(
        [
          root["langfuse.trace.name"],
          root["langfuse.trace.tags"],
          root["langfuse.trace.metadata.plan"],
          root["user.id"]
        ],
        ["support", ["a"], "gold", "u"]
      )
      assert.strictEqual(attributes("search")["langfuse.observation.level"], "ERROR")
    }))
})
