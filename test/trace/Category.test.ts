/** A program's own kind is treated like the library's own kinds, whatever its name. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import * as TailSampler from "../../src/export/TailSampler.ts"
import * as Field from "../../src/model/Field.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import * as AgentEvent from "../../src/trace/AgentEvent.ts"
import * as Event from "../../src/trace/Event.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import { traceLlmStream } from "../../src/trace/LlmStream.ts"
import * as Session from "../../src/trace/Session.ts"
import * as ToolEvent from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

const usage = { inputTokens: 1_000_000, outputTokens: 0 }
const priced = { provider: "openai", model: "gpt-4o", usage } as const

/** Four kinds of model calls: the library's, and three that define the same facts in other ways. */
const calls = {
  own: LlmEvent.LlmEvent.trace(priced),
  withItsFields: Event.define("rerank", { span: "rerank", fields: LlmEvent.fields }).trace(priced),
  withOtherNames: Event.define("judge", {
    span: "judge",
    fields: {
      tokens: LlmEvent.fields.usage,
      judge: LlmEvent.fields.model,
      vendor: LlmEvent.fields.provider,
      price: LlmEvent.fields.cost
    }
  }).trace({ judge: "gpt-4o", vendor: "openai", tokens: usage }),
  withNumbers: Event.define("guess", {
    span: "guess",
    fields: {
      read: Field.attribute("gen_ai.usage.input_tokens", Schema.Finite),
      written: Field.attribute("gen_ai.usage.output_tokens", Schema.Finite),
      model: LlmEvent.fields.model,
      provider: LlmEvent.fields.provider
    }
  }).trace({ read: 1_000_000, written: 0, model: "gpt-4o", provider: "openai" })
}

/** A model call whose fields have other names than the library's, and an attempt of its own. */
const Ask = Event.define("ask", {
  span: "ask",
  attempt: "ask.try",
  fields: {
    who: LlmEvent.fields.model,
    by: LlmEvent.fields.provider,
    tokens: LlmEvent.fields.usage,
    price: LlmEvent.fields.cost,
    stored: LlmEvent.fields.cached,
    answer: LlmEvent.fields.responseId,
    ends: LlmEvent.fields.finishReasons,
    source: LlmEvent.fields.costSource,
    said: LlmEvent.fields.outputMessages,
    heard: LlmEvent.fields.inputMessages
  }
})

const Crew = Event.define("crew", {
  span: "crew.run",
  nameField: "title",
  fields: {
    title: AgentEvent.fields.name,
    turns: AgentEvent.fields.llmCalls,
    paid: AgentEvent.fields.cost,
    got: AgentEvent.fields.output
  }
})

describe("what a kind says by fields of other names", () => {
  const asked = { who: "gpt-4o", by: "openai", tokens: usage } as const

  it.effect("has its facts on its attempts", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(pipe(Effect.void, Ask.trace({ ...asked, answer: "r-1" })))
      assert.deepInclude(named(spans, "ask.try").attributes, {
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.provider.name": "openai",
        "gen_ai.response.id": "r-1",
        "agentops.usage.cost": 2.5
      })
    }))

  it.effect("costs nothing if the answer was cached or came twice", () =>
    Effect.gen(function*() {
      const [summary] = yield* Effect.all([
        pipe(Effect.void, Ask.trace({ ...asked, stored: true })),
        pipe(Effect.void, Ask.trace({ ...asked, answer: "r-1", ends: ["stop"] })),
        pipe(Effect.void, Ask.trace({ ...asked, answer: "r-1", ends: ["stop"] }))
      ]).pipe(Session.withSummary())
      assert.deepInclude(summary, { llmCalls: 3, costNanos: 2_500_000_000, unpricedCalls: 0 })
    }))

  it.effect("gives its session and its agent their input and output", () =>
    Effect.gen(function*() {
      const call = pipe(
        Effect.void,
        Ask.trace({
          ...asked,
          heard: [{ role: "user", parts: [{ type: "text", content: "Why?" }] }],
          said: [{ role: "assistant", parts: [{ type: "text", content: "So." }] }] as never
        })
      )
      const spans = yield* spansOf(call.pipe(
        Crew.trace("c"),
        Session.withSummary({ name: "s" }),
        Effect.tap(([{ input, output }]) => Effect.sync(() => assert.deepStrictEqual([input, output], ["Why?", "So."])))
      ))
      assert.deepInclude(named(spans, "crew.run").attributes, {
        "agentops.agent.llm_calls": 1,
        "agentops.agent.cost": 2.5,
        "agentops.agent.output": "\"So.\""
      })
    }))
})

describe("a program's own kind", () => {
  for (const [name, trace] of Object.entries(calls)) {
    it.effect(`that is a model call counts with its tokens and cost: ${name}`, () =>
      Effect.gen(function*() {
        const [summary] = yield* pipe(Effect.void, trace, Session.withSummary({ name: "s" }))
        assert.strictEqual(summary.llmCalls, 1)
        assert.strictEqual(summary.usage.inputTokens, 1_000_000)
        assert.strictEqual(summary.costNanos, 2_500_000_000)
        assert.strictEqual(summary.unpricedCalls, 0)
      }))

    it.effect(`that is a model call is measured as one: ${name}`, () =>
      Effect.gen(function*() {
        yield* pipe(Effect.void, trace)
        const metrics = yield* (yield* MetricExporter.Memory).metrics
        const cost = metrics.find((metric) => metric.name === "agentops.usage.cost")
        assert.isDefined(metrics.find((metric) => metric.name === "gen_ai.client.inference.duration"))
        assert.isDefined(cost)
      }).pipe(
        Effect.provide(
          MetricExporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "t" })))
        )
      ))

    it.effect(`that is a model call is told as one by each convention, and kept by its tokens: ${name}`, () =>
      Effect.gen(function*() {
        const told = (convention: Convention.Convention) => {
          const exporter = Exporter.memory({ convention }).pipe(
            Layer.provideMerge(TailSampler.layer({ keep: TailSampler.tokensAtLeast(1_000_000) })),
            Layer.provideMerge(AgentOps.layer({ serviceName: "t" }))
          )
          return Effect.gen(function*() {
            yield* pipe(Effect.void, trace)
            const spans = yield* (yield* Exporter.Memory).spans
            return spans.find((span) => span.parentSpanId === undefined)!
          }).pipe(Effect.provide(exporter))
        }
        assert.strictEqual((yield* told(Convention.openInference)).attributes["openinference.span.kind"], "LLM")
        assert.strictEqual((yield* told(Convention.agentOps)).attributes["agentops.span.kind"], "llm")
        assert.strictEqual((yield* told(Convention.genAi("latest"))).name, "chat gpt-4o")
      }))
  }

  it.effect("with the name of a library's kind but none of its fields has no category", () =>
    Effect.gen(function*() {
      const fake = Event.define("llm", { span: "x", fields: {} })
      const [summary] = yield* pipe(Effect.void, fake.trace({}), Session.withSummary({ name: "s" }))
      assert.strictEqual(summary.llmCalls, 0)
      assert.strictEqual(fake.category, undefined)
    }))

  it("has the category of its fields, or the given one", () => {
    const { fields } = ToolEvent
    assert.strictEqual(Event.define("lookup", { span: "x", fields }).category, "tool")
    assert.strictEqual(Event.define("lookup", { span: "x", fields, category: null }).category, undefined)
    assert.strictEqual(Event.define("step", { span: "x", fields: {}, category: "action" }).category, "action")
    assert.strictEqual(
      Event.define("crew", { span: "x", fields: AgentEvent.fields, nameField: "name" }).category,
      "agent"
    )
  })

  it.effect("keeps its further fields in each convention", () =>
    Effect.gen(function*() {
      const Lookup = Event.define("lookup", {
        span: "lookup",
        fields: { ...ToolEvent.fields, shelf: Field.attribute("shop.shelf", Schema.String) }
      })
      for (const convention of [Convention.standard, Convention.agentOps, Convention.openInference]) {
        const [span] = yield* Effect.gen(function*() {
          yield* pipe(Effect.void, Lookup.trace({ name: "find", shelf: "A7" }))
          return yield* (yield* Exporter.Memory).spans
        }).pipe(
          Effect.provide(
            Exporter.memory({ convention }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "t" })))
          )
        )
        assert.strictEqual(span!.attributes["shop.shelf"], "A7")
      }
    }))
})

describe("content that is left out with null", () => {
  const answer = { role: "assistant", content: "SECRET" }
  const whole = {
    object: "chat.completion",
    id: "c",
    model: "gpt-4o",
    choices: [{ index: 0, message: answer, finish_reason: "stop" }]
  }
  const chunks = [{ object: "chat.completion.chunk", id: "c", model: "gpt-4o", choices: [{ index: 0, delta: answer }] }]
  const options = { outputMessages: null as never, model: "gpt-4o" }

  it.effect("stays out around a value, a stream, and a call inside of the call", () =>
    Effect.gen(function*() {
      const programs = [
        pipe(Effect.succeed(whole), LlmEvent.traceLlmWith(options)),
        pipe(Stream.fromIterable(chunks), traceLlmStream, Stream.runDrain, LlmEvent.traceLlmWith(options)),
        Effect.gen(function*() {
          const call = yield* Event.start(LlmEvent.LlmEvent, { model: "gpt-4o" })
          call.add({ outputMessages: [{ role: "assistant", parts: [{ type: "text", content: "SECRET" }] }] })
          call.end()
        }).pipe(LlmEvent.traceLlmWith(options))
      ]
      for (const program of programs) {
        const span = named(yield* spansOf(program as Effect.Effect<unknown>), "llm.completion")
        assert.notInclude(JSON.stringify(span.attributes), "SECRET")
      }
    }))
})
