import { assert, describe, it } from "@effect/vitest"
import { Client as Client2, InMemoryTransport as InMemoryTransport2 } from "@modelcontextprotocol/client"
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js"
import { InMemoryTransport as InMemoryTransport1 } from "@modelcontextprotocol/sdk/inMemory.js"
import { McpServer as McpServer1 } from "@modelcontextprotocol/sdk/server/mcp.js"
import { McpServer as McpServer2 } from "@modelcontextprotocol/server"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { z } from "zod"
import * as Mcp from "../../src/integrations/mcp/Mcp.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { TestLive, toolOf, toolSpans, tree } from "../support/llm/traced.ts"

type Weather = (args: { readonly city: string }, extra: unknown) => Promise<{
  content: Array<{ type: "text"; text: string }>
  isError?: true
}>

interface Ends {
  readonly client: { readonly close: () => Promise<void> } & Mcp.Client
  readonly close: () => Promise<unknown>
}

const info = { name: "weather", version: "1.0.0" }

/** Real clients and servers of the SDKs, connected in memory. */
const sdks: ReadonlyArray<readonly [name: string, connect: (weather: Weather) => Promise<Ends>]> = [
  ["the SDK's version 1", async (weather) => {
    const server = new McpServer1(info)
    server.registerTool("weather", { inputSchema: { city: z.string() } }, weather)
    const client = new Client1(info)
    const [clientSide, serverSide] = InMemoryTransport1.createLinkedPair()
    await Promise.all([server.connect(serverSide), client.connect(clientSide)])
    return { client, close: () => Promise.all([client.close(), server.close()]) }
  }],
  ["the SDK's version 2", async (weather) => {
    const server = new McpServer2(info)
    server.registerTool("weather", { inputSchema: z.object({ city: z.string() }) }, weather)
    const client = new Client2(info)
    const [clientSide, serverSide] = InMemoryTransport2.createLinkedPair()
    await Promise.all([server.connect(serverSide), client.connect(clientSide)])
    return { client, close: () => Promise.all([client.close(), server.close()]) }
  }]
]

const ask = (city: string) => ({ name: "weather", arguments: { city } })

const rain = (city: string) => [{ type: "text" as const, text: `rain in ${city}` }]

describe.each(sdks)("with %s", (_, connect) => {
  const connectedTo = (weather: Weather) =>
    Effect.acquireRelease(Effect.promise(() => connect(weather)), ({ close }) => Effect.promise(close))

  const connected = Effect.gen(function*() {
    const metas: Array<Record<string, unknown> | undefined> = []
    let cancelled = false
    const { client } = yield* connectedTo(({ city }, extra) => {
      const { mcpReq, ...first } = extra as { readonly mcpReq?: typeof first; _meta?: never; signal: AbortSignal }
      const { _meta, signal } = mcpReq ?? first
      metas.push(_meta)
      if (city === "Atlantis") return Promise.resolve({ isError: true, content: [{ type: "text", text: "none" }] })
      if (city === "Limbo") {
        signal.addEventListener("abort", () => cancelled = true)
        return new Promise(() => {})
      }
      return Promise.resolve({ content: rain(city) })
    })
    return { client, metas, isCancelled: () => cancelled }
  })

  describe("callTool", () => {
    it.effect("is a tool event of the session", () =>
      Effect.gen(function*() {
        const { client, metas } = yield* connected
        const [summary, result] = yield* Mcp.callTool(client, ask("Bonn")).pipe(Session.withSummary({ name: "s" }))
        assert.deepNestedInclude(result, { content: rain("Bonn") })
        assert.strictEqual(summary.toolCalls, 1)
        const [span] = yield* toolSpans
        assert.strictEqual(span!.attributes["mcp.method.name"], "tools/call")
        assert.match(String(span!.attributes["code.file.path"]), /Mcp\.test\.ts$/)
        assert.deepStrictEqual(toolOf(span), {
          name: "weather",
          type: "extension",
          parameters: { city: "Bonn" },
          result: rain("Bonn")
        })
        assert.notProperty(metas[0] ?? {}, "traceparent")
      }).pipe(Effect.provide(TestLive)))

    it.effect("sends the trace to your own server", () =>
      Effect.gen(function*() {
        const { client, metas } = yield* connected
        yield* Mcp.callTool(client, ask("Bonn"), { propagate: true })
        const [span] = yield* toolSpans
        assert.include(String(metas[0]?.["traceparent"]), span!.traceId)
      }).pipe(Effect.provide(TestLive)))

    it.effect("records a tool result with an error", () =>
      Effect.gen(function*() {
        const { client } = yield* connected
        assert.deepNestedInclude(yield* Mcp.callTool(client, ask("Atlantis")), { isError: true })
        const [span] = yield* toolSpans
        assert.strictEqual(span!.status.code, "error")
        assert.strictEqual(span!.attributes["error.type"], "tool_error")
      }).pipe(Effect.provide(TestLive)))

    it.live("that is interrupted cancels the request", () =>
      Effect.gen(function*() {
        const { client, isCancelled, metas } = yield* connected
        const fiber = yield* Effect.forkChild(Mcp.callTool(client, ask("Limbo")))
        while (metas.length === 0) yield* Effect.sleep("1 millis")
        yield* Fiber.interrupt(fiber)
        while (!isCancelled()) yield* Effect.sleep("1 millis")
        const [span] = yield* toolSpans
        assert.strictEqual(span!.attributes["effect.fiber.interrupted"], true)
      }).pipe(Effect.provide(TestLive)))

    it.live("that times out fails with the SDK's code", () =>
      Effect.gen(function*() {
        const { client } = yield* connected
        const error = yield* Effect.flip(Mcp.callTool(client, ask("Limbo"), { timeout: 5 }))
        assert.match(error.message, /timed out/)
        const [span] = yield* toolSpans
        assert.strictEqual(span!.attributes["error.type"], error.code)
        assert.include(["-32001", "REQUEST_TIMEOUT"], error.code)
      }).pipe(Effect.provide(TestLive)))

    it.effect("of a closed connection fails with the SDK's code", () =>
      Effect.gen(function*() {
        const { client } = yield* connected
        yield* Effect.promise(() => client.close())
        const error = yield* Effect.flip(Mcp.callTool(client, ask("Bonn")))
        assert.strictEqual(error._tag, "McpError")
        const [span] = yield* toolSpans
        assert.strictEqual(span!.attributes["error.type"], error.code)
      }).pipe(Effect.provide(TestLive)))

    it.effect("inside of a traced tool of that name belongs to that tool", () =>
      Effect.gen(function*() {
        const { client } = yield* connected
        yield* Mcp.callTool(client, ask("Bonn")).pipe(traceTool("weather"))
        assert.deepStrictEqual(yield* tree, ["agent.tool", "  tool.execution"])
      }).pipe(Effect.provide(TestLive)))
  })

  describe("handler", () => {
    it.effect("is a tool event in the caller's session", () =>
      Effect.gen(function*() {
        const weather = yield* Mcp.handler("weather", ({ city }: { readonly city: string }) =>
          Effect.succeed({ content: rain(city) }).pipe(Effect.withSpan("look up")))
        const { client } = yield* connectedTo(weather)
        const result = yield* Mcp.callTool(client, ask("Bonn"), { propagate: true }).pipe(
          Session.withSession({ name: "s" })
        )
        assert.deepNestedInclude(result, { content: rain("Bonn") })
        const [served, called] = yield* toolSpans
        assert.strictEqual(served!.traceId, called!.traceId)
        assert.deepStrictEqual(toolOf(served), {
          name: "weather",
          type: "extension",
          parameters: { city: "Bonn" },
          result: rain("Bonn")
        })
        assert.deepStrictEqual(yield* tree, [
          "s",
          "  agent.tool",
          "    tool.execution",
          "      tools/call weather",
          "        agent.tool",
          "          tool.execution",
          "            look up"
        ])
      }).pipe(Effect.provide(TestLive)))

    it.effect("that fails returns an error result, and a request without a trace has its own", () =>
      Effect.gen(function*() {
        const weather = yield* Mcp.handler("weather", () => Effect.fail(new RangeError("no such city")))
        const { client } = yield* connectedTo(weather)
        const result = yield* Mcp.callTool(client, ask("Atlantis"))
        assert.deepNestedInclude(result, { isError: true })
        const [served, called] = yield* toolSpans
        assert.notStrictEqual(served!.traceId, called!.traceId)
        assert.strictEqual(served!.attributes["error.type"], "RangeError")
      }).pipe(Effect.provide(TestLive)))

    it.live("of a cancelled request is interrupted", () =>
      Effect.gen(function*() {
        const begun = yield* Deferred.make<void>()
        const weather = yield* Mcp.handler(
          "weather",
          () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
        )
        const { client } = yield* connectedTo(weather)
        const fiber = yield* Effect.forkChild(Mcp.callTool(client, ask("Limbo")))
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        while ((yield* toolSpans).length < 2) yield* Effect.sleep("1 millis")
        for (const span of yield* toolSpans) assert.strictEqual(span.status.code, "unset")
      }).pipe(Effect.provide(TestLive)))
  })
})

describe("any client with a callTool", () => {
  it.effect("gets the settings as its second argument", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const client = {
        callTool: (params: { readonly name: string }, options: { readonly signal: AbortSignal }) => {
          seen.push(params, options.signal.aborted)
          return Promise.resolve({ content: ["ok"] })
        }
      }
      const result = yield* Mcp.callTool(client, { name: "search" })
      assert.deepStrictEqual(result.content, ["ok"])
      assert.deepStrictEqual(seen, [{ name: "search" }, false])
      assert.deepStrictEqual((yield* toolSpans).map(toolOf), [{ name: "search", type: "extension", result: ["ok"] }])
    }).pipe(Effect.provide(TestLive)))
})

describe("the types", () => {
  it("fit either client", () => {
    const first = (client: Client1) =>
      Effect.map(Mcp.callTool(client, { name: "t" }), ({ content }) => content[0]?.type)
    const second = (client: Client2) =>
      Effect.map(Mcp.callTool(client, { name: "t" }), ({ content }) => content[0]?.type)
    assert.isFunction(first)
    assert.isFunction(second)
  })
})
