import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { z } from "zod"
import * as Mastra from "../../src/integrations/mastra/Mastra.ts"
import * as Message from "../../src/model/Message.ts"
import * as Session from "../../src/trace/Session.ts"
import { installed, load } from "../support/installed.ts"
import type { Answer } from "../support/llm/replayServer.ts"
import { replayServer } from "../support/llm/replayServer.ts"
import { inSession, llmOf, llmSpans, named, TestLive, toolOf, toolRun, toolSpans, tree } from "../support/llm/traced.ts"
import { events } from "../support/providers/conformance.ts"

const version = installed("@mastra/core")

interface Asking {
  readonly modelSettings?: object
  readonly abortSignal?: AbortSignal
}

interface Agent {
  readonly generate: (question: string, options?: Asking) => Promise<{ readonly text: string }>
  readonly stream: (question: string, options?: Asking) => Promise<{ readonly text: Promise<string> }>
}

interface Core {
  readonly Mastra: new(config: object) => { readonly getAgent: (name: string) => Agent }
  readonly Agent: new(config: object) => object
  readonly createTool: (config: object) => object
  readonly Observability: new(config: object) => object
}

const usage = {
  prompt_tokens: 10,
  completion_tokens: 5,
  total_tokens: 15,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 }
}

const base = { id: "chatcmpl-1", created: 1, model: "gpt-4o-2024-08-06" }

const completion = (message: object, finish_reason = "stop"): Answer => ({
  body: {
    ...base,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }],
    usage
  }
})

const chunk = (more: object) => ({ ...base, object: "chat.completion.chunk", ...more })

const streamed = (delta: object, finish_reason = "stop"): Answer =>
  events(
    chunk({ choices: [{ index: 0, delta: { role: "assistant", ...delta }, finish_reason: null }] }),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason }] }),
    chunk({ choices: [], usage })
  )

const call = { id: "call_1", type: "function", function: { name: "weather", arguments: "{\"city\":\"Bonn\"}" } }

const asking = completion({ content: null, tool_calls: [call] }, "tool_calls")

const saying = completion({ content: "It rains" })

const refused = (status: number, code: string): Answer => ({
  status,
  headers: { "retry-after-ms": "1" },
  body: { error: { message: `It is ${code}`, type: "requests", code } }
})

const agent = (answers: ReadonlyArray<Answer>) =>
  Effect.gen(function*() {
    const server = yield* replayServer(answers)
    const { Agent, createTool, Mastra: Framework, Observability } = yield* Effect.promise(async () => ({
      ...await load<Core>("@mastra/core"),
      ...await load<Core>("@mastra/core/agent"),
      ...await load<Core>("@mastra/core/tools"),
      ...await load<Core>("@mastra/observability")
    }))
    const weather = createTool({
      id: "weather",
      description: "The weather",
      inputSchema: z.object({ city: z.string() }),
      execute: async () => {
        await new Promise((resolve) => setTimeout(resolve, 60))
        return { rain: true }
      }
    })
    const forecaster = new Agent({
      id: "forecaster",
      name: "Forecaster",
      instructions: "Be brief.",
      model: { id: "openai/gpt-4o", url: `${server.url}/v1`, apiKey: "test" },
      maxRetries: 1,
      tools: { weather }
    })
    const observability = new Observability({
      configs: { default: { serviceName: "app", exporters: [Mastra.exporter] } }
    })
    const mastra = new Framework({ agents: { forecaster }, logger: false, observability })
    return { agent: mastra.getAgent("forecaster"), server }
  })

const cases = {
  "that is whole": [(one: Agent) => one.generate("Hi", { modelSettings: { temperature: 0.5 } }), asking, saying],
  "that is streamed": [
    (one: Agent) =>
      one.stream("Hi", { modelSettings: { temperature: 0.5 } }).then(async ({ text }) => ({ text: await text })),
    streamed({ tool_calls: [{ index: 0, ...call }] }, "tool_calls"),
    streamed({ content: "It rains" })
  ]
} as const

describe.runIf(version !== undefined)(`Mastra ${version}`, { timeout: 60_000 }, () => {
  for (const [name, [ask, ...answers]] of Object.entries(cases)) {
    it.live(`has an answer ${name}, with its tokens, and the tool after it`, () =>
      Effect.gen(function*() {
        const { agent: one } = yield* agent(answers)
        const [summary, answer] = yield* Mastra.run(() => ask(one)).pipe(Session.withSummary({ name: "s" }))
        assert.strictEqual(answer.text, "It rains")
        assert.deepInclude(summary, { llmCalls: 2, toolCalls: 1, errors: 0 })
        assert.deepInclude(summary.usage, { inputTokens: 20, outputTokens: 10, cacheReadTokens: 8 })
        assert.deepStrictEqual(yield* tree, inSession(toolRun))
        const [first, second] = yield* llmSpans
        const { outputMessages, ...event } = llmOf(first)
        assert.deepInclude(event, {
          provider: "openai",
          model: "gpt-4o",
          responseModel: "gpt-4o-2024-08-06",
          temperature: 0.5,
          finishReasons: ["tool_calls"],
          usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, reasoningTokens: 2 }
        })
        // Mastra does not report it for a stream.
        if (name === "that is whole") assert.strictEqual(event.responseId, "chatcmpl-1")
        assert.deepStrictEqual(event.inputMessages?.map(Message.toText), ["Be brief.", "Hi"])
        assert.deepStrictEqual(outputMessages?.flatMap(({ parts }) => parts), [
          Message.toolCall({ id: "call_1", name: "weather", arguments: { city: "Bonn" } })
        ])
        assert.deepStrictEqual(llmOf(second).outputMessages?.map(Message.toText), ["It rains"])
        assert.deepStrictEqual(llmOf(second).inputMessages?.map(({ parts, role }) => [role, parts[0]?.type]), [
          ["system", "text"],
          ["user", "text"],
          ["assistant", "tool_call"],
          ["tool", "tool_call_response"]
        ])
        const [tool] = yield* toolSpans
        assert.deepInclude(toolOf(tool), { name: "weather", parameters: { city: "Bonn" }, result: { rain: true } })
        // The model call ends when its tool starts.
        assert.isBelow(Number(first!.endTime - tool!.startTime) / 1e6, 30)
      }).pipe(Effect.provide(TestLive)))
  }

  it.live("fails with the API's own code if the API rejects the request", () =>
    Effect.gen(function*() {
      const { agent: one } = yield* agent(Array.from({ length: 8 }, () => refused(400, "bad_request")))
      const error = yield* Effect.flip(Mastra.run(() => one.generate("Hi")))
      assert.strictEqual(error._tag, "MastraError")
      assert.strictEqual(error.code, "bad_request")
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(span).model, "gpt-4o")
      for (const failed of [span, ...yield* named("agent.run")]) {
        assert.strictEqual(failed!.attributes["error.type"], "bad_request")
      }
    }).pipe(Effect.provide(TestLive)))

  it.live("is one call if the API rejects the first request as too many", () =>
    Effect.gen(function*() {
      const { agent: one, server } = yield* agent([refused(429, "rate_limit_exceeded"), saying])
      const [summary] = yield* Mastra.run(() => one.generate("Hi", { modelSettings: { maxRetries: 1 } as object }))
        .pipe(
          Session.withSummary({ name: "s" })
        )
      assert.lengthOf(server.seen, 2)
      assert.deepInclude(summary, { llmCalls: 1, errors: 0 })
    }).pipe(Effect.provide(TestLive)))

  it.live("that is interrupted aborts its request without a failure", () =>
    Effect.gen(function*() {
      const { agent: one, server } = yield* agent([{
        pieces: ["{"],
        hang: true,
        headers: { "content-type": "application/json" }
      }])
      const fiber = yield* Effect.forkChild(Mastra.run((abortSignal) => one.generate("Hi", { abortSignal })))
      while (server.seen.length === 0) yield* Effect.sleep("1 millis")
      yield* Fiber.interrupt(fiber)
      while (!server.seen[0]!.aborted) yield* Effect.sleep("1 millis")
      for (const span of [...yield* named("agent.run"), ...yield* llmSpans]) {
        assert.strictEqual(span.status.code, "unset")
      }
    }).pipe(Effect.provide(TestLive)))
})
