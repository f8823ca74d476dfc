/** Approvals, handoffs, guardrails, retrievals, reranks and memory in the names of each backend. */
import * as published from "@arizeai/openinference-semantic-conventions"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import { stepNames } from "../../src/convention/internal/openInferenceStep.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Field from "../../src/model/Field.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceApproval } from "../../src/trace/ApprovalEvent.ts"
import * as Event from "../../src/trace/Event.ts"
import { traceGuardrail } from "../../src/trace/GuardrailEvent.ts"
import { traceHandoff } from "../../src/trace/HandoffEvent.ts"
import { traceMemory } from "../../src/trace/MemoryEvent.ts"
import { traceRerank } from "../../src/trace/RerankEvent.ts"
import * as RetrievalEvent from "../../src/trace/RetrievalEvent.ts"

const document = { id: "faq-3", score: 0.5, content: "Five days.", metadata: { page: 1 } }

const program = Effect.all([
  Effect.succeed({ approved: true, approver: "u-17" }).pipe(traceApproval("refund", { request: { order: 7 } })),
  Effect.succeed("done").pipe(traceHandoff("billing", { input: "a refund" })),
  Effect.succeed(false).pipe(traceGuardrail("addresses", { spec: "output", category: "pii", input: "a@b.example" })),
  Effect.succeed([document]).pipe(RetrievalEvent.traceRetrieval("faq", { query: "refund", topK: 5 })),
  Effect.succeed([document]).pipe(
    traceRerank("rerank-v3.5", { provider: "cohere", query: "refund", topK: 1, inputDocuments: [document] })
  ),
  Effect.succeed([document]).pipe(traceMemory("search_memory", { storeId: "customers", query: "seat" })),
  Effect.succeed({ id: "m-1" }).pipe(traceMemory("create_memory", { storeId: "customers", recordCount: 1 }))
]).pipe(traceAgent("triage"))

const told = (convention: Convention.Convention, content = true, of: Effect.Effect<unknown> = program) =>
  Effect.andThen(of, Effect.flatMap(Exporter.Memory, ({ spans }) => spans)).pipe(
    Effect.provide(
      Exporter.memory({ convention, content }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
    )
  )

const at = (spans: ReadonlyArray<SpanData>, name: string): SpanData => {
  const span = spans.find((span) => span.name === name)
  assert.isDefined(span, `${name} among ${spans.map(({ name }) => name).join(", ")}`)
  return span!
}

const subset = (span: SpanData, expected: SpanData["attributes"]) => {
  for (const key in expected) assert.deepStrictEqual(span.attributes[key], expected[key], `${key} of ${span.name}`)
}

const json = JSON.stringify

describe("openInference", () => {
  it("uses only names of the published package", () => {
    const known = new Set([
      ...Object.values(published.SemanticConventions as Readonly<Record<string, string>>),
      ...Object.values(published).filter((value) => typeof value === "string")
    ])
    for (const name of Object.values(stepNames)) assert.isTrue(known.has(name), name)
  })

  it.live("gives each its kind", () =>
    Effect.gen(function*() {
      const spans = yield* told(Convention.openInference)
      const kinds = spans.map(({ attributes, name }) => [name, attributes["openinference.span.kind"]])
      assert.deepStrictEqual(kinds.filter(([, kind]) => kind !== undefined), [
        ["refund", "CHAIN"],
        ["handoff to billing", "CHAIN"],
        ["addresses", "GUARDRAIL"],
        ["retrieval.query", "CHAIN"],
        ["retrieval faq", "RETRIEVER"],
        ["rerank.api.call", "CHAIN"],
        ["rerank rerank-v3.5", "RERANKER"],
        ["search_memory", "RETRIEVER"],
        ["create_memory", "CHAIN"],
        ["triage", "AGENT"]
      ])
      const documents = (key: string) => ({
        [`${key}.0.document.id`]: "faq-3",
        [`${key}.0.document.score`]: 0.5,
        [`${key}.0.document.content`]: "Five days.",
        [`${key}.0.document.metadata`]: json({ page: 1 })
      })
      subset(at(spans, "refund"), {
        "input.value": json({ order: 7 }),
        "agentops.approval.decision": "approved",
        "agentops.approval.approver": "u-17"
      })
      subset(at(spans, "handoff to billing"), { "graph.node.id": "billing", "graph.node.parent_id": "triage" })
      subset(at(spans, "addresses"), { "input.value": "a@b.example", "output.value": "false" })
      subset(at(spans, "retrieval faq"), { "input.value": "refund", ...documents("retrieval.documents") })
      subset(at(spans, "rerank rerank-v3.5"), {
        "reranker.model_name": "rerank-v3.5",
        "reranker.top_k": 1,
        "reranker.query": "refund",
        ...documents("reranker.input_documents"),
        ...documents("reranker.output_documents")
      })
      subset(at(spans, "search_memory"), { "input.value": "seat", ...documents("retrieval.documents") })
    }))
})

describe("genAi", () => {
  it.live("uses the convention's names where they exist", () =>
    Effect.gen(function*() {
      const latest = yield* told(Convention.genAi("latest"))
      const retrieval = at(latest, "retrieval faq")
      assert.strictEqual(retrieval.kind, "client")
      subset(retrieval, {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "faq",
        "gen_ai.retrieval.top_k": 5,
        "gen_ai.retrieval.query.text": "refund",
        "gen_ai.retrieval.documents": json([document])
      })
      subset(at(latest, "search_memory"), {
        "gen_ai.operation.name": "search_memory",
        "gen_ai.memory.store.id": "customers",
        "gen_ai.memory.record.count": 1,
        "gen_ai.memory.query.text": "seat"
      })
      subset(at(latest, "agent.rerank"), { "gen_ai.operation.name": "rerank", "gen_ai.request.model": "rerank-v3.5" })
      const older = yield* told(Convention.genAi("1.41"))
      subset(at(older, "retrieval faq"), { "gen_ai.request.top_k": 5, "gen_ai.retrieval.top_k": undefined! })
      subset(at(older, "agent.memory"), { "agentops.event.kind": "memory" })
    }))
})

describe("langfuse", () => {
  it.live("has a type for each", () =>
    Effect.gen(function*() {
      const spans = yield* told(Convention.langfuse)
      const types = (name: string) => at(spans, name).attributes["langfuse.observation.type"]
      assert.deepStrictEqual(
        [
          "refund",
          "handoff to billing",
          "addresses",
          "retrieval faq",
          "rerank rerank-v3.5",
          "search_memory",
          "create_memory"
        ]
          .map(types),
        ["span", "span", "guardrail", "retriever", "retriever", "retriever", "span"]
      )
      subset(at(spans, "retrieval faq"), {
        "langfuse.observation.input": "refund",
        "langfuse.observation.output": json([document])
      })
    }))
})

describe("agentOps", () => {
  it.live("has a guardrail, and operations that are no model calls", () =>
    Effect.gen(function*() {
      const spans = yield* told(Convention.agentOps)
      for (const { attributes, name } of spans) {
        assert.isFalse(Object.keys(attributes).some((key) => key.startsWith("gen_ai.")), name)
      }
      subset(at(spans, "addresses.guardrail"), {
        "agentops.span.kind": "guardrail",
        "agentops.guardrail.spec": "output",
        "agentops.guardrail.input": "a@b.example",
        "agentops.guardrail.verdict": "block"
      })
      subset(at(spans, "handoff to billing.operation"), {
        "agentops.span.kind": "operation",
        "from_agent": "triage",
        "to_agent": "billing"
      })
      subset(at(spans, "retrieval faq.operation"), { "retrieval.top_k": 5, "data_source.id": "faq" })
      subset(at(spans, "refund.operation"), { "agentops.approval.decision": "approved" })
    }))
})

describe("every convention", () => {
  const conventions = [
    Convention.standard,
    Convention.genAi("latest"),
    Convention.genAi("1.41"),
    Convention.agentOps,
    Convention.openInference,
    Convention.langfuse
  ]
  const secret = Effect.all([
    Effect.succeed({ approved: true, reason: "SECRET" }).pipe(traceApproval("a", { request: "SECRET" })),
    Effect.succeed("SECRET").pipe(traceHandoff("b", { input: "SECRET", reason: "SECRET" })),
    Effect.succeed({ passed: true, reason: "SECRET" }).pipe(traceGuardrail("c", { input: "SECRET" })),
    Effect.succeed(["SECRET"]).pipe(RetrievalEvent.traceRetrieval("d", { query: "SECRET" })),
    Effect.succeed(["SECRET"]).pipe(traceRerank("e", { query: "SECRET", inputDocuments: [{ content: "SECRET" }] })),
    Effect.succeed([{ content: "SECRET" }]).pipe(traceMemory("search_memory", { query: "SECRET" })),
    Effect.succeed("SECRET").pipe(traceAction("f"))
  ])
  it.live.each(conventions)(
    "$name leaves their content out if it may not be exported",
    (convention) =>
      Effect.gen(function*() {
        const spans = yield* told(convention, false, secret)
        assert.notInclude(json(spans.map(({ attributes }) => attributes)), "SECRET")
      })
  )

  it.live.each(conventions)(
    "$name encodes a program's own kind by its category, with its own fields",
    (convention) =>
      Effect.gen(function*() {
        const Search = Event.define("shop.search", {
          category: "retrieval",
          span: "shop.search",
          fields: {
            shelf: Field.attribute("shop.shelf", Schema.String),
            note: Field.attribute("shop.note", Schema.String, { content: true }),
            query: RetrievalEvent.fields.query,
            dataSource: RetrievalEvent.fields.dataSource
          }
        })
        const spans = yield* told(
          convention,
          true,
          Effect.void.pipe(Search.trace({ shelf: "top", note: "hers", query: "shoes", dataSource: "shelves" }))
        )
        subset(spans[0]!, { "shop.shelf": "top", "shop.note": "hers" })
        assert.include(json(spans[0]!.attributes), "shoes")
      })
  )
})
