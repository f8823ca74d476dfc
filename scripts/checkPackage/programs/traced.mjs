// One session, sent to where the check says; what became of its spans is printed as JSON.
import { Effect, Layer, pipe } from "effect"
import { AgentOps, Exporter, Session, traceLlmWith, traceTool } from "effect-agentops"

export const traced = (url, service) => {
  const live = Exporter.otlp({ url, protocol: "json" }).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: service }))
  )
  const program = pipe(
    Effect.sleep("5 millis"),
    Effect.as("red shoes"),
    traceTool("search", { parameters: { query: "shoes" } }),
    Effect.flatMap((facts) => pipe(Effect.succeed(facts), traceLlmWith({ model: "gpt-4o" }))),
    Session.withSession({ name: "shopping" }),
    Effect.andThen(AgentOps.flush())
  )
  return Effect.runPromise(Effect.provide(program, live))
}
