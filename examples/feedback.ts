// Feedback: a user's stars and a judge's score, recorded in the trace, also after the session has ended.
// Run: npm run example -- examples/feedback.ts
import { Console, Effect, Layer } from "effect"
import { AgentOps, Exporter, Session, traceAgent, traceLlmWith } from "effect-agentops"
import { Evaluation, Score } from "effect-agentops/evaluation"

const stars = Score.numeric("stars", { min: 1, max: 5 })
const grounded = Score.passed("grounded")

const answer = Effect.succeed("Your order has left our house.").pipe(
  traceLlmWith({
    provider: "openai",
    model: "gpt-4o-mini",
    usage: { inputTokens: 40, outputTokens: 9 },
    outputMessages: (text) => [{ role: "assistant", parts: [{ type: "text", content: text }], finish_reason: "stop" }]
  }),
  traceAgent("support")
)

const program = Effect.gen(function*() {
  const ids = yield* Effect.gen(function*() {
    yield* answer
    // A judge scores while the session runs.
    yield* Evaluation.record(grounded.of(true, { explanation: "It says what the order's record says" }))
    const { span, traceId } = yield* Session.Session
    return { traceId, spanId: span.spanId }
  }).pipe(Session.withSession({ name: "support" }))
  // The user rates later. The ids suffice, also in another process.
  yield* Evaluation.feedback(stars.of(4), ids)
  yield* AgentOps.flush()
  const memory = yield* Exporter.Memory
  // A score is an event of the span if the span is still open, and otherwise a child span.
  const scores = (yield* memory.spans).flatMap((span) => [span, ...span.events])
  for (const { attributes } of scores) {
    const { "gen_ai.evaluation.name": name, "gen_ai.evaluation.score.value": value } = attributes
    if (name !== undefined) yield* Console.log(`${name}: ${value}`)
  }
})

const TracingLive = Layer.mergeAll(Exporter.console({ show: "tree" }), Exporter.memory()).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "support" }))
)

await Effect.runPromise(Effect.provide(program, TracingLive))
