// A model call that fails twice: one llm.completion with three llm.api.call spans, and the session's totals.
// Run: npm run example -- examples/retry.ts
import { Console, Effect, Layer, pipe, Ref, Schedule, Schema } from "effect"
import { AgentOps, Exporter, Session, traceAttempt, traceLlmWith } from "effect-agentops"

class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", { message: Schema.String }) {}

/** A model that fails twice and answers the third request. */
const makeModel = Effect.map(Ref.make(0), (calls) =>
  Effect.gen(function*() {
    yield* Effect.sleep("10 millis")
    const call = yield* Ref.updateAndGet(calls, (count) => count + 1)
    if (call < 3) return yield* new RateLimited({ message: `request ${call} came too soon` })
    return { text: "Third time lucky.", tokens: { input: 18, output: 5 } }
  }))

const program = Effect.gen(function*() {
  const model = yield* makeModel
  const [summary, answer] = yield* pipe(
    model,
    traceAttempt, // inside the retry: each request
    Effect.retry({ schedule: Schedule.exponential("20 millis"), times: 5 }),
    traceLlmWith({ // outside the retry: the whole call
      provider: "example",
      model: "patient-1",
      usage: ({ tokens }) => ({ inputTokens: tokens.input, outputTokens: tokens.output })
    }),
    Session.withSummary({ name: "retry" })
  )
  yield* AgentOps.flush()
  yield* Console.log(`\n${answer.text} ${summary.llmCalls} LLM call, ${summary.usage.inputTokens} tokens in.`)
})

const TracingLive = Exporter.console({ show: "tree" }).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "retry" }))
)

await Effect.runPromise(Effect.provide(program, TracingLive))
