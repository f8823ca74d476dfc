// The session as `effect-agentops replay` runs it: the model's answers come from a trace, and the tools run.
// Run: npm run viewer -- replay .traces/airline.jsonl examples/airline/replayed.ts --answers model
import { Effect, Redacted } from "effect"
import { Airline } from "./airline.ts"
import { Model } from "./model.ts"
import { session } from "./session.ts"

export default session.pipe(
  Effect.provide([
    // No server listens on this port, so a call without an answer in the trace fails.
    Model.layer({ baseUrl: "http://127.0.0.1:9/v1", apiKey: Redacted.make("no-key"), model: "airline-script" }),
    Airline.layer
  ])
)
