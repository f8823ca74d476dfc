/** A program finds a running viewer, and mistakes no other server for one. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import * as MemoryStore from "../../src/viewer/MemoryStore.ts"
import * as Server from "../../src/viewer/Server.ts"
import { TraceStore } from "../../src/viewer/TraceStore.ts"
import { server } from "../support/otlp/server.ts"

const program = Effect.succeed("red shoes").pipe(
  traceTool("search", { parameters: { query: "shoes" } }),
  Session.withSession({ name: "shopping" })
)

const traced = (url: string) => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
  return Effect.as(
    program.pipe(
      Effect.provide(Exporter.viewer({ url }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "shop" })))),
      Effect.provide(Logger.layer([logger]))
    ),
    lines
  )
}

describe("Exporter.viewer", () => {
  it.live("sends a program's spans, including those that ended before the viewer was found", () =>
    Effect.gen(function*() {
      const url = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
      const lines = yield* traced(url)
      const { rows } = yield* (yield* TraceStore).list({})
      assert.deepStrictEqual(rows.map(({ name, spans }) => [name, spans]), [["shopping", 3]])
      assert.deepStrictEqual(lines, [`effect-agentops: sessions are shown at ${url.replace("127.0.0.1", "localhost")}`])
    }).pipe(Effect.provide(Server.layer({ port: 0 }).pipe(Layer.provideMerge(MemoryStore.layer())))))

  const answers = [
    ["nothing in JSON", { status: 200, body: "ok" }],
    ["another product", { status: 200, body: { product: "something", role: "viewer" } }],
    ["an error", { status: 404, body: {} }]
  ] as const
  for (const [what, answer] of answers) {
    it.live(`sends nothing to a server that answers ${what}`, () =>
      Effect.gen(function*() {
        const { received, url } = yield* server(() => answer)
        assert.deepStrictEqual(yield* traced(url), [])
        assert.deepStrictEqual(received.map(({ path }) => path), ["/.well-known/effect-agentops"])
      }).pipe(Effect.scoped))
  }

  it.live("is silent without a viewer", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* traced("http://127.0.0.1:1"), [])
    }))
})
