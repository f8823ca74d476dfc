import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Mastra from "../../src/integrations/mastra/Mastra.ts"
import * as Message from "../../src/model/Message.ts"
import * as Session from "../../src/trace/Session.ts"
import { inSession, llmOf, llmSpans, named, TestLive, toolOf, toolRun, toolSpans, tree } from "../support/llm/traced.ts"

/** The spans that `@mastra/core` 1.71 exported for an agent with a question and a tool call. */
const agent = {
  id: "a",
  type: "agent_run",
  name: "agent run: 'forecaster'",
  entityId: "forecaster",
  entityName: "Forecaster"
}

const generation = {
  id: "g",
  parentSpanId: "a",
  type: "model_generation",
  name: "llm: 'gpt-4o'",
  attributes: {
    model: "gpt-4o",
    provider: "openai.chat",
    streaming: true,
    parameters: { temperature: 0.5 },
    tools: [{ type: "function", name: "weather", description: "The weather", parameters: { type: "object" } }]
  },
  input: { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] }
}

const step = (id: string, output: object, finishReason: string) => ({
  id,
  parentSpanId: "g",
  type: "model_step",
  name: `step: ${id}`,
  attributes: {
    usage: {
      inputTokens: 10,
      outputTokens: 5,
      inputDetails: { cacheRead: 4, text: 6 },
      outputDetails: { reasoning: 2, text: 3 }
    },
    finishReason
  },
  metadata: { body: { id: `c-${id}`, model: "gpt-4o-2024-08-06" } },
  input: [{ role: "user", content: "Hi" }],
  output
})

const first = step("1", {
  text: "",
  toolCalls: [{ toolCallId: "call_1", toolName: "weather", args: { city: "Bonn" } }]
}, "tool-calls")

const second = step("2", { text: "It rains", toolCalls: [] }, "stop")

const tool = {
  id: "t",
  parentSpanId: "g",
  type: "tool_call",
  name: "tool: 'weather'",
  entityName: "weather",
  attributes: { toolCallId: "call_1", toolDescription: "The weather" },
  input: { city: "Bonn" }
}

type Span = Mastra.MastraSpan & Readonly<Record<string, unknown>>

const start = ({ output: _, ...exportedSpan }: Span) =>
  Mastra.exporter.exportTracingEvent({ type: "span_started", exportedSpan })

const end = (exportedSpan: Span, more: object = {}) =>
  Mastra.exporter.exportTracingEvent({ type: "span_ended", exportedSpan: { ...exportedSpan, ...more } })

const generate = async () => {
  await start(agent)
  await start(generation)
  await start(first)
  await start(tool)
  await end(tool, { output: { rain: true } })
  await end(first)
  await start(second)
  await end(second)
  await end(generation)
  await end(agent, { output: { text: "It rains" } })
  return "It rains"
}

describe("run", () => {
  it.live("records agents, a call for each step, and tools of the session", () =>
    Effect.gen(function*() {
      const [summary] = yield* Mastra.run(generate).pipe(Session.withSummary({ name: "s" }))
      assert.deepInclude(summary, { llmCalls: 2, toolCalls: 1, errors: 0 })
      assert.strictEqual(summary.usage.inputTokens, 20)
      const [call, answer] = yield* llmSpans
      const { outputMessages, toolDefinitions, ...event } = llmOf(call)
      assert.deepInclude(event, {
        provider: "openai",
        operation: "chat",
        model: "gpt-4o",
        responseModel: "gpt-4o-2024-08-06",
        responseId: "c-1",
        temperature: 0.5,
        inputMessages: [Message.user("Hi")],
        finishReasons: ["tool_calls"],
        usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, reasoningTokens: 2 }
      })
      assert.deepStrictEqual(toolDefinitions?.map(({ name }) => name), ["weather"])
      assert.deepStrictEqual(outputMessages?.flatMap(({ parts }) => parts), [
        Message.toolCall({ id: "call_1", name: "weather", arguments: { city: "Bonn" } })
      ])
      assert.deepStrictEqual(llmOf(answer).outputMessages?.map(Message.toText), ["It rains"])
      assert.deepStrictEqual((yield* toolSpans).map(toolOf), [{
        name: "weather",
        callId: "call_1",
        type: "function",
        description: "The weather",
        parameters: { city: "Bonn" },
        result: { rain: true }
      }])
      const [run] = yield* named("agent.run")
      assert.strictEqual(run!.attributes["gen_ai.agent.name"], "Forecaster")
      assert.notProperty(run!.attributes, "code.file.path")
      assert.deepStrictEqual(yield* tree, inSession(toolRun))
    }).pipe(Effect.provide(TestLive)))

  it.effect("records a model that fails before its first chunk, and a tool that fails", () =>
    Effect.gen(function*() {
      const errorInfo = { message: "no", name: "AI_APICallError" }
      const error = yield* Effect.flip(Mastra.run(async () => {
        await start(agent)
        await start(tool)
        await end(tool, { errorInfo: { message: "no such city", name: "RangeError" } })
        await start(generation)
        await end(generation, { errorInfo })
        await end(agent, { errorInfo })
        throw Object.assign(new Error("no"), { statusCode: 400, data: { error: { code: "bad_request" } } })
      }))
      assert.strictEqual(error._tag, "MastraError")
      assert.strictEqual(error.code, "bad_request")
      const [call, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(call).model, "gpt-4o")
      assert.strictEqual(call!.attributes["error.type"], "bad_request")
      assert.strictEqual((yield* toolSpans)[0]!.attributes["error.type"], "RangeError")
    }).pipe(Effect.provide(TestLive)))

  it.live("that is interrupted aborts without a failure", () =>
    Effect.gen(function*() {
      let aborted = false
      const fiber = yield* Effect.forkChild(Mastra.run((signal) => {
        signal.addEventListener("abort", () => aborted = true)
        return start(agent).then(() => new Promise(() => {}))
      }))
      yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(fiber)
      assert.isTrue(aborted)
      const [run] = yield* named("agent.run")
      assert.strictEqual(run!.status.code, "unset")
    }).pipe(Effect.provide(TestLive)))

  it.effect("ignores runs outside of it", () =>
    Effect.gen(function*() {
      yield* Effect.promise(generate)
      assert.deepStrictEqual(yield* llmSpans, [])
    }).pipe(Effect.provide(TestLive)))
})
