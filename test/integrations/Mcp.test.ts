import { assert, describe, it } from "@effect/vitest"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { z } from "zod"
import * as Mcp from "../../src/integrations/mcp/Mcp.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { TestLive, toolOf, toolSpans, tree } from "../support/llm/traced.ts"

/** A real client and a real server of the SDK, joined in memory. */
const connected = Effect.acquireRelease(
  Effect.promise(async () => {
    const metas: Array<unknown> = []
    let cancelled = false
    const server = new McpServer({ name: "weather", version: "1.0.0" })
    server.registerTool("weather", { inputSchema: { city: z.string() } }, ({ city }, extra) => {
      metas.push(extra._meta)
      if (city === "Atlantis") return { isError: true, content: [{ type: "text", text: "no such city" }] }
      if (city === "Limbo") {
        extra.signal.addEventListener("abort", () => cancelled = true)
        return new Promise(() => {})
      }
      return { content: [{ type: "text", text: `rain in ${city}` }] }
    })
    const client = new Client({ name: "agent", version: "1.0.0" })
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    await Promise.all([server.connect(serverSide), client.connect(clientSide)])
    return { client, server, metas, isCancelled: () => cancelled }
  }),
  ({ client, server }) => Effect.promise(() => Promise.all([client.close(), server.close()]))
)

const weather = (city: string) => ({ name: "weather", arguments: { city } })

describe("callTool", () => {
  it.effect("is a tool event of the session", () =>
    Effect.gen(function*() {
      const { client, metas } = yield* connected
      const [summary, result] = yield* Mcp.callTool(client, weather("Bonn")).pipe(Session.withSummary({ name: "s" }))
      const content = [{ type: "text", text: "rain in Bonn" }]
      assert.deepStrictEqual(result.content, content as never)
      assert.strictEqual(summary.toolCalls, 1)
      const [span] = yield* toolSpans
      assert.strictEqual(span!.attributes["mcp.method.name"], "tools/call")
      assert.deepStrictEqual(toolOf(span), {
        name: "weather",
        type: "extension",
        parameters: { city: "Bonn" },
        result: content
      })
      assert.deepStrictEqual(metas, [undefined])
    }).pipe(Effect.provide(TestLive)))

  it.effect("tells a server of one's own of the trace", () =>
    Effect.gen(function*() {
      const { client, metas } = yield* connected
      yield* Mcp.callTool(client, weather("Bonn"), { propagate: true })
      const [span] = yield* toolSpans
      assert.include((metas[0] as { readonly traceparent: string }).traceparent, span!.traceId)
    }).pipe(Effect.provide(TestLive)))

  it.effect("shows a tool that answers with an error", () =>
    Effect.gen(function*() {
      const { client } = yield* connected
      const result = yield* Mcp.callTool(client, weather("Atlantis"))
      assert.isTrue(result.isError)
      const [span] = yield* toolSpans
      assert.strictEqual(span!.status.code, "error")
      assert.strictEqual(span!.attributes["error.type"], "tool_error")
    }).pipe(Effect.provide(TestLive)))

  it.live("that is interrupted cancels the request", () =>
    Effect.gen(function*() {
      const { client, isCancelled, metas } = yield* connected
      const fiber = yield* Effect.forkChild(Mcp.callTool(client, weather("Limbo")))
      while (metas.length === 0) yield* Effect.sleep("1 millis")
      yield* Fiber.interrupt(fiber)
      yield* Effect.sleep("5 millis")
      assert.isTrue(isCancelled())
      const [span] = yield* toolSpans
      assert.strictEqual(span!.attributes["effect.fiber.interrupted"], true)
    }).pipe(Effect.provide(TestLive)))

  it.effect("of a closed connection fails with the SDK's code", () =>
    Effect.gen(function*() {
      const { client } = yield* connected
      yield* Effect.promise(() => client.close())
      const error = yield* Effect.flip(Mcp.callTool(client, weather("Bonn")))
      assert.strictEqual(error._tag, "McpError")
      const [span] = yield* toolSpans
      assert.strictEqual(span!.attributes["error.type"], error.code)
    }).pipe(Effect.provide(TestLive)))

  it.effect("inside of a traced tool of that name is that tool", () =>
    Effect.gen(function*() {
      const { client } = yield* connected
      yield* Mcp.callTool(client, weather("Bonn")).pipe(traceTool("weather"))
      assert.deepStrictEqual(yield* tree, ["agent.tool", "  tool.execution"])
    }).pipe(Effect.provide(TestLive)))
})
