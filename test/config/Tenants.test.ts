/** Two programs with separate tracing, one inside of the other, and a runtime that is replaced. */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import * as AgentOps from "../../src/AgentOps.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Propagation from "../../src/trace/Propagation.ts"
import * as Sampler from "../../src/trace/Sampler.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { withOutput } from "../support/otlp/output.ts"

/** A tenant: its layer and its exported spans. */
const tenant = (serviceName: string, options?: AgentOps.Options) => {
  const spans: Array<SpanData> = []
  const exporter = Exporter.make({
    name: serviceName,
    export: (batch) => Effect.sync(() => spans.push(...batch))
  })
  const layer = Layer.fresh(exporter.pipe(Layer.provideMerge(AgentOps.layer({ serviceName, ...options }))))
  return { layer, spans, names: () => spans.map(({ name }) => name).toSorted() }
}

const call = Effect.succeed("hi").pipe(traceLlmWith({ model: "m", cost: 0.01 }))
const work = Effect.all([call, Effect.withSpan(Effect.void, "SELECT 1")]).pipe(traceAgent("worker"))
const workSpans = ["SELECT 1", "agent.run", "llm.api.call", "llm.completion"]

describe("two tenants, one inside of the other", () => {
  it.live("have separate traces, and each session counts its own totals", () =>
    Effect.gen(function*() {
      const outer = tenant("outer")
      const inner = tenant("inner")
      const [summary] = yield* work.pipe(
        Session.withSession({ name: "inside" }),
        Effect.provide(inner.layer),
        Effect.andThen(Effect.void.pipe(traceTool("own"))),
        Session.withSummary({ name: "around" }),
        Effect.provide(outer.layer)
      )
      assert.deepStrictEqual(outer.names(), ["agent.tool", "around", "tool.execution"])
      assert.deepStrictEqual(inner.names(), [...workSpans, "inside"].toSorted())
      assert.deepStrictEqual([summary.llmCalls, summary.toolCalls, summary.costNanos], [0, 1, 0])
      const known = new Set(inner.spans.map(({ spanId }) => spanId))
      const outside = outer.spans.map(({ traceId }) => traceId)
      for (const { links, name, parentSpanId, traceId } of inner.spans) {
        assert.isTrue(parentSpanId === undefined || known.has(parentSpanId), name)
        assert.notInclude(outside, traceId)
        assert.deepStrictEqual(links, [])
      }
    }))

  const ways: ReadonlyArray<readonly [string, <A>(self: Effect.Effect<A>) => Effect.Effect<A>]> = [
    ["in its session", (self) => Session.withSession(self, { name: "around" })],
    ["in an agent of its session", (self) => self.pipe(traceAgent("a"), Session.withSession({ name: "around" }))],
    ["in a span of its own", (self) => Effect.withSpan(self, "GET /")],
    [
      "in a session that is a service",
      (self) =>
        Effect.scoped(
          Effect.flatMap(Session.make({ name: "around" }), (session) =>
            Effect.provideService(self, Session.Session, session))
        )
    ]
  ]
  it.live.each(ways)("do not mix without a session of the inner one: %s", ([, around]) =>
    Effect.gen(function*() {
      const outer = tenant("outer")
      const inner = tenant("inner")
      yield* around(Effect.orDie(Effect.provide(work, inner.layer))).pipe(Effect.provide(outer.layer))
      assert.deepStrictEqual(inner.names(), workSpans)
      const outside = new Set(outer.spans.map(({ traceId }) => traceId))
      for (const { attributes, name, traceId } of inner.spans) {
        assert.isFalse(outside.has(traceId), name)
        assert.isUndefined(attributes["session.id"], name)
      }
      const session = outer.spans.find(({ name }) => name === "around")
      if (session !== undefined) assert.strictEqual(session.attributes["agentops.session.llm_calls"], 0)
    }))

  it.live("sample independently", () =>
    Effect.gen(function*() {
      const outer = tenant("outer", { sampler: Sampler.never })
      const inner = tenant("inner")
      yield* work.pipe(
        Effect.provide(inner.layer),
        Session.withSession({ name: "around" }),
        Effect.provide(outer.layer)
      )
      assert.deepStrictEqual(outer.names(), [])
      assert.deepStrictEqual(inner.names(), workSpans)
    }))

  it.live("send their own spans' ids to other processes", () =>
    Effect.gen(function*() {
      const outer = tenant("outer")
      const inner = tenant("inner")
      const told = yield* Propagation.inject().pipe(
        Effect.provide(inner.layer),
        Session.withSession({ name: "around" }),
        Effect.provide(outer.layer)
      )
      assert.notInclude(JSON.stringify(told), outer.spans[0]!.traceId)
    }))

  it.live("with one tracer in two layers are one tenant", () =>
    Effect.gen(function*() {
      const all = tenant("all")
      const part = Exporter.memory()
      yield* work.pipe(Effect.provide(part), Session.withSession({ name: "around" }), Effect.provide(all.layer))
      assert.strictEqual(new Set(all.spans.map(({ traceId }) => traceId)).size, 1)
    }))
})

describe("a runtime that is replaced", () => {
  it.live("names the sessions that it leaves open", () =>
    withOutput(({ logged }) =>
      Effect.gen(function*() {
        const { layer } = tenant("first")
        const context = yield* Effect.context<never>()
        // The logger is that of the place where the layer was built.
        const runtime = ManagedRuntime.make(Layer.provide(layer, Layer.succeedContext(context)))
        const scope = yield* Scope.make()
        const run = <A>(effect: Effect.Effect<A>) =>
          Effect.promise(() => runtime.runPromise(Effect.updateContext(effect, (own) => Context.merge(context, own))))
        const [long, kept] = yield* Effect.forEach(
          ["long", "kept"],
          (name) => run(Scope.provide(Session.make({ name }), scope))
        )
        yield* run(Effect.void.pipe(Session.withSession({ name: "over" })))
        yield* Effect.promise(() => runtime.dispose())
        const told = logged.filter((line) => line.includes("tracing was released"))
        assert.lengthOf(told, 1)
        assert.include(told[0]!, "2 sessions were open")
        assert.include(told[0]!, `long (${long!.id}), kept (${kept!.id})`)
        assert.notInclude(told[0]!, "over")
        yield* Scope.close(scope, Exit.void)
      })
    ))

  it.live("logs nothing if all sessions have ended", () =>
    withOutput(({ logged }) =>
      Effect.gen(function*() {
        const { layer } = tenant("first")
        yield* Effect.gen(function*() {
          yield* work.pipe(Session.withSession({ name: "a" }))
          const fiber = yield* Effect.forkChild(Effect.never.pipe(Session.withSession({ name: "b" })), {
            startImmediately: true
          })
          yield* Fiber.interrupt(fiber)
        }).pipe(Effect.provide(layer))
        assert.deepStrictEqual(logged, [])
      })
    ))
})
