// An agent of the Claude Agent SDK: its answers and its tool are events of the session, with tokens and cost.
// Run: npm install --no-save @anthropic-ai/claude-agent-sdk && npm run example -- examples/claudeAgent/main.ts
// (with ANTHROPIC_API_KEY against the real API, else against a small server)
import { Console, Effect, Layer, Stream } from "effect"
import { AgentOps, Exporter, Session } from "effect-agentops"
import * as ClaudeAgent from "effect-agentops/claude-agent"
import * as Server from "./server.ts"

const program = Effect.gen(function*() {
  const { query } = yield* Effect.tryPromise(() => import("@anthropic-ai/claude-agent-sdk"))
  const { cwd, env } = yield* Server.environment
  const [summary] = yield* ClaudeAgent.query(query, {
    prompt: "How many files are in this folder? Count them with the shell.",
    options: { model: "claude-sonnet-4-6", allowedTools: ["Bash"], settingSources: [], cwd, env }
  }).pipe(
    Stream.filter((message) => message.type === "result"),
    Stream.runForEach(({ result }) => Console.log(result)),
    Session.withSummary({ name: "claude-agent" })
  )
  yield* AgentOps.flush()
  yield* Console.log(`${summary.llmCalls} answers for $${summary.costNanos / 1e9}`)
}).pipe(
  Effect.catchTag(
    "UnknownError",
    () => Console.log("The SDK is too large for this repository: npm install --no-save @anthropic-ai/claude-agent-sdk")
  )
)

const TracingLive = Exporter.console({ show: "tree" }).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "claude-agent" }))
)

await Effect.runPromise(Effect.scoped(Effect.provide(program, TracingLive)))
