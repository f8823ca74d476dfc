import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { joinSession } from "../../src/trace/Propagation.ts"
import * as Session from "../../src/trace/Session.ts"
import type { Span } from "../../src/trace/Span.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { arrived, server } from "../support/otlp/server.ts"

const health = Effect.void.pipe(Effect.withSpan("SELECT 1"), Effect.withSpan("GET /health"))
const session = Effect.succeed(1).pipe(traceTool("search"), Session.withSession({ name: "chat" }))
const request = Effect.void.pipe(
  Effect.withSpan("read"),
  Effect.andThen(Effect.succeed(1).pipe(traceTool("search"), joinSession({ name: "joined" }))),
  Effect.withSpan("POST /chat")
)
const program = Effect.all([health, session, request, health])

const tracing = AgentOps.layer({ serviceName: "test" })

const namesBy = (options: Pick<Exporter.Options, "filter">) =>
  Effect.andThen(program, Effect.flatMap(Exporter.Memory, ({ spans }) => spans)).pipe(
    Effect.map((spans) => spans.map(({ name }) => name)),
    Effect.provide(Exporter.memory(options).pipe(Layer.provideMerge(tracing)))
  )

const ofSessions = ["tool.execution", "agent.tool", "chat", "tool.execution", "agent.tool", "joined", "POST /chat"]

describe("the filter of an exporter", () => {
  it.effect("sessions: spans of a session, and spans around one in its trace", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* namesBy({ filter: "sessions" }), ofSessions)
    }))

  it.effect("a function selects each span", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* namesBy({ filter: ({ name }) => name.startsWith("GET") }), [
        "GET /health",
        "GET /health"
      ])
    }))

  it.effect("a filter that throws accepts the span", () =>
    Effect.gen(function*() {
      const filter = ({ name }: Span) => {
        if (name === "chat") throw new Error("no")
        return false
      }
      assert.deepStrictEqual(yield* namesBy({ filter }), ["chat"])
    }))

  it.live("rejected spans are neither sent nor counted, by one exporter of two", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const both = Layer.mergeAll(
        Exporter.otlp({ url: collector.url, filter: "sessions" }),
        Exporter.make({ name: "all", export: () => Effect.void })
      )
      const status = yield* Effect.andThen(program, AgentOps.flush()).pipe(
        Effect.provide(both.pipe(Layer.provideMerge(tracing)))
      )
      assert.deepStrictEqual(status.map(({ delivered, dropped, name }) => [name, delivered, dropped]).toSorted(), [
        ["all", 12, {}],
        ["otlp", 7, {}]
      ])
      assert.lengthOf(arrived(collector), 7)
    }))

  it.effect("the processor of another library is filtered at both ends", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const processor = {
        onStart: (span: { readonly name: string }) => void seen.push(`start ${span.name}`),
        onEnd: (span: { readonly name: string }) => void seen.push(`end ${span.name}`),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve()
      }
      yield* Effect.all([health, session]).pipe(Effect.provide(
        Exporter.fromSpanProcessor(() => processor as never, { filter: "sessions" }).pipe(Layer.provideMerge(tracing))
      ))
      assert.deepStrictEqual(seen, [
        "start chat",
        "start agent.tool",
        "start tool.execution",
        "end tool.execution",
        "end agent.tool",
        "end chat"
      ])
    }))

  it.effect("an invalid filter is a ConfigurationError", () =>
    Effect.gen(function*() {
      const layer = Exporter.otlp({ filter: "all" as never }).pipe(Layer.provideMerge(tracing))
      const error = yield* Effect.flip(Effect.void.pipe(Effect.provide(layer)))
      assert.strictEqual(error.field, "filter")
    }))
})
