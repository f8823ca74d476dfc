// One session, sent to where the check says; what became of its spans is printed as JSON.
import { Effect, Layer, pipe } from "effect"
import { AgentOps, Exporter, Session, traceLlm, traceTool } from "effect-agentops"

/** What a model's API answers, with a secret in it. */
const answer = (facts) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "gpt-4o-2024-08-06",
  choices: [{
    index: 0,
    message: { role: "assistant", content: `${facts}, with the key ${secret}` },
    finish_reason: "stop"
  }],
  usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }
})

const secret = ["ghp", "0123456789abcdefghijABCDEFGHIJ012345"].join("_")

/** What is loaded on demand has been there: the answer is read, priced and redacted. */
const read = Effect.flatMap(Exporter.Memory, (memory) =>
  Effect.map(memory.spans, (spans) => {
    const call = spans.find(({ name }) => name === "llm.completion")
    const text = JSON.stringify(spans.map(({ attributes }) => attributes))
    if (!text.includes("0.0035")) throw new Error(`the call has no cost: ${JSON.stringify(call.attributes)}`)
    if (!text.includes("[redacted]") || text.includes(secret)) throw new Error(`a secret is left: ${text}`)
  }))

export const traced = (url, service) => {
  const live = Layer.mergeAll(Exporter.otlp({ url, protocol: "json" }), Exporter.memory()).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: service }))
  )
  const program = pipe(
    Effect.sleep("5 millis"),
    Effect.as("red shoes"),
    traceTool("search", { parameters: { query: "shoes" } }),
    Effect.flatMap((facts) => pipe(Effect.succeed(answer(facts)), traceLlm)),
    Session.withSession({ name: "shopping" }),
    Effect.andThen(AgentOps.flush()),
    Effect.tap(read)
  )
  return Effect.runPromise(Effect.provide(program, live))
}
