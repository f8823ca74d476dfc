/**
 * Content that a program excludes with `null` stays excluded, whatever inner tracing records the same call.
 * `support/providers/conformance` tests the SDKs with a table of methods.
 */
import Anthropic from "@anthropic-ai/sdk"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { ChatOpenAI } from "@langchain/openai"
import { Client } from "@modelcontextprotocol/client"
import { InMemoryTransport, McpServer } from "@modelcontextprotocol/server"
import { Agent, run, setDefaultModelProvider, setTraceProcessors, setTracingDisabled, tool } from "@openai/agents-core"
import { OpenAIChatCompletionsModel, OpenAIProvider } from "@openai/agents-openai"
import { generateText, simulateReadableStream, streamText } from "ai"
import { MockLanguageModelV4 } from "ai/test"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import OpenAI from "openai"
import { z } from "zod"
import * as Ai from "../../src/integrations/ai/Ai.ts"
import * as AnthropicSdk from "../../src/integrations/anthropic/Anthropic.ts"
import * as ClaudeAgent from "../../src/integrations/claude-agent/ClaudeAgent.ts"
import * as LangChain from "../../src/integrations/langchain/LangChain.ts"
import * as Mastra from "../../src/integrations/mastra/Mastra.ts"
import * as Mcp from "../../src/integrations/mcp/Mcp.ts"
import * as OpenAiAgents from "../../src/integrations/openai-agents/OpenAiAgents.ts"
import * as OpenAi from "../../src/integrations/openai/OpenAi.ts"
import * as VercelAi from "../../src/integrations/vercel-ai/VercelAi.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceLlmStreamWith } from "../../src/trace/LlmStream.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import type { Answer } from "../support/llm/replayServer.ts"
import { replayServer } from "../support/llm/replayServer.ts"
import { llmSpans, spans, TestLive, toolSpans } from "../support/llm/traced.ts"

beforeAll(() => {
  setTracingDisabled(false)
  setTraceProcessors([OpenAiAgents.processor])
})

const asked = "what the customer asked"
const said = "what the model said"
const messages = [{ role: "user" as const, content: asked }]

const events = (all: ReadonlyArray<object>): Answer => ({
  headers: { "content-type": "text/event-stream" },
  pieces: all.map((one) => `event: ${(one as { readonly type?: string }).type}\ndata: ${JSON.stringify(one)}\n\n`)
})

const completion: Answer = {
  body: {
    id: "c",
    object: "chat.completion",
    model: "gpt-4o",
    choices: [{ index: 0, message: { role: "assistant", content: said }, finish_reason: "stop" }],
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }
  }
}

const asksTool: Answer = {
  body: {
    id: "b",
    object: "chat.completion",
    model: "gpt-4o",
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        content: null,
        tool_calls: [{
          id: "t",
          type: "function",
          function: { name: "search", arguments: JSON.stringify({ question: asked }) }
        }]
      },
      finish_reason: "tool_calls"
    }],
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }
  }
}

const chunks = events([
  { id: "c", object: "chat.completion.chunk", model: "gpt-4o", choices: [{ index: 0, delta: { content: said } }] },
  {
    id: "c",
    object: "chat.completion.chunk",
    model: "gpt-4o",
    choices: [{ index: 0, delta: {}, finish_reason: "stop" }]
  }
])

const response: Answer = {
  body: {
    id: "r",
    object: "response",
    model: "gpt-4o",
    status: "completed",
    instructions: asked,
    output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: said }] }],
    usage: { input_tokens: 5, output_tokens: 2 }
  }
}

const message = {
  id: "m",
  type: "message",
  role: "assistant",
  model: "claude",
  usage: { input_tokens: 1, output_tokens: 1 }
}

const openai = (answers: ReadonlyArray<Answer>) =>
  Effect.map(
    replayServer(answers),
    ({ url }) => OpenAi.wrap(new OpenAI({ apiKey: "test", baseURL: `${url}/v1`, maxRetries: 0 }))
  )

const anthropic = (answers: ReadonlyArray<Answer>) =>
  Effect.map(
    replayServer(answers),
    ({ url }) => AnthropicSdk.wrap(new Anthropic({ apiKey: "test", baseURL: url, maxRetries: 0 }))
  )

const usage = {
  inputTokens: { total: 3, noCache: 3, uncached: 3, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 2, text: 2, reasoning: undefined }
}

const ofEffect = Ai.layer.pipe(Layer.provideMerge(Layer.effect(
  LanguageModel.LanguageModel,
  LanguageModel.make({
    generateText: () =>
      Effect.succeed([
        { type: "text", text: said },
        { type: "finish", reason: "stop", usage, response: undefined }
      ]),
    streamText: () =>
      Stream.make<ReadonlyArray<never>>(
        { type: "text-start", id: "1" } as never,
        { type: "text-delta", id: "1", delta: said } as never,
        { type: "text-end", id: "1" } as never,
        { type: "finish", reason: "stop", usage, response: undefined } as never
      )
  })
)))

const vercel = new MockLanguageModelV4({
  provider: "openai.chat",
  modelId: "m",
  doGenerate: () =>
    Promise.resolve({
      content: [{ type: "text", text: said }],
      finishReason: { unified: "stop", raw: "stop" },
      usage,
      warnings: []
    }) as never,
  doStream: () =>
    Promise.resolve({
      stream: simulateReadableStream({
        chunkDelayInMs: null,
        initialDelayInMs: null,
        chunks: [
          { type: "stream-start", warnings: [] },
          { type: "text-start", id: "1" },
          { type: "text-delta", id: "1", delta: said },
          { type: "text-end", id: "1" },
          { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage }
        ]
      })
    }) as never
})

const request = { model: "gpt-4o", messages }
const claude = { model: "claude", max_tokens: 9, messages }

/** Calls whose value does not matter, because an agent around them would record it. */
const calls: Record<string, Effect.Effect<unknown, unknown, Scope.Scope>> = {
  "OpenAI's chat": Effect.flatMap(openai([completion]), (client) => client.chat.completions.create(request)),
  "OpenAI's chat, streamed": Effect.flatMap(
    openai([chunks]),
    (client) => Stream.runDrain(client.chat.completions.stream(request))
  ),
  "OpenAI's responses": Effect.flatMap(
    openai([response]),
    (client) => client.responses.create({ model: "gpt-4o", instructions: asked, input: asked })
  ),
  "a client of OpenAI's that is lent": Effect.flatMap(
    openai([completion]),
    (client) => client.use((lent) => lent.chat.completions.create(request))
  ),
  "Anthropic's messages": Effect.flatMap(
    anthropic([{ body: { ...message, content: [{ type: "text", text: said }], stop_reason: "end_turn" } }]),
    (client) => client.messages.create(claude)
  ),
  "Anthropic's messages, streamed": Effect.flatMap(
    anthropic([events([
      { type: "message_start", message: { ...message, content: [], stop_reason: null } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: said } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
      { type: "message_stop" }
    ])]),
    (client) => Stream.runDrain(client.messages.stream(claude))
  ),
  "effect/ai": LanguageModel.generateText({ prompt: asked }).pipe(Effect.provide(ofEffect)),
  "effect/ai, streamed": Stream.runDrain(LanguageModel.streamText({ prompt: asked })).pipe(Effect.provide(ofEffect)),
  "Vercel's AI SDK": Effect.flatMap(
    VercelAi.telemetry,
    (telemetry) => Effect.promise(() => generateText({ model: vercel, prompt: asked, telemetry }))
  ),
  "Vercel's AI SDK, streamed": Effect.flatMap(VercelAi.telemetry, (telemetry) =>
    Effect.promise(async () => {
      for await (const _ of streamText({ model: vercel, prompt: asked, telemetry }).textStream) void _
    })),
  LangChain: Effect.gen(function*() {
    const { url } = yield* replayServer([completion])
    const model = new ChatOpenAI({
      model: "gpt-4o",
      apiKey: "test",
      maxRetries: 0,
      configuration: { baseURL: `${url}/v1` }
    })
    const handler = yield* LangChain.handler
    yield* Effect.promise(() => model.invoke(asked, { callbacks: [handler] }))
  })
}

const openAiRun = Effect.flatMap(replayServer([asksTool, completion]), ({ url }) => {
  // Older versions ask for a provider, even where each agent has its model.
  setDefaultModelProvider(new OpenAIProvider({ apiKey: "test" }))
  const agent = new Agent({
    name: "a",
    instructions: asked,
    model: new OpenAIChatCompletionsModel(
      new OpenAI({ apiKey: "test", baseURL: `${url}/v1`, maxRetries: 0 }),
      "gpt-4o"
    ),
    tools: [tool({
      name: "search",
      description: "Searches",
      parameters: z.object({ question: z.string() }),
      execute: () => Promise.resolve(said)
    })]
  })
  return OpenAiAgents.run((signal) => run(agent, asked, { signal }))
})

type Hook = (input: object, toolUseId: string | undefined, options: object) => Promise<object>

interface ClaudeParams {
  readonly prompt: string
  readonly options?: {
    readonly hooks?: Readonly<Record<string, ReadonlyArray<{ readonly hooks: ReadonlyArray<Hook> }>>>
  }
}

const claudeRun = Stream.runDrain(ClaudeAgent.query(
  async function*({ options }: ClaudeParams) {
    const used = async (hook: string, tool: object) => {
      for (const { hooks } of options?.hooks?.[hook] ?? []) {
        for (const one of hooks) await one({ hook_event_name: hook, ...tool }, undefined, {})
      }
    }
    const answer = (id: string, parent: string | null, content: ReadonlyArray<object>) => ({
      type: "assistant",
      parent_tool_use_id: parent,
      message: { ...message, id, content, stop_reason: "end_turn" }
    })
    const result = (id: string, parent: string | null) => ({
      type: "user",
      parent_tool_use_id: parent,
      message: { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: said }] }
    })
    yield { type: "system", subtype: "init", session_id: "c", model: "claude", tools: ["Task"] }
    // A sub-agent, which has a tool of its own.
    yield answer("m1", null, [{ type: "tool_use", id: "t1", name: "Task", input: { prompt: asked } }])
    const task = { tool_name: "Task", tool_use_id: "t1", tool_input: { prompt: asked } }
    await used("PreToolUse", task)
    yield answer("m2", "t1", [{ type: "tool_use", id: "t2", name: "Bash", input: { command: asked } }])
    yield result("t2", "t1")
    yield answer("m3", "t1", [{ type: "text", text: said }])
    await used("PostToolUse", { ...task, tool_response: said })
    yield result("t1", null)
    yield answer("m4", null, [{ type: "text", text: said }])
    yield { type: "result", subtype: "success", is_error: false, result: said }
  },
  { prompt: asked }
))

const mastraRun = Mastra.run(async () => {
  const agent = { id: "a", type: "agent_run", name: "agent run", entityId: "a", entityName: "a", input: asked }
  const sub = { ...agent, id: "b", parentSpanId: "t" }
  const generation = (id: string, parentSpanId: string) => ({
    id,
    parentSpanId,
    type: "model_generation",
    name: "llm",
    attributes: { model: "gpt-4o", provider: "openai.chat" },
    input: { messages: [{ role: "user", content: asked }] },
    output: { text: said }
  })
  const search = { id: "t", parentSpanId: "a", type: "tool_call", name: "tool", entityName: "t", input: { asked } }
  const tell = (type: string, exportedSpan: object) =>
    Mastra.exporter.exportTracingEvent({ type, exportedSpan } as never)
  await tell("span_started", agent)
  await tell("span_started", generation("g", "a"))
  await tell("span_ended", generation("g", "a"))
  await tell("span_started", search)
  await tell("span_started", sub)
  await tell("span_started", generation("h", "b"))
  await tell("span_ended", generation("h", "b"))
  await tell("span_ended", { ...sub, output: { text: said } })
  await tell("span_ended", { ...search, output: said })
  await tell("span_ended", { ...agent, output: { text: said } })
})

/** Frameworks, whose runs are events of their own, some of them inside of others. */
const runs: Record<string, Effect.Effect<unknown, unknown, Scope.Scope>> = {
  "OpenAI's agents": openAiRun,
  "the Claude Agent SDK": claudeRun,
  Mastra: mastraRun
}

const told = Effect.map(
  spans,
  (all) => JSON.stringify(all.map(({ attributes, events }) => [attributes, events.map((one) => one.attributes)]))
)

describe("content that a program excludes stays excluded", () => {
  it.effect.each(Object.entries(calls))("around %s", ([, call]) =>
    Effect.gen(function*() {
      for (const outputMessages of [null, () => null]) {
        yield* call.pipe(
          traceLlmWith({ inputMessages: null, systemInstructions: null, outputMessages }),
          traceAgent("a", { output: null }),
          Session.withSession({ name: "s" })
        )
      }
      assert.lengthOf(yield* llmSpans, 2)
      const text = yield* told
      assert.notInclude(text, asked)
      assert.notInclude(text, said)
      assert.include(text, "gen_ai.response.finish_reasons", "and what is no content is told")
    }).pipe(Effect.provide(TestLive)))

  it.live.each(Object.entries(runs))(
    "around a run of %s, with all that it tells of its own",
    ([, run]) =>
      Effect.gen(function*() {
        yield* run.pipe(Session.withSession({ name: "s" }))
        const before = yield* told
        assert.include(before, asked)
        assert.include(before, said)
        const count = (yield* spans).length
        yield* run.pipe(
          traceLlmWith({ inputMessages: null, systemInstructions: null, outputMessages: null }),
          Session.withSession({ name: "t" })
        )
        const all = (yield* spans).slice(count)
        const text = JSON.stringify(
          all.map(({ attributes, events }) => [attributes, events.map((one) => one.attributes)])
        )
        assert.notInclude(text, asked)
        assert.notInclude(text, said)
        assert.includeMembers(all.map(({ name }) => name), ["agent.run", "agent.tool", "llm.completion"])
      }).pipe(Effect.provide(TestLive))
  )

  it.effect("and what the program traces itself in such a call is told as it says", () =>
    Effect.gen(function*() {
      yield* Effect.succeed(said).pipe(
        traceTool("search", { parameters: asked }),
        traceLlmWith({ inputMessages: null, outputMessages: null }),
        Session.withSession({ name: "s" })
      )
      assert.include(yield* told, asked)
      assert.include(yield* told, said)
    }).pipe(Effect.provide(TestLive)))

  it.effect("around an SDK's stream that is traced as one", () =>
    Effect.gen(function*() {
      const client = yield* openai([chunks])
      const streams: ReadonlyArray<Stream.Stream<unknown, unknown>> = [
        client.chat.completions.stream(request),
        Stream.provide(LanguageModel.streamText({ prompt: asked }), ofEffect)
      ]
      for (const stream of streams) {
        yield* stream.pipe(
          traceLlmStreamWith({ inputMessages: null, systemInstructions: null, outputMessages: null }),
          Stream.runDrain,
          traceAgent("a", { output: null }),
          Session.withSession({ name: "s" })
        )
      }
      assert.lengthOf(yield* llmSpans, 2)
      assert.notInclude(yield* told, asked)
      assert.notInclude(yield* told, said)
    }).pipe(Effect.provide(TestLive)))

  it.effect("around an MCP tool", () =>
    Effect.gen(function*() {
      const info = { name: "t", version: "1.0.0" }
      const server = new McpServer(info)
      server.registerTool("ask", { inputSchema: z.object({ question: z.string() }) }, () => ({
        content: [{ type: "text", text: said }]
      }))
      const client = new Client(info)
      const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
      yield* Effect.promise(() => Promise.all([server.connect(serverSide), client.connect(clientSide)]))
      yield* Mcp.callTool(client, { name: "ask", arguments: { question: asked } }).pipe(
        traceTool("ask", { parameters: null, result: null }),
        traceAgent("a", { input: null, output: null }),
        Session.withSession({ name: "s" })
      )
      yield* Effect.promise(() => Promise.all([client.close(), server.close()]))
      assert.lengthOf(yield* toolSpans, 1)
      assert.notInclude(yield* told, asked)
      assert.notInclude(yield* told, said)
    }).pipe(Effect.provide(TestLive)))
})
