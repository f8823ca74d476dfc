import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Agent, run, setDefaultModelProvider, setTraceProcessors, setTracingDisabled, tool } from "@openai/agents-core"
import { OpenAIChatCompletionsModel, OpenAIProvider, OpenAIResponsesModel } from "@openai/agents-openai"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import OpenAI from "openai"
import { z } from "zod"
import * as OpenAiAgents from "../../src/integrations/openai-agents/OpenAiAgents.ts"
import * as OpenAi from "../../src/integrations/openai/OpenAi.ts"
import * as Message from "../../src/model/Message.ts"
import * as Session from "../../src/trace/Session.ts"
import type { Answer } from "../support/llm/replayServer.ts"
import { replayServer } from "../support/llm/replayServer.ts"
import { inSession, llmOf, llmSpans, named, TestLive, toolOf, toolRun, toolSpans, tree } from "../support/llm/traced.ts"

beforeAll(() => {
  setTracingDisabled(false)
  // Older versions require one even if each agent has its own model.
  setDefaultModelProvider(new OpenAIProvider({ apiKey: "test" }))
  setTraceProcessors([OpenAiAgents.processor])
})

const completion = (message: object, finish_reason = "stop"): Answer => ({
  body: {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "gpt-4o-2024-08-06",
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
  }
})

const asking = completion({
  content: null,
  tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: "{\"city\":\"Bonn\"}" } }]
}, "tool_calls")

const saying = completion({ content: "It rains" })

const refused: Answer = {
  status: 429,
  headers: { "retry-after-ms": "1" },
  body: { error: { message: "Slow down", type: "requests", code: "rate_limit_exceeded" } }
}

const weather = tool({
  name: "weather",
  description: "The weather",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => {
    if (city === "Atlantis") throw new RangeError("no such city")
    return Promise.resolve(`rain in ${city}`)
  }
})

const agentOf = (client: OpenAI) =>
  new Agent({
    name: "Forecaster",
    instructions: "Be brief.",
    tools: [weather],
    model: new OpenAIChatCompletionsModel(client, "gpt-4o")
  })

const clientTo = (answers: ReadonlyArray<Answer>, maxRetries = 0) =>
  Effect.map(replayServer(answers), (server) => ({
    server,
    client: new OpenAI({ apiKey: "test", baseURL: `${server.url}/v1`, maxRetries })
  }))

describe("a run", () => {
  it.effect("records agents, model calls and tools of the session", () =>
    Effect.gen(function*() {
      const { client } = yield* clientTo([asking, saying])
      const [summary, result] = yield* OpenAiAgents.run((signal) => run(agentOf(client), "Hi", { signal })).pipe(
        Session.withSummary({ name: "s" })
      )
      assert.strictEqual(result.finalOutput, "It rains")
      assert.deepInclude(summary, { llmCalls: 2, toolCalls: 1, errors: 0 })
      assert.strictEqual(summary.usage.inputTokens, 20)
      const [first, second] = yield* llmSpans
      const { finishReasons, inputMessages, model, outputMessages, provider, responseModel, usage } = llmOf(first)
      assert.deepStrictEqual({ finishReasons, model, provider, responseModel, usage }, {
        finishReasons: ["tool_calls"],
        model: "gpt-4o",
        provider: "openai",
        responseModel: "gpt-4o-2024-08-06",
        usage: { inputTokens: 10, outputTokens: 5 }
      })
      assert.deepStrictEqual(inputMessages?.map(Message.toText), ["Be brief.", "Hi"])
      assert.deepStrictEqual(outputMessages?.[0]?.parts, [
        Message.toolCall({ id: "call_1", name: "weather", arguments: { city: "Bonn" } })
      ])
      assert.deepStrictEqual(llmOf(second).outputMessages?.map(Message.toText), ["It rains"])
      assert.deepStrictEqual((yield* toolSpans).map(toolOf), [{
        name: "weather",
        type: "function",
        parameters: { city: "Bonn" },
        result: "rain in Bonn"
      }])
      const [agent] = yield* named("agent.run")
      assert.strictEqual(agent!.attributes["gen_ai.agent.name"], "Forecaster")
      assert.deepStrictEqual(yield* tree, inSession(toolRun))
    }).pipe(Effect.provide(TestLive)))

  it.effect("over a traced client has one event for each call, with an attempt for each request", () =>
    Effect.gen(function*() {
      const { client, server } = yield* clientTo([refused, asking, saying], 1)
      const [summary] = yield* OpenAi.wrap(client).use((traced) => traced).pipe(
        Effect.flatMap((traced) => OpenAiAgents.run((signal) => run(agentOf(traced), "Hi", { signal }))),
        Session.withSummary({ name: "s" })
      )
      assert.lengthOf(server.seen, 3)
      assert.deepInclude(summary, { llmCalls: 2, toolCalls: 1 })
      assert.strictEqual(summary.usage.inputTokens, 20)
      const [first] = yield* llmSpans
      assert.strictEqual(llmOf(first).serverAddress, "127.0.0.1")
      assert.deepStrictEqual(yield* tree, [
        ...inSession(toolRun).slice(0, 3),
        "      llm.api.call",
        ...inSession(toolRun).slice(3)
      ])
    }).pipe(Effect.provide(TestLive)))

  it.effect("that a model's API rejects fails with the API's code", () =>
    Effect.gen(function*() {
      const { client } = yield* clientTo([refused])
      const error = yield* Effect.flip(OpenAiAgents.run((signal) => run(agentOf(client), "Hi", { signal })))
      assert.strictEqual(error.code, "rate_limit_exceeded")
      const [span] = yield* llmSpans
      assert.strictEqual(span!.status.code, "error")
    }).pipe(Effect.provide(TestLive)))

  it.effect("records the error of a tool", () =>
    Effect.gen(function*() {
      const { client } = yield* clientTo([
        completion({
          content: null,
          tool_calls: [{
            id: "call_1",
            type: "function",
            function: { name: "weather", arguments: "{\"city\":\"Atlantis\"}" }
          }]
        }, "tool_calls"),
        saying
      ])
      yield* OpenAiAgents.run((signal) => run(agentOf(client), "Hi", { signal }))
      const [span] = yield* toolSpans
      assert.strictEqual(span!.status.code, "error")
    }).pipe(Effect.provide(TestLive)))

  it.effect("beside another one belongs to its own session", () =>
    Effect.gen(function*() {
      const { client } = yield* clientTo([saying, saying])
      const ask = OpenAiAgents.run((signal) => run(agentOf(client), "Hi", { signal }))
      const summaries = yield* Effect.all(
        ["a", "b"].map((name) => Session.withSummary(ask, { name })),
        { concurrency: 2 }
      )
      assert.deepStrictEqual(summaries.map(([summary]) => summary.llmCalls), [1, 1])
      const traces = (yield* llmSpans).map((span) => span.traceId)
      assert.strictEqual(new Set(traces).size, 2)
    }).pipe(Effect.provide(TestLive)))

  it.live("that is interrupted aborts its request without a failure", () =>
    Effect.gen(function*() {
      const { client, server } = yield* clientTo([{
        pieces: ["{"],
        hang: true,
        headers: { "content-type": "application/json" }
      }])
      const fiber = yield* Effect.forkChild(OpenAiAgents.run((signal) => run(agentOf(client), "Hi", { signal })))
      while (server.seen.length === 0) yield* Effect.sleep("1 millis")
      yield* Fiber.interrupt(fiber)
      while (!server.seen[0]!.aborted) yield* Effect.sleep("1 millis")
      while ((yield* named("agent.run")).length === 0) yield* Effect.sleep("1 millis")
      for (const span of yield* named("agent.run")) assert.strictEqual(span.status.code, "unset")
    }).pipe(Effect.provide(TestLive)))

  it.effect("outside of the effect is not traced", () =>
    Effect.gen(function*() {
      const { client } = yield* clientTo([saying])
      yield* Effect.promise(() => run(agentOf(client), "Hi"))
      assert.deepStrictEqual(yield* llmSpans, [])
    }).pipe(Effect.provide(TestLive)))
})

describe("the responses API", () => {
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "gpt-4o-2024-08-06",
    output: [{
      id: "msg_1",
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "It rains", annotations: [] }]
    }],
    usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 }
  }

  const said = (span: Parameters<typeof llmOf>[0]) => {
    const { outputMessages, responseId, responseModel, usage } = llmOf(span)
    return { responseId, responseModel, text: outputMessages?.map(Message.toText), usage }
  }

  const right = {
    responseId: "resp_1",
    responseModel: "gpt-4o-2024-08-06",
    text: ["It rains"],
    usage: { inputTokens: 10, outputTokens: 5 }
  }

  it.effect("is read, complete and as a stream", () =>
    Effect.gen(function*() {
      const events = [
        { type: "response.created", response: { ...response, status: "in_progress", output: [], usage: null } },
        { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: "It rains" },
        { type: "response.completed", response }
      ]
      const { client } = yield* clientTo([{ body: response }, {
        body: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("")
      }])
      const agent = new Agent({ name: "A", model: new OpenAIResponsesModel(client, "gpt-4o") })
      yield* OpenAiAgents.run(() => run(agent, "Hi"))
      yield* OpenAiAgents.run(async () => {
        const streamed = await run(agent, "Hi", { stream: true })
        for await (const _ of streamed);
        await streamed.completed
      })
      const [whole, stream] = yield* llmSpans
      assert.deepStrictEqual(said(whole), right)
      assert.deepStrictEqual(said(stream), right)
    }).pipe(Effect.provide(TestLive)))
})
