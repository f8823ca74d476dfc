import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { exportingTo, one } from "../support/otlp/exporting.ts"

const spans = Effect.flatMap(Exporter.Memory, (memory) => memory.spans)
const names = Effect.map(spans, (spans) => spans.map(({ name }) => name))

describe("Exporter.memory", () => {
  it.effect("has a span as soon as it has ended, in the order of the ends", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* one("first")
        assert.deepStrictEqual(yield* names, ["first"])
        yield* one("second")
        assert.deepStrictEqual(yield* names, ["first", "second"])
      }).pipe(Effect.withSpan("around"))
      assert.deepStrictEqual(yield* names, ["first", "second", "around"])
    }).pipe(exportingTo(Exporter.memory())))

  it.effect("returns a snapshot: later spans do not appear in it", () =>
    Effect.gen(function*() {
      yield* one("first")
      const before = yield* spans
      yield* one("second")
      assert.strictEqual(before.length, 1)
    }).pipe(exportingTo(Exporter.memory())))

  it.effect("is empty after clear, and keeps its counts", () =>
    Effect.gen(function*() {
      yield* one("first")
      yield* (yield* Exporter.Memory).clear
      assert.deepStrictEqual(yield* names, [])
      yield* one("second")
      assert.deepStrictEqual(yield* names, ["second"])
      assert.deepStrictEqual(yield* AgentOps.flush(), [{ name: "memory", delivered: 2, pending: 0, dropped: {} }])
    }).pipe(exportingTo(Exporter.memory())))

  it.effect("has content by default", () =>
    Effect.gen(function*() {
      const found = Effect.succeed("found").pipe(
        traceTool("search", { parameters: { q: 1 } }),
        Effect.andThen(Effect.map(spans, ([, tool]) => tool!.attributes["gen_ai.tool.call.arguments"]))
      )
      assert.strictEqual(yield* found.pipe(exportingTo(Exporter.memory())), "{\"q\":1}")
      assert.isUndefined(yield* found.pipe(exportingTo(Exporter.memory({ content: false }))))
    }))

  it.effect("uses the given convention", () =>
    Effect.gen(function*() {
      const loud: Convention.Convention = {
        name: "loud",
        encode: (span, policy) => {
          const words = Convention.standard.encode(span, policy)
          return { ...words, name: words.name.toUpperCase() }
        }
      }
      const told = yield* one("quiet").pipe(Effect.andThen(names), exportingTo(Exporter.memory({ convention: loud })))
      assert.deepStrictEqual(told, ["QUIET"])
    }))

  it.effect("a convention that throws loses its span, not the program", () =>
    Effect.gen(function*() {
      const picky: Convention.Convention = {
        name: "picky",
        encode: (span, policy) => {
          if (span.name === "bad") throw new Error("I do not speak of that")
          return Convention.standard.encode(span, policy)
        }
      }
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* Effect.succeed("value").pipe(Effect.withSpan("bad")), "value")
        yield* one("good")
        assert.deepStrictEqual(yield* names, ["good"])
        assert.deepStrictEqual(yield* AgentOps.status, [
          { name: "memory", delivered: 1, pending: 0, dropped: { encode_failed: 1 } }
        ])
      }).pipe(exportingTo(Exporter.memory({ convention: picky })))
    }))

  it.effect("two keep their own", () =>
    Effect.gen(function*() {
      const inner = Effect.gen(function*() {
        yield* one("inside")
        return yield* names
      }).pipe(Effect.provide(Exporter.memory()))
      yield* one("before")
      assert.deepStrictEqual(yield* inner, ["inside"])
      assert.deepStrictEqual(yield* names, ["before", "inside"])
    }).pipe(exportingTo(Exporter.memory())))

  it.effect("shows each session's spans with the session's id", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(Array.from({ length: 20 }), (_, i) =>
        one(`child ${i}`).pipe(Session.withSession({ name: `session ${i}` })), { concurrency: "unbounded" })
      const all = yield* spans
      assert.strictEqual(all.length, 40)
      for (const span of all) {
        assert.strictEqual(String(span.attributes["session.id"]).replaceAll("-", ""), span.traceId)
      }
    }).pipe(exportingTo(Exporter.memory())))
})
