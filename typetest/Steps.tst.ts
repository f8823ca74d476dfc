import { type Effect, pipe, Stream } from "effect"
import { traceApproval, traceGuardrail, traceHandoff, traceMemory, traceRerank, traceRetrieval } from "effect-agentops"
import { describe, expect, it } from "tstyche"

declare const answer: Effect.Effect<{ readonly by: string; readonly yes: boolean }, "gone", "db">

describe("approvals, handoffs, guardrails, retrievals, reranks and memory", () => {
  it("keep value, error and requirements", () => {
    expect(pipe(answer, traceApproval("refund"))).type.toBe<typeof answer>()
    expect(traceHandoff(answer, "billing", { from: "triage" })).type.toBe<typeof answer>()
    expect(pipe(answer, traceGuardrail("pii", { spec: "input", input: { a: 1 } }))).type.toBe<typeof answer>()
    expect(pipe(answer, traceMemory("search_memory", { query: "seat" }))).type.toBe<typeof answer>()
    expect(pipe(Stream.make("a"), traceRetrieval("faq", { query: "q" }))).type.toBe<Stream.Stream<"a">>()
  })

  it("read fields from the value with its type", () => {
    const traced = pipe(
      answer,
      traceApproval("refund", {
        approver: ({ by }) => by,
        decision: ({ yes }) => yes ? "approved" : "rejected",
        wait: 60
      })
    )
    expect(traced).type.toBe<typeof answer>()
  })

  it("reject values that are not a decision, verdict or number", () => {
    expect(traceApproval).type.not.toBeCallableWith(answer, "refund", { decision: "perhaps" })
    expect(traceApproval).type.not.toBeCallableWith(answer, "refund", { wait: "1 hour" })
    expect(traceGuardrail).type.not.toBeCallableWith(answer, "pii", { verdict: "no" })
    expect(traceGuardrail).type.not.toBeCallableWith(answer, "pii", { spec: "inside" })
    expect(traceRetrieval).type.not.toBeCallableWith(answer, "faq", { topK: "5" })
    expect(traceRerank).type.not.toBeCallableWith(answer, "rerank", { documents: [{ id: 7 }] })
    expect(traceHandoff).type.not.toBeCallableWith(answer, "billing", { to_: "x" })
  })
})
