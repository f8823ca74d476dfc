// An exporter of your own: it adds up the cost of each model from the spans.
// Run: npm run example -- examples/customExporter.ts
import { Console, Effect, Layer, pipe } from "effect"
import { AgentOps, Exporter, Session, type SpanData, traceLlmWith } from "effect-agentops"

/** US dollars per million tokens of input and of output. */
const prices: Readonly<Record<string, readonly [input: number, output: number]>> = {
  "large-1": [2.5, 10],
  "small-1": [0.15, 0.6]
}

const costOf = ({ attributes }: SpanData.SpanData): string => {
  const model = String(attributes["gen_ai.request.model"])
  const [input, output] = prices[model] ?? [0, 0]
  const cost = Number(attributes["gen_ai.usage.input_tokens"]) * input +
    Number(attributes["gen_ai.usage.output_tokens"]) * output
  return `${model}: $${(cost / 1e6).toFixed(6)}`
}

/** `export` gets batches of ended spans. If it fails, the batch counts as dropped and the program continues. */
const costReport = Exporter.make({
  name: "cost-report",
  content: false, // the report needs no prompts or answers
  export: (spans) =>
    Effect.forEach(
      spans.filter((span) => span.name === "llm.completion"),
      (span) => Console.log(costOf(span)),
      { discard: true }
    )
})

const ask = (model: string, inputTokens: number, outputTokens: number) =>
  pipe(Effect.sleep("5 millis"), traceLlmWith({ model, usage: { inputTokens, outputTokens } }))

const program = Effect.gen(function*() {
  yield* Effect.all([ask("large-1", 1200, 80), ask("small-1", 400, 300)]).pipe(Session.withSession({ name: "costs" }))
  for (const status of yield* AgentOps.flush()) {
    yield* Console.log(`${status.name}: ${status.delivered} delivered, ${status.pending} pending`)
  }
})

const TracingLive = costReport.pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "costs" })))

await Effect.runPromise(Effect.provide(program, TracingLive))
