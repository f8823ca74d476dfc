/**
 * The values that frameworks receive, checked with their own types.
 */
import type { RunnableConfig } from "@langchain/core/runnables"
import type { Client as McpClient2 } from "@modelcontextprotocol/client"
import type { Client as McpClient1 } from "@modelcontextprotocol/sdk/client/index.js"
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js"
import type { TracingProcessor } from "@openai/agents-core"
import type { CallSettings, Telemetry } from "ai"
import { Effect } from "effect"
import type { Scope, Stream } from "effect"
import * as ClaudeAgent from "effect-agentops/claude-agent"
import * as LangChain from "effect-agentops/langchain"
import * as Mastra from "effect-agentops/mastra"
import * as Mcp from "effect-agentops/mcp"
import * as OpenAiAgents from "effect-agentops/openai-agents"
import * as VercelAi from "effect-agentops/vercel-ai"
import { describe, expect, it } from "tstyche"

describe("OpenAiAgents", () => {
  it("has a processor of the framework's type, and returns the run's result", () => {
    expect(OpenAiAgents.processor).type.toBeAssignableTo<TracingProcessor>()
    expect(OpenAiAgents.run((_signal: AbortSignal) => Promise.resolve("Hi"))).type.toBe<
      Effect.Effect<string, OpenAiAgents.OpenAiAgentsError>
    >()
    expect(OpenAiAgents.run).type.not.toBeCallableWith(Promise.resolve("Hi"))
  })
})

describe("LangChain.handler", () => {
  it("is a callback of the framework's type, and needs a scope", () => {
    expect(LangChain.handler).type.toBe<Effect.Effect<LangChain.Handler, never, Scope.Scope>>()
    expect<{ readonly callbacks: [LangChain.Handler] }>().type.toBeAssignableTo<
      { readonly callbacks: NonNullable<RunnableConfig["callbacks"]> }
    >()
  })
})

describe("VercelAi.telemetry", () => {
  it("is the SDK's option, and needs a scope", () => {
    expect(VercelAi.telemetry).type.toBe<Effect.Effect<VercelAi.TelemetryOption, never, Scope.Scope>>()
    expect<VercelAi.TelemetryOption>().type.toBeAssignableTo<{ readonly integrations: Array<Telemetry> }>()
    expect<VercelAi.TelemetryOption>().type.not.toBeAssignableTo<Required<CallSettings>>()
  })
})

describe("ClaudeAgent.query", () => {
  interface Message {
    readonly type: "assistant" | "result"
  }
  const query = (_: { readonly prompt: string; readonly options?: { readonly model?: string } }) =>
    ({}) as AsyncIterable<Message>

  it("accepts the parameters of the SDK's function, and returns its messages", () => {
    expect(ClaudeAgent.query(query, { prompt: "Hi" })).type.toBe<
      Stream.Stream<Message, ClaudeAgent.ClaudeAgentError>
    >()
    expect(ClaudeAgent.query).type.not.toBeCallableWith(query, { prompt: 1 })
    expect(ClaudeAgent.query).type.not.toBeCallableWith(() => Promise.resolve("Hi"), {})
  })
})

describe("Mastra", () => {
  it("has an exporter, and returns the run's result", () => {
    expect(Mastra.exporter).type.toBe<Mastra.Exporter>()
    expect(Mastra.run(() => Promise.resolve({ text: "Hi" }))).type.toBe<
      Effect.Effect<{ text: string }, Mastra.MastraError>
    >()
    expect(Mastra.run).type.not.toBeCallableWith(() => "Hi")
  })
})

describe("Mcp", () => {
  it("calls tools of either SDK's client", () => {
    expect(Mcp.callTool({} as McpClient1, { name: "search" })).type.toBeAssignableTo<
      Effect.Effect<{ content: CallToolResult["content"] }, Mcp.McpError>
    >()
    expect(Mcp.callTool({} as McpClient2, { name: "search", arguments: { query: "x" } })).type.toBeAssignableTo<
      Effect.Effect<{ content: ReadonlyArray<{ type: string }> }, Mcp.McpError>
    >()
    expect(Mcp.callTool).type.not.toBeCallableWith({} as McpClient2, {})
    expect(Mcp.callTool).type.not.toBeCallableWith({} as McpClient2, { name: "search" }, { timeout: "1s" })
    expect(Mcp.callTool).type.not.toBeCallableWith({}, { name: "search" })
  })

  it("makes a handler of promises, and keeps the effect's requirements", () => {
    const run = (args: { readonly city: string }) =>
      Effect.as(Effect.scope, { content: [{ type: "text" as const, text: args.city }] })
    expect(Mcp.handler("weather", run)).type.toBe<
      Effect.Effect<
        (
          args: { readonly city: string },
          extra?: unknown
        ) => Promise<{ content: Array<{ type: "text"; text: string }> }>,
        never,
        Scope.Scope
      >
    >()
    expect(Mcp.handler).type.not.toBeCallableWith("weather", run, { trust: "always" })
  })
})
