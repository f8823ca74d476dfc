import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Ai from "../../src/integrations/ai/Ai.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTools } from "../../src/trace/Tools.ts"
import { TestLive, toolOf, toolSpans, tree } from "../support/llm/traced.ts"

class NotFound extends Data.TaggedError("NotFound")<{}> {}

describe("traceTools", () => {
  it.effect("traces each function under its name, with parameters and result", () =>
    Effect.gen(function*() {
      const tools = traceTools({
        add: (a: number, b: number) => Effect.succeed(a + b),
        search: (query: string) => Effect.succeed([query])
      })
      const [summary] = yield* Effect.all([tools.add(1, 2), tools.search("shoes")]).pipe(
        Session.withSummary({ name: "s" })
      )
      assert.strictEqual(summary.toolCalls, 2)
      assert.deepStrictEqual((yield* toolSpans).map(toolOf), [
        { name: "add", type: "function", parameters: [1, 2], result: 3 },
        { name: "search", type: "function", parameters: "shoes", result: ["shoes"] }
      ])
      assert.deepStrictEqual(yield* tree, [
        "s",
        "  agent.tool",
        "    tool.execution",
        "  agent.tool",
        "    tool.execution"
      ])
    }).pipe(Effect.provide(TestLive)))

  it.effect("shows a failure by its tag, and fails the same", () =>
    Effect.gen(function*() {
      const tools = traceTools({ find: () => Effect.fail(new NotFound()) })
      assert.deepStrictEqual(yield* Effect.flip(tools.find()), new NotFound())
      const [span] = yield* toolSpans
      assert.strictEqual(span!.status.code, "error")
      assert.strictEqual(span!.attributes["error.type"], "NotFound")
    }).pipe(Effect.provide(TestLive)))

  it.effect("keeps the record's `this`, and shows a function that throws", () =>
    Effect.gen(function*() {
      const tools = traceTools({
        greeting: () => Effect.succeed("Hi"),
        greet(this: { readonly greeting: () => Effect.Effect<string> }) {
          return this.greeting()
        },
        broken: (): Effect.Effect<void> => {
          throw new RangeError("broken")
        }
      })
      assert.strictEqual(yield* tools.greet(), "Hi")
      yield* Effect.exit(tools.broken())
      const [, broken] = yield* toolSpans
      assert.strictEqual(broken!.attributes["error.type"], "RangeError")
    }).pipe(Effect.provide(TestLive)))

  const toolkit = Toolkit.make(
    Tool.make("remind", {
      description: "Sets a reminder",
      parameters: Schema.Struct({ at: Schema.DateFromString }),
      success: Schema.Struct({ at: Schema.DateFromString })
    })
  )
  const handlers = traceTools({ remind: ({ at }: { readonly at: Date }) => Effect.succeed({ at }) }, toolkit)
  const at = "2026-11-22T00:00:00.000Z"

  const handle = Effect.flatMap(
    toolkit,
    (toolkit) => Effect.flatMap(toolkit.handle("remind", { at }, "call_1"), Stream.runDrain)
  )

  it.effect("records parameters and results as a toolkit's schemas encode them", () =>
    Effect.gen(function*() {
      yield* handle
      assert.deepStrictEqual((yield* toolSpans).map(toolOf), [{
        name: "remind",
        type: "function",
        description: "Sets a reminder",
        callId: "call_1",
        parameters: { at },
        result: { at }
      }])
    }).pipe(Effect.provide(toolkit.toLayer(handlers)), Effect.provide(TestLive)))

  it.effect("is one event if the layer of effect/ai also traces the toolkit", () =>
    Effect.gen(function*() {
      yield* handle
      assert.lengthOf(yield* toolSpans, 1)
    }).pipe(
      Effect.provide(Ai.layer.pipe(Layer.provideMerge(toolkit.toLayer(handlers)), Layer.provideMerge(TestLive)))
    ))
})
