import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { AgentOps, Exporter, Propagation, Session, traceTool } from "effect-agentops"
import { Rpc, RpcGroup, RpcTest } from "effect/rpc"

const MemoryLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))

class Orders extends RpcGroup.make(Rpc.make("Reserve", { payload: { seat: Schema.String }, success: Schema.String })) {}

const OrdersLive = Orders.toLayer({
  Reserve: ({ seat }) =>
    Effect.map(Session.Session, (session) => `${seat} for ${session.id}`).pipe(
      traceTool("reserve"),
      Propagation.joinSession({ name: "orders" })
    )
})

describe("rpc", () => {
  it.effect("a handler joins the caller's session, because Effect's rpc sends the trace", () =>
    Effect.gen(function*() {
      const client = yield* RpcTest.makeClient(Orders)
      const [summary, answer] = yield* client.Reserve({ seat: "12A" }).pipe(Session.withSummary({ name: "front" }))
      assert.strictEqual(answer, `12A for ${summary.id}`)
      const spans = yield* (yield* Exporter.Memory).spans
      assert.deepStrictEqual([...new Set(spans.map((span) => span.traceId))], [summary.traceId])
      const byId = new Map(spans.map((span) => [span.spanId, span]))
      const path: Array<string> = []
      let span = spans.find((span) => span.name === "tool.execution")
      while (span !== undefined) {
        path.unshift(span.name)
        span = byId.get(span.parentSpanId ?? "")
      }
      assert.deepStrictEqual(path, [
        "front",
        "Reserve",
        "Reserve",
        "orders",
        "agent.tool",
        "tool.execution"
      ])
    }).pipe(Effect.provide(OrdersLive), Effect.scoped, Effect.provide(MemoryLive)))
})
