import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema, Stream } from "effect"
import { LanguageModel, McpClient, McpProtocol, McpServer, Tool, Toolkit } from "effect/ai"
import { FetchHttpClient, HttpRouter, HttpServer } from "effect/http"
import { createServer } from "node:http"
import * as Ai from "../../src/integrations/ai/Ai.ts"
import { llmSpans, TestLive, toolOf, toolSpans } from "../support/llm/traced.ts"

const protocol = McpProtocol.v2025_11_25

const tools = Toolkit.make(
  Tool.make("greet", { parameters: Schema.Struct({ name: Schema.String }), success: Schema.String })
)
const ToolsLive = tools.toLayer({ greet: ({ name }) => Effect.succeed(`hello ${name}`) })

const ServerLive = McpServer.layerHttp({
  name: "greeter",
  version: "1",
  path: "/mcp",
  protocols: [protocol],
  registrations: McpServer.toolkit(tools).pipe(Layer.provide(Ai.layer.pipe(Layer.provideMerge(ToolsLive))))
})

const ModelLive = Layer.effect(
  LanguageModel.LanguageModel,
  LanguageModel.make({
    generateText: () => Effect.succeed([{ type: "tool-call", id: "call_1", name: "greet", params: { name: "Ada" } }]),
    streamText: () => Stream.empty
  })
)

describe("MCP", () => {
  it.live("tools are events on the client and on the server", () =>
    Effect.gen(function*() {
      yield* HttpRouter.serve(ServerLive, { disableListenLog: true, disableLogger: true }).pipe(Layer.build)
      const { address } = yield* HttpServer.HttpServer
      const port = address._tag === "InetAddressV4" ? address.port : 0
      yield* Effect.gen(function*() {
        const client = yield* McpClient.make({ name: "agent", version: "1" })
        const toolkit = yield* McpClient.toolkit(client)
        yield* LanguageModel.generateText({ prompt: "Greet Ada", toolkit })
      }).pipe(
        Effect.scoped,
        Effect.provide(Layer.effect(
          McpClient.Transport,
          McpClient.http({ url: `http://127.0.0.1:${port}/mcp`, protocol })
        )),
        Effect.provide(Ai.layer.pipe(Layer.provideMerge(ModelLive)))
      )
      const [server, client, ...more] = yield* toolSpans
      assert.deepStrictEqual(more, [])
      const [call] = yield* llmSpans
      assert.strictEqual(client!.parentSpanId, call!.spanId)
      assert.strictEqual(toolOf(client).callId, "call_1")
      for (const span of [server, client]) {
        assert.strictEqual(toolOf(span).name, "greet")
        assert.deepStrictEqual(toolOf(span).parameters, { name: "Ada" })
        assert.strictEqual(toolOf(span).result, "hello Ada")
      }
    }).pipe(
      Effect.provide([NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 }), FetchHttpClient.layer]),
      Effect.scoped,
      Effect.provide(TestLive)
    ))
})
