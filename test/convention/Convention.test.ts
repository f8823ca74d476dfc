import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Message from "../../src/model/Message.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import * as ToolEvent from "../../src/trace/ToolEvent.ts"

const program = Effect.succeed(1).pipe(
  LlmEvent.traceLlmWith({ model: "gpt-4o", inputMessages: [Message.user("secret question")] }),
  Effect.andThen(Effect.succeed(2).pipe(ToolEvent.traceTool("search", { attributes: { team: "a" } }))),
  Session.withSession({ name: "demo" })
)

const told = (convention: Convention.Convention, content = true) =>
  Effect.andThen(program, Effect.flatMap(Exporter.Memory, (memory) => memory.spans)).pipe(
    Effect.provide(
      Exporter.memory({ convention, content }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
    )
  )

describe("combinators", () => {
  it.effect("andThen receives the encoding, the span and the options", () =>
    Effect.gen(function*() {
      const convention = Convention.andThen(Convention.standard, (words, span, policy) => ({
        ...words,
        name: `${span.session?.name}/${words.name}/${policy.content}`
      }))
      const spans = yield* told(convention, false)
      assert.deepStrictEqual(spans.map((span) => span.name), [
        "demo/llm.api.call/false",
        "demo/llm.completion/false",
        "demo/tool.execution/false",
        "demo/agent.tool/false",
        "demo/demo/false"
      ])
    }))

  it.effect("rename and drop change keys and nothing else", () =>
    Effect.gen(function*() {
      const before = yield* told(Convention.standard)
      const convention = pipe(
        Convention.standard,
        Convention.rename({ team: "crew" }),
        Convention.rename((key) => key.replace("gen_ai.", "ai.")),
        Convention.drop(["session.id"]),
        Convention.drop((key) => key.startsWith("code."))
      )
      const after = yield* told(convention)
      const expected = before.map((span) =>
        Object.entries(span.attributes)
          .filter(([key]) => key !== "session.id" && !key.startsWith("code."))
          .map(([key, value]) => [key === "team" ? "crew" : key.replace("gen_ai.", "ai."), value])
      )
      assert.deepStrictEqual(after.map((span) => Object.entries(span.attributes)), expected)
      assert.isTrue(after.some((span) => span.attributes["crew"] === "a"))
    }))

  it.effect("when encodes some spans by another convention", () =>
    Effect.gen(function*() {
      const convention = Convention.when(
        Convention.standard,
        (span) => span.name === "agent.tool",
        Convention.agentOps
      )
      const spans = yield* told(convention)
      assert.deepStrictEqual(spans.map((span) => span.name), [
        "llm.api.call",
        "llm.completion",
        "tool.execution",
        "search.tool",
        "demo"
      ])
      assert.isAbove(convention.attributeCount ?? 0, 128)
    }))
})

describe("a convention", () => {
  it.effect("is called once for each span, for any number of exporters", () =>
    Effect.gen(function*() {
      let asked = 0
      const counting = Convention.andThen(Convention.standard, (words) => {
        asked++
        return words
      })
      const layer = Layer.mergeAll(
        Exporter.memory({ convention: counting }),
        Exporter.make({ name: "other", convention: counting, export: () => Effect.void })
      ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
      yield* Effect.provide(program, layer)
      assert.strictEqual(asked, 5)
    }))

  it.effect("of a user that throws loses its span and no other", () =>
    Effect.gen(function*() {
      const broken = Convention.andThen(Convention.standard, (words, span) => {
        if (span.name === "agent.tool") throw new Error("no words")
        return words
      })
      const layer = Exporter.make({ name: "broken", convention: broken, export: () => Effect.void }).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
      const [status] = yield* Effect.provide(Effect.andThen(program, AgentOps.flush()), layer)
      assert.strictEqual(status!.delivered, 4)
      assert.deepStrictEqual(status!.dropped, { encode_failed: 1 })
    }))

  it.effect("has room for the messages of a long conversation, and keeps the newest of a longer one", () =>
    Effect.gen(function*() {
      const messages = Array.from({ length: 1000 }, (_, i) => Message.user(`message ${i}`))
      const spans = yield* Effect.succeed(1).pipe(
        LlmEvent.traceLlmWith({ inputMessages: [Message.system("Be brief."), ...messages] }),
        Effect.andThen(Effect.flatMap(Exporter.Memory, (memory) => memory.spans)),
        Effect.provide(
          Exporter.memory({ convention: Convention.agentOps }).pipe(
            Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
          )
        )
      )
      const { attributes, droppedAttributesCount } = spans.at(-1)!
      assert.strictEqual(droppedAttributesCount, 0)
      assert.strictEqual(attributes["gen_ai.prompt.0.content"], "Be brief.")
      assert.strictEqual(attributes["gen_ai.prompt.1.content"], "[802 messages left out]")
      assert.strictEqual(attributes["gen_ai.prompt.2.content"], "message 802")
      assert.strictEqual(attributes["gen_ai.prompt.199.content"], "message 999")
    }))
})
