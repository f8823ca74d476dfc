/** A span that is decoded and encoded again is the same as if that convention had encoded it originally. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Message from "../../src/model/Message.ts"
import * as Pricing from "../../src/model/Pricing.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { inEach } from "../../src/viewer/Conventions.ts"
import * as SessionRow from "../../src/viewer/SessionRow.ts"
import * as SpanView from "../../src/viewer/SpanView.ts"

class NotFound extends Error {
  readonly _tag = "NotFound"
}

const program = Effect.void.pipe(
  traceLlmWith({
    provider: "openai",
    model: "gpt-4o-mini",
    responseId: "r1",
    finishReasons: ["tool_calls"],
    usage: { inputTokens: 120, outputTokens: 30, cacheReadTokens: 20, reasoningTokens: 5 },
    cost: 0.25,
    inputMessages: [Message.user("Where is order 7?")],
    outputMessages: [
      Message.output([Message.text("I look."), Message.toolCall({ id: "c1", name: "find", arguments: { id: 7 } })], {
        finishReason: "tool_calls"
      })
    ]
  }),
  Effect.andThen(Effect.succeed({ found: true }).pipe(traceTool("find", { parameters: { id: 7 }, callId: "c1" }))),
  Effect.andThen(
    Effect.fail(new NotFound("no order 8")).pipe(traceTool("find", { parameters: { id: 8 } }), Effect.ignore)
  ),
  Effect.andThen(Effect.succeed("ok").pipe(traceAction("check", { parameters: { a: 1 } }))),
  Effect.andThen(Effect.void.pipe(Effect.withSpan("own", { attributes: { "shop.id": 3 } }))),
  traceAgent("support", { input: "Where is order 7?", output: "It is here." }),
  Session.withSession({ name: "support-ticket", tags: ["prod"], userId: "u1" })
)

const told = (convention: Convention.Convention) =>
  Effect.andThen(program, Effect.flatMap(Exporter.Memory, (memory) => memory.spans)).pipe(
    Effect.provide(
      Exporter.memory({ convention, content: true }).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
    )
  )

const conventions: ReadonlyArray<readonly [name: string, convention: Convention.Convention]> = [
  ["Standard", Convention.standard],
  ["OpenTelemetry GenAI, latest", Convention.genAi("latest")],
  ["OpenTelemetry GenAI, 1.41", Convention.genAi("1.41")],
  ["AgentOps", Convention.agentOps],
  ["OpenInference", Convention.openInference],
  ["Langfuse", Convention.langfuse]
]

const retoldOf = (spans: ReadonlyArray<SpanData>, name: string) => {
  const views = spans.map((span) => SpanView.make(span, Pricing.current))
  const row = SessionRow.make(spans[0]!.traceId, views)
  return views.map((view) => [view, inEach(view, row).find(({ convention }) => convention === name)!] as const)
}

// Ids and facts that only a session counts, and AgentOps's resource-like names.
const varies =
  /^(session\.id|agentops\.session\.|metadata|agentops\.metadata|gen_ai\.conversation\.id|gen_ai\.agent\.name)/

const comparable = (attributes: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(SpanView.plainAttributes(attributes as SpanData["attributes"])).filter(([key]) => !varies.test(key))
      .sort(([a], [b]) => a < b ? -1 : 1)
  )

describe("inEach", () => {
  for (const [name, convention] of conventions) {
    it.effect(`tells a standard span as ${name} does`, () =>
      Effect.gen(function*() {
        const [standard, expected] = yield* Effect.all([told(Convention.standard), told(convention)])
        const retold = retoldOf(standard, name)
        assert.strictEqual(retold.length, expected.length)
        for (const [i, [view, span]] of retold.entries()) {
          // Only the name of an attempt reveals its event.
          if (view.category === "attempt") continue
          assert.strictEqual(span.name, expected[i]!.name)
          assert.strictEqual(span.kind, expected[i]!.kind)
          assert.deepStrictEqual(comparable(span.attributes), comparable(expected[i]!.attributes), `${view.title}`)
        }
      }))

    it.effect(`tells what ${name} told in that same way`, () =>
      Effect.gen(function*() {
        const spans = yield* told(convention)
        for (const [i, [view, span]] of retoldOf(spans, name).entries()) {
          if (view.category === "attempt" || view.category === "session") continue
          const own = comparable(spans[i]!.attributes)
          for (const [key, value] of Object.entries(comparable(span.attributes))) {
            if (key in own) assert.deepStrictEqual(value, own[key], `${view.title} ${key}`)
          }
          assert.deepStrictEqual(Object.keys(own).filter((key) => !(key in span.attributes)), [], view.title)
        }
      }))
  }
})
