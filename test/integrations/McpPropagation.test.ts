import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { AgentOps, Exporter, Session, traceTool } from "effect-agentops"
import * as McpPropagation from "effect-agentops/mcp-propagation"
import { McpClient, McpProtocol, McpServer, Tool, Toolkit } from "effect/ai"
import { FetchHttpClient, HttpClient, HttpRouter, HttpServer } from "effect/http"
import { createServer } from "node:http"

const MemoryLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))

const Greet = Tool.make("greet", { parameters: Schema.Struct({ name: Schema.String }), success: Schema.String })
const Tools = Toolkit.make(Greet)
const ToolsLive = Tools.toLayer({
  greet: ({ name }) => Effect.succeed(`hello ${name}`).pipe(traceTool("greet"))
})

const call = (
  protocol: typeof McpProtocol.v2026_07_28 | typeof McpProtocol.v2025_11_25,
  client: McpPropagation.ServerOptions | undefined,
  propagate = true
) =>
  Effect.gen(function*() {
    const middleware = McpPropagation.server(client)
    const ServerLive = McpServer.layerHttp({
      name: "greeter",
      version: "1",
      path: "/mcp",
      protocols: [protocol],
      registrations: McpServer.toolkit(Tools).pipe(Layer.provide(middleware.layer), Layer.provide(ToolsLive))
    })
    yield* HttpRouter.serve(ServerLive, { disableListenLog: true, disableLogger: true }).pipe(Layer.build)
    const { address } = yield* HttpServer.HttpServer
    const port = address._tag === "InetAddressV4" ? address.port : 0
    const transport = Layer.effect(
      McpClient.Transport,
      McpClient.http({ url: `http://127.0.0.1:${port}/mcp`, protocol })
    )
    const [summary, result] = yield* Effect.gen(function*() {
      const mcp = yield* McpClient.make({ name: "agent", version: "1" })
      const tools = yield* mcp.listTools()
      return yield* mcp.callTool({ tool: tools[0]!, arguments: { name: "Ada" } })
    }).pipe(
      Session.withSummary({ name: "agent", userId: "ada" }),
      Effect.scoped,
      Effect.provide(propagate ? McpPropagation.layerClient().pipe(Layer.provide(transport)) : transport)
    )
    assert.isNotTrue(result.isError)
    const spans = yield* (yield* Exporter.Memory).spans
    return { summary, tool: spans.find((span) => span.name === "agent.tool")!, spans }
  }).pipe(
    Effect.provide([
      NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 }),
      FetchHttpClient.layer,
      // So only the message itself carries the trace.
      Layer.succeed(HttpClient.TracerPropagationEnabled, false)
    ]),
    Effect.scoped,
    Effect.provide(MemoryLive)
  )

describe("McpPropagation", () => {
  for (const protocol of [McpProtocol.v2026_07_28, McpProtocol.v2025_11_25]) {
    it.live(`${protocol.protocolVersion}: a tool runs in the caller's session`, () =>
      Effect.gen(function*() {
        const { spans, summary, tool } = yield* call(protocol, { trust: "session" })
        assert.strictEqual(tool.traceId, summary.traceId)
        assert.strictEqual(tool.attributes["session.id"], summary.id)
        const part = spans.find((span) => span.spanId === tool.parentSpanId)!
        assert.strictEqual(part.name, "tools/call greet")
        assert.strictEqual(part.attributes["user.id"], "ada")
      }))
  }

  it.live("a server may ignore the trace", () =>
    Effect.gen(function*() {
      const { summary, tool } = yield* call(McpProtocol.v2026_07_28, { trust: "ignore" })
      assert.notStrictEqual(tool.traceId, summary.traceId)
    }))

  it.live("a client without the layer sends no trace", () =>
    Effect.gen(function*() {
      const { summary, tool } = yield* call(McpProtocol.v2026_07_28, undefined, false)
      assert.notStrictEqual(tool.traceId, summary.traceId)
    }))
})
