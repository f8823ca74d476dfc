/** Steps of an agent beside model and tool calls: approvals, handoffs, guardrails, retrievals, reranks and memory. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as AgentOps from "../../src/AgentOps.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { ApprovalEvent, traceApproval } from "../../src/trace/ApprovalEvent.ts"
import { GuardrailEvent, traceGuardrail } from "../../src/trace/GuardrailEvent.ts"
import { HandoffEvent, traceHandoff } from "../../src/trace/HandoffEvent.ts"
import { MemoryEvent, traceMemory } from "../../src/trace/MemoryEvent.ts"
import { RerankEvent, traceRerank } from "../../src/trace/RerankEvent.ts"
import { RetrievalEvent, traceRetrieval } from "../../src/trace/RetrievalEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { named } from "../support/traced.ts"

/** The fields that are read from a value, by name. */
const read = (event: { readonly readValue: ((value: unknown) => object | undefined) | undefined }, value: unknown) =>
  JSON.parse(JSON.stringify(event.readValue!(value) ?? {})) as unknown

describe("the fields that are read from a value", () => {
  it.each([
    [true, { decision: "approved", response: true }],
    [false, { decision: "rejected", response: false }],
    ["expired", { decision: "expired", response: "expired" }],
    [{ approved: false, reason: "too much" }, { decision: "rejected", reason: "too much" }],
    [{ decision: "modified", approver: "u-1" }, { decision: "modified", approver: "u-1" }],
    [{ approved: "yes" }, {}],
    ["perhaps", {}],
    [undefined, {}]
  ])("approval: %j", (value, expected) => {
    const { response, ...rest } = read(ApprovalEvent, value) as { readonly response?: unknown }
    const given = typeof value === "object" ? { ...rest } : { ...rest, ...response === undefined ? {} : { response } }
    assert.deepStrictEqual(given, expected)
  })

  it.each([
    [true, "pass"],
    [false, "block"],
    ["flag", "flag"],
    [{ verdict: "modify" }, "modify"],
    [{ passed: false }, "block"],
    [{ allowed: true }, "pass"],
    [{ blocked: true }, "block"],
    [{ flagged: true }, "flag"],
    [{ flagged: false }, "pass"],
    [{ tripwireTriggered: true }, "block"],
    [{ passed: "no" }, undefined],
    ["fine", undefined]
  ])("guardrail: %j is %s", (value, verdict) => {
    assert.strictEqual((read(GuardrailEvent, value) as { readonly verdict?: unknown }).verdict, verdict)
  })

  const hit = { id: "a", score: 0.5, content: "text" }
  const shapes: ReadonlyArray<readonly [string, unknown, unknown]> = [
    ["texts", ["one", "two"], [{ content: "one" }, { content: "two" }]],
    ["LangChain's documents", [{ id: "a", pageContent: "text", metadata: { page: 1 } }], [
      { id: "a", content: "text", metadata: { page: 1 } }
    ]],
    ["its pairs", [[{ pageContent: "text" }, 0.5]], [{ content: "text", score: 0.5 }]],
    ["Pinecone's matches", { matches: [{ id: "a", score: 0.5, metadata: { t: 1 } }] }, [
      { id: "a", score: 0.5, metadata: { t: 1 } }
    ]],
    ["Qdrant's points", { points: [{ id: 7, score: 0.5, payload: { t: 1 } }] }, [
      { id: "7", score: 0.5, metadata: { t: 1 } }
    ]],
    ["Cohere's results", { results: [{ index: 1, relevance_score: 0.5, document: { text: "text" } }] }, [
      { id: "1", score: 0.5, content: "text" }
    ]],
    ["Mem0's memories", { results: [{ id: "a", memory: "text", score: 0.5 }] }, [hit]],
    ["nothing found", [], []]
  ]
  it.each(shapes)("documents: %s", (_, value, documents) => {
    assert.deepStrictEqual(read(RetrievalEvent, value), {
      documents,
      documentCount: (documents as Array<unknown>).length
    })
    assert.deepStrictEqual(read(RerankEvent, value), { documents, documentCount: (documents as Array<unknown>).length })
  })

  it.each([[7], ["text"], [{ ok: true }], [[1, 2]], [undefined]])(
    "no documents: %j",
    (value) => assert.deepStrictEqual(read(RetrievalEvent, value), {})
  )

  it("a value with a throwing getter has none", () => {
    const hostile = new Proxy({}, {
      get: () => {
        throw new Error("no")
      }
    })
    for (const event of [ApprovalEvent, GuardrailEvent, RetrievalEvent, RerankEvent, MemoryEvent]) {
      assert.doesNotThrow(() => event.readValue!(hostile))
    }
  })

  it("memory: records with content, and no ids", () => {
    assert.deepStrictEqual(read(MemoryEvent, [hit]), { records: [hit], recordCount: 1 })
    assert.deepStrictEqual(read(MemoryEvent, ["m-1", "m-2"]), {})
    assert.deepStrictEqual(read(MemoryEvent, { id: "m-1" }), {})
  })

  it("fields come back from their attributes", () => {
    const events = [
      ApprovalEvent.make({ name: "refund", decision: "approved", wait: 3, request: { order: 7 }, reason: "fair" }),
      HandoffEvent.make({ to: "billing", from: "triage", input: "refund", output: "done" }),
      GuardrailEvent.make({ name: "pii", verdict: "flag", category: "email", spec: "output", score: 0.5 }),
      RetrievalEvent.make({ dataSource: "faq", query: "refund", topK: 3, documents: [hit], documentCount: 1 }),
      RerankEvent.make({ model: "rerank-v3.5", query: "refund", inputDocuments: [hit], documents: [hit] }),
      MemoryEvent.make({ operation: "search_memory", storeId: "s", query: "seat", records: [hit], recordCount: 1 })
    ]
    for (const { fields, kind } of events) {
      assert.deepStrictEqual(kind.fromAttributes(kind.toAttributes(fields)), fields)
    }
  })
})

describe("an approval", () => {
  it.effect("that is rejected is not an error, in the session either", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        Effect.succeed({ approved: false, approver: "u-17", reason: "too much" }).pipe(
          traceApproval("refund", { request: { amount: 59 } }),
          traceAgent("clerk"),
          Session.withSession({ name: "s" })
        )
      )
      const approval = named(spans, "agent.approval")
      assert.deepStrictEqual(approval.status, { code: "unset" })
      assert.strictEqual(approval.attributes["agentops.event.kind"], "approval")
      assert.strictEqual(approval.attributes["agentops.approval.decision"], "rejected")
      assert.strictEqual(approval.attributes["agentops.approval.approver"], "u-17")
      assert.strictEqual(approval.attributes["agentops.approval.request"], `{"amount":59}`)
      assert.strictEqual(approval.attributes["gen_ai.agent.name"], "clerk")
      const session = named(spans, "s")
      assert.strictEqual(session.attributes["agentops.session.end_state"], "Success")
      assert.strictEqual(session.attributes["agentops.session.errors"], 0)
    }))

  it.effect("leaves its content out if it may not be exported", () =>
    Effect.gen(function*() {
      const answer = Effect.succeed({ approved: true, reason: "SECRET" })
      const spans = yield* spansOf(answer.pipe(traceApproval("refund", { request: "SECRET" })), { content: false })
      assert.notInclude(JSON.stringify(spans.map(({ attributes }) => attributes)), "SECRET")
      assert.strictEqual(named(spans, "agent.approval").attributes["agentops.approval.decision"], "approved")
    }))

  it.effect("that is interrupted has not failed", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(
          Effect.never.pipe(traceApproval("refund"), Session.withSession({ name: "s" })),
          { startImmediately: true }
        )
        yield* Fiber.interrupt(fiber)
      }))
      const approval = named(spans, "agent.approval")
      assert.deepStrictEqual(approval.status, { code: "unset" })
      assert.isUndefined(approval.attributes["error.type"])
      const session = named(spans, "s")
      assert.strictEqual(session.attributes["agentops.session.end_state"], "Indeterminate")
      assert.strictEqual(session.attributes["agentops.session.errors"], 0)
    }))
})

const measured = <A, E>(program: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Effect.exit(program))
    yield* TestClock.adjust("1 hour")
    yield* Fiber.join(fiber)
    const metrics = yield* (yield* MetricExporter.Memory).metrics
    return (name: string) =>
      metrics.find((metric) => metric.name === name)?.points.map(({ attributes, distribution, value }) => [
        distribution === undefined ? value : distribution.sum,
        JSON.parse(JSON.stringify(attributes)) as unknown
      ])
  }).pipe(
    Effect.provide(MetricExporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))))
  )

describe("metrics", () => {
  it.effect("of approvals: the decisions, the waiting times, and the pending ones", () =>
    Effect.gen(function*() {
      const at = yield* measured(Effect.all([
        Effect.succeed(true).pipe(Effect.delay("90 seconds"), traceApproval("refund")),
        Effect.succeed(false).pipe(traceApproval("refund", { wait: 86_400 })),
        Effect.interrupt.pipe(traceApproval("refund"), Effect.exit)
      ]))
      const of = (decision: string) => ({ "agentops.approval.name": "refund", "agentops.approval.decision": decision })
      assert.deepStrictEqual(at("agentops.approvals"), [[1, of("approved")], [1, of("rejected")], [1, of("pending")]])
      assert.deepStrictEqual(at("agentops.approval.wait"), [[90, of("approved")], [86_400, of("rejected")]])
    }))

  it.effect("of handoffs, guardrails, retrievals, reranks and memories", () =>
    Effect.gen(function*() {
      const at = yield* measured(Effect.all([
        Effect.void.pipe(traceHandoff("billing"), traceAgent("triage")),
        Effect.succeed({ passed: false, category: "pii" }).pipe(Effect.delay("2 seconds"), traceGuardrail("addresses")),
        Effect.succeed([{ id: "a" }, { id: "b" }]).pipe(traceRetrieval("faq", { provider: "pinecone" })),
        Effect.succeed([]).pipe(traceRerank("rerank-v3.5", { provider: "cohere" })),
        Effect.fail("down").pipe(traceMemory("search_memory"), Effect.exit)
      ]))
      assert.deepStrictEqual(at("agentops.handoffs"), [[1, {
        "agentops.handoff.to": "billing",
        "agentops.handoff.from": "triage"
      }]])
      assert.deepStrictEqual(at("agentops.guardrails"), [[1, {
        "agentops.guardrail.name": "addresses",
        "agentops.guardrail.verdict": "block",
        "agentops.guardrail.category": "pii"
      }]])
      assert.deepStrictEqual(at("agentops.guardrail.duration"), [[2, { "agentops.guardrail.name": "addresses" }]])
      assert.deepStrictEqual(at("agentops.retrieval.documents"), [[2, { "gen_ai.data_source.id": "faq" }]])
      assert.deepStrictEqual(at("gen_ai.client.operation.duration")?.map(([, attributes]) => attributes), [
        { "gen_ai.operation.name": "retrieval", "gen_ai.provider.name": "pinecone" },
        { "gen_ai.operation.name": "rerank", "gen_ai.provider.name": "cohere", "gen_ai.request.model": "rerank-v3.5" },
        { "gen_ai.operation.name": "search_memory", "gen_ai.provider.name": "_OTHER", "error.type": "_OTHER" }
      ])
    }))
})
