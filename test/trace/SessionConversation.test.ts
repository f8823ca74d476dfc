/** Sessions that are turns of a conversation, and the links between them and the spans around them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { toDollars } from "../../src/model/Pricing.ts"
import { layer as tracing, spansOf } from "../../src/testing/TestTracing.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import * as Budget from "../../src/trace/Budget.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

const call = pipe(
  Effect.succeed("hi"),
  traceLlmWith({ model: "m", cost: 0.04, usage: { inputTokens: 10, outputTokens: 2 } })
)
const turn = (options: Session.Options) => call.pipe(Session.withSummary({ name: "turn", ...options }))

const linksOf = (span: SpanData) => span.links.map(({ attributes, spanId }) => [attributes["agentops.link"], spanId])

describe("a conversation", () => {
  it.effect("is on every span of its sessions, with one trace a turn, each linked to the previous one", () =>
    Effect.gen(function*() {
      const work = Effect.all([pipe(call, Effect.withSpan("mine"), traceAgent("a")), pipe(Effect.void, traceTool("t"))])
      const one = (name: string) => work.pipe(Session.withSession({ name, conversation: "chat-7" }))
      const spans = yield* spansOf(Effect.all([one("first"), one("second"), one("third")]))
      for (const span of spans) {
        assert.strictEqual(span.attributes["gen_ai.conversation.id"], "chat-7", span.name)
      }
      const [first, second, third] = ["first", "second", "third"].map((name) => named(spans, name))
      assert.lengthOf([...new Set([first, second, third].map((span) => span!.traceId))], 3)
      assert.deepStrictEqual(linksOf(first!), [])
      assert.deepStrictEqual(linksOf(second!), [["previous_turn", first!.spanId]])
      assert.deepStrictEqual(linksOf(third!), [["previous_turn", second!.spanId]])
    }))

  it.effect("survives a program's own store, with the totals and the budget of all its turns", () =>
    Effect.gen(function*() {
      const codec = Schema.fromJsonString(Session.Conversation)
      const spans = yield* spansOf(Effect.gen(function*() {
        let stored: string | undefined
        for (const n of [1, 2, 3]) {
          const conversation: string | Session.Conversation = stored === undefined
            ? "kept"
            : yield* Schema.decodeEffect(codec)(stored)
          const spent = typeof conversation === "string" ? 0 : toDollars(conversation.totals?.costNanos ?? 0)
          const budget = yield* Budget.make({ limit: 0.1, onExceeded: "fail", spent })
          const ended = yield* Budget.within(call).pipe(
            Session.withSummary({ name: `turn ${n}`, conversation, budget })
          )
          stored = yield* Schema.encodeEffect(codec)(ended[0].conversation!)
        }
        const last = yield* Schema.decodeEffect(codec)(stored!)
        assert.deepInclude(last, { id: "kept", turns: 3 })
        assert.deepInclude(last.totals, { llmCalls: 3, costNanos: 120_000_000 })
        const budget = yield* Budget.make({ limit: 0.1, onExceeded: "fail", spent: toDollars(last.totals!.costNanos) })
        const refused = yield* Effect.flip(
          Budget.within(call).pipe(Session.withSession({ conversation: last, budget }))
        )
        assert.strictEqual(refused._tag, "BudgetExceeded")
      }))
      assert.deepStrictEqual(linksOf(named(spans, "turn 3")), [["previous_turn", named(spans, "turn 2").spanId]])
    }))

  it.effect("is a session in Phoenix and Langfuse, and makes no span a model call for AgentOps", () =>
    Effect.gen(function*() {
      const attributesIn = (convention: Convention.Convention) =>
        Effect.gen(function*() {
          yield* pipe(Effect.void, traceTool("t"), Session.withSession({ conversation: "c" }))
          return (yield* (yield* Exporter.Memory).spans).map(({ attributes }) => attributes)
        }).pipe(
          Effect.provide(
            Exporter.memory({ convention }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
          )
        )
      for (const convention of [Convention.openInference, Convention.langfuse]) {
        for (const attributes of yield* attributesIn(convention)) assert.strictEqual(attributes["session.id"], "c")
      }
      for (const attributes of yield* attributesIn(Convention.genAi("latest"))) {
        assert.strictEqual(attributes["gen_ai.conversation.id"], "c")
        assert.notStrictEqual(attributes["session.id"], "c")
      }
      for (const attributes of yield* attributesIn(Convention.agentOps)) {
        assert.strictEqual(attributes["agentops.conversation.id"], "c")
        assert.deepStrictEqual(Object.keys(attributes).filter((key) => key.startsWith("gen_ai.")), [])
      }
    }))

  it.effect("that is invalid is left out", () =>
    Effect.gen(function*() {
      for (
        const conversation of [{}, null, { id: "x", last: { traceId: "0", spanId: 1 }, totals: "none", turns: -1.5 }]
      ) {
        const [summary] = yield* turn({ conversation: conversation as never })
        assert.isTrue(summary.conversation === undefined || summary.conversation.id === "x")
      }
    }))

  it.effect("of a call with its own id stays that call's", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        pipe(Effect.void, traceLlmWith({ conversationId: "thread" }), Session.withSession({ conversation: "c" }))
      )
      assert.strictEqual(named(spans, "llm.completion").attributes["gen_ai.conversation.id"], "thread")
    }))
})

describe("a span around a session", () => {
  it.effect("and the session point to each other", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(call.pipe(Session.withSession({ name: "s" }), Effect.withSpan("GET /")))
      const [request, session] = [named(spans, "GET /"), named(spans, "s")]
      assert.notStrictEqual(request.traceId, session.traceId)
      assert.deepStrictEqual(linksOf(request), [["session", session.spanId]])
      assert.deepStrictEqual(linksOf(session), [["outer_span", request.spanId]])
    }))

  it.effect("of another session links to it too", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        call.pipe(Session.withSession({ name: "inner" }), traceAgent("a"), Session.withSession({ name: "outer" }))
      )
      const [agent, inner] = [named(spans, "agent.run"), named(spans, "inner")]
      assert.deepStrictEqual(linksOf(agent), [["session", inner.spanId]])
      assert.deepStrictEqual(linksOf(inner), [["outer_session", agent.spanId]])
    }))
})

describe("work that ends after its session", () => {
  it.effect("is logged once", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      const fiber = yield* Effect.forkDetach(Effect.all([Effect.yieldNow, call, call])).pipe(
        Session.withSession({ name: "s" }),
        Effect.provide(Logger.layer([logger]))
      )
      yield* Fiber.join(fiber)
      assert.lengthOf(lines, 1)
      assert.include(lines[0], "session s")
    }))

  it.effect("counts for its own session in a worker that outlives sessions", () =>
    Effect.gen(function*() {
      const jobs = yield* Queue.make<readonly [Session.Session["Service"], Effect.Effect<unknown>]>()
      const worker = Effect.forever(
        Effect.flatMap(Queue.take(jobs), ([session, job]) => Session.provideTo(job, session))
      )
      yield* Effect.forkScoped(worker)
      const submit = Effect.gen(function*() {
        const session = yield* Session.Session
        const done = yield* Queue.make<void>()
        yield* Queue.offer(jobs, [session, Effect.ensuring(call, Queue.offer(done, undefined))])
        yield* Queue.take(done)
      })
      const [[a], [b]] = yield* Effect.all([
        submit.pipe(Session.withSummary({ name: "a" })),
        Effect.andThen(submit, submit).pipe(Session.withSummary({ name: "b" }))
      ], { concurrency: 2 })
      assert.deepStrictEqual([a.llmCalls, b.llmCalls], [1, 2])
      assert.deepInclude(Session.combine([a, b]), { llmCalls: 3, costNanos: 120_000_000, errors: 0 })
      assert.deepInclude(Session.combine([a, b]).usage, { inputTokens: 30, outputTokens: 6 })
    }).pipe(Effect.scoped, Effect.provide(tracing())))
})
