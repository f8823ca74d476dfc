// The shortest program: a tool call and a model call in a session. Environment variables set where its trace goes.
// Run: npm run example -- examples/quickstart.ts
import { Effect, pipe } from "effect"
import { AgentOpsLive, Session, traceLlm, traceTool } from "effect-agentops"

const search = (query: string) =>
  pipe(Effect.succeed([`${query}: $59`]), Effect.delay("20 millis"), traceTool("search", { parameters: { query } }))

// Any effect that returns a response of OpenAI or Anthropic.
const ask = (question: string) =>
  pipe(
    Effect.succeed({
      object: "chat.completion",
      model: "gpt-4o",
      choices: [{ message: { role: "assistant", content: `You asked for ${question}.` }, finish_reason: "stop" }],
      usage: { prompt_tokens: 24, completion_tokens: 9 }
    }),
    Effect.delay("80 millis"),
    traceLlm
  )

const program = Effect.flatMap(search("red shoes"), (found) => ask(found.join())).pipe(
  Session.withSession({ name: "shopping" }),
  Effect.provide(AgentOpsLive)
)

await Effect.runPromise(program)
