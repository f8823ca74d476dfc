import { assert, describe, it } from "@effect/vitest"
import { HumanMessage } from "@langchain/core/messages"
import { tool } from "@langchain/core/tools"
import { Annotation, END, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph"
import { ToolNode } from "@langchain/langgraph/prebuilt"
import { ChatOpenAI } from "@langchain/openai"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import OpenAI from "openai"
import { z } from "zod"
import * as LangChain from "../../src/integrations/langchain/LangChain.ts"
import * as OpenAi from "../../src/integrations/openai/OpenAi.ts"
import * as Message from "../../src/model/Message.ts"
import { traceLlm } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { majorOf } from "../support/installed.ts"
import type { Answer } from "../support/llm/replayServer.ts"
import { replayServer } from "../support/llm/replayServer.ts"
import { llmOf, llmSpans, named, TestLive, toolOf, toolSpans, tree } from "../support/llm/traced.ts"

const completion = (message: object, finish_reason = "stop"): Answer => ({
  body: {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "gpt-4o-2024-08-06",
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 2 }
    }
  }
})

const saying = completion({ content: "It rains" })

const asking = (city: string) =>
  completion({
    content: null,
    tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: JSON.stringify({ city }) } }]
  }, "tool_calls")

const usage = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, reasoningTokens: 2 }

const modelTo = (answers: ReadonlyArray<Answer>) =>
  Effect.map(replayServer(answers), (server) => ({
    server,
    model: new ChatOpenAI({
      model: "gpt-4o",
      temperature: 0.5,
      apiKey: "test",
      maxRetries: 0,
      configuration: { baseURL: `${server.url}/v1` }
    })
  }))

const weather = tool(({ city }: { readonly city: string }) => {
  if (city === "Atlantis") throw new RangeError("no such city")
  return `rain in ${city}`
}, { name: "weather", description: "The weather", schema: z.object({ city: z.string() }) })

const graphOf = (model: ChatOpenAI) => {
  const bound = model.bindTools([weather])
  return new StateGraph(MessagesAnnotation)
    .addNode("agent", async ({ messages }) => ({ messages: [await bound.invoke(messages)] }))
    .addNode("tools", new ToolNode([weather]))
    .addEdge(START, "agent")
    .addConditionalEdges("agent", ({ messages }) => {
      const last = messages.at(-1) as { readonly tool_calls?: ReadonlyArray<unknown> } | undefined
      return (last?.tool_calls ?? []).length > 0 ? "tools" : END
    })
    .addEdge("tools", "agent")
    .compile({ name: "forecaster" })
}

const traced = <A>(f: (callbacks: Array<LangChain.Handler>, signal: AbortSignal) => PromiseLike<A>) =>
  Effect.scoped(
    Effect.flatMap(LangChain.handler, (handler) =>
      Effect.tryPromise({ try: (signal) => f([handler], signal), catch: (cause) => cause }))
  )

describe("a model", () => {
  it.effect("is one event with the request and the response", () =>
    Effect.gen(function*() {
      const { model } = yield* modelTo([saying])
      const [summary] = yield* traced((callbacks) => model.invoke("Hi", { callbacks })).pipe(
        Session.withSummary({ name: "s" })
      )
      assert.strictEqual(summary.llmCalls, 1)
      const [span] = yield* llmSpans
      const { outputMessages, ...event } = llmOf(span)
      assert.deepInclude(event, {
        provider: "openai",
        operation: "chat",
        model: "gpt-4o",
        responseModel: "gpt-4o-2024-08-06",
        responseId: "chatcmpl-1",
        temperature: 0.5,
        inputMessages: [Message.user("Hi")],
        finishReasons: ["stop"],
        usage
      })
      assert.deepStrictEqual(outputMessages?.map(Message.toText), ["It rains"])
      assert.deepStrictEqual(yield* tree, ["s", "  llm.completion", "    llm.api.call"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("that streams has the time of its first chunk", () =>
    Effect.gen(function*() {
      const chunk = (delta: object, finish_reason: string | null) =>
        `data: ${
          JSON.stringify({
            id: "chatcmpl-1",
            object: "chat.completion.chunk",
            model: "gpt-4o",
            choices: [{ index: 0, delta, finish_reason }]
          })
        }\n\n`
      const { model } = yield* modelTo([{
        body: `${chunk({ role: "assistant", content: "It " }, null)}${
          chunk({ content: "rains" }, "stop")
        }data: [DONE]\n\n`
      }])
      yield* traced(async (callbacks) => {
        for await (const _ of await model.stream("Hi", { callbacks }));
      })
      const [span] = yield* llmSpans
      assert.deepStrictEqual(llmOf(span).outputMessages?.map(Message.toText), ["It rains"])
      assert.isNumber(llmOf(span).timeToFirstChunk)
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is rejected fails with the API's code", () =>
    Effect.gen(function*() {
      const { model } = yield* modelTo([{
        status: 429,
        body: { error: { message: "Slow down", type: "requests", code: "rate_limit_exceeded" } }
      }])
      yield* Effect.flip(traced((callbacks) => model.invoke("Hi", { callbacks })))
      const [span] = yield* llmSpans
      assert.strictEqual(span!.status.code, "error")
      assert.strictEqual(span!.attributes["error.type"], "rate_limit_exceeded")
    }).pipe(Effect.provide(TestLive)))

  it.live("that is interrupted aborts its request without a failure", () =>
    Effect.gen(function*() {
      const { model, server } = yield* modelTo([{
        pieces: ["{"],
        hang: true,
        headers: { "content-type": "application/json" }
      }])
      const fiber = yield* Effect.forkChild(traced((callbacks, signal) => model.invoke("Hi", { callbacks, signal })))
      while (server.seen.length === 0) yield* Effect.sleep("1 millis")
      yield* Fiber.interrupt(fiber)
      while (!server.seen[0]!.aborted) yield* Effect.sleep("1 millis")
      const [span] = yield* llmSpans
      assert.strictEqual(span!.status.code, "unset")
    }).pipe(Effect.provide(TestLive)))

  it.effect("inside of a traced call belongs to that call", () =>
    Effect.gen(function*() {
      const { model } = yield* modelTo([saying])
      const [summary] = yield* traced((callbacks) => model.invoke("Hi", { callbacks })).pipe(
        traceLlm,
        Session.withSummary({ name: "s" })
      )
      assert.strictEqual(summary.llmCalls, 1)
      assert.deepStrictEqual(yield* tree, ["s", "  llm.completion", "    llm.api.call"])
    }).pipe(Effect.provide(TestLive)))
})

describe("a graph", () => {
  it.effect("is an agent with its nodes, calls and tools", () =>
    Effect.gen(function*() {
      const { model } = yield* modelTo([asking("Bonn"), saying])
      const [summary] = yield* traced((callbacks) =>
        graphOf(model).invoke({ messages: [new HumanMessage("Hi")] }, { callbacks })
      ).pipe(Session.withSummary({ name: "s" }))
      assert.deepInclude(summary, { llmCalls: 2, toolCalls: 1, errors: 0 })
      const [first, second] = yield* llmSpans
      assert.deepStrictEqual(llmOf(first).toolDefinitions?.map(({ name }) => name), ["weather"])
      assert.deepStrictEqual(llmOf(first).outputMessages?.[0]?.parts, [
        Message.toolCall({ id: "call_1", name: "weather", arguments: { city: "Bonn" } })
      ])
      assert.deepStrictEqual(llmOf(second).inputMessages?.map(({ role }) => role), ["user", "assistant", "tool"])
      assert.deepStrictEqual((yield* toolSpans).map(toolOf), [{
        name: "weather",
        // Callbacks get it since version 1.
        ...(majorOf("@langchain/core") > 0 ? { callId: "call_1" } : {}),
        type: "function",
        parameters: { city: "Bonn" },
        result: "rain in Bonn"
      }])
      assert.deepStrictEqual(yield* tree, [
        "s",
        "  agent.run",
        "    agent.action",
        "      action.execution",
        "        llm.completion",
        "          llm.api.call",
        "    agent.action",
        "      action.execution",
        "        agent.tool",
        "          tool.execution",
        "    agent.action",
        "      action.execution",
        "        llm.completion",
        "          llm.api.call"
      ])
    }).pipe(Effect.provide(TestLive)))

  it.effect("records the error of a tool", () =>
    Effect.gen(function*() {
      const { model } = yield* modelTo([asking("Atlantis"), saying])
      yield* traced((callbacks) => graphOf(model).invoke({ messages: [new HumanMessage("Hi")] }, { callbacks }))
      const [span] = yield* toolSpans
      assert.strictEqual(span!.attributes["error.type"], "RangeError")
    }).pipe(Effect.provide(TestLive)))

  it.effect("that waits for a human has not failed", () =>
    Effect.gen(function*() {
      const State = Annotation.Root({ answer: Annotation<string>() })
      const graph = new StateGraph(State)
        .addNode("approve", () => ({ answer: interrupt("Really?") as string }))
        .addEdge(START, "approve")
        .compile({ checkpointer: new MemorySaver() })
      yield* traced((callbacks) => graph.invoke({ answer: "" }, { callbacks, configurable: { thread_id: "1" } }))
      for (const span of [...yield* named("agent.run"), ...yield* named("agent.action")]) {
        assert.strictEqual(span.status.code, "unset")
      }
    }).pipe(Effect.provide(TestLive)))

  it.effect("contains the calls of a traced client in a node", () =>
    Effect.gen(function*() {
      const server = yield* replayServer([saying])
      const client = new OpenAI({ apiKey: "test", baseURL: `${server.url}/v1`, maxRetries: 0 })
      const State = Annotation.Root({ answer: Annotation<string>() })
      yield* OpenAi.wrap(client).use((openai) => openai).pipe(
        Effect.flatMap((openai) => {
          const graph = new StateGraph(State)
            .addNode("ask", async () => {
              const messages = [{ role: "user" as const, content: "Hi" }]
              const { choices } = await openai.chat.completions.create({ model: "gpt-4o", messages })
              return { answer: choices[0]!.message.content! }
            })
            .addEdge(START, "ask")
            .compile()
          return traced((callbacks) => graph.invoke({ answer: "" }, { callbacks }))
        }),
        Session.withSession({ name: "s" })
      )
      assert.deepStrictEqual(yield* tree, [
        "s",
        "  agent.run",
        "    agent.action",
        "      action.execution",
        "        llm.completion",
        "          llm.api.call"
      ])
    }).pipe(Effect.provide(TestLive)))
})
