// Vercel's AI SDK: its telemetry option makes its model calls and tools events of the session.
// Run: npm run example -- examples/aiSdk.ts (with OPENAI_API_KEY the real API, otherwise a small local server)
import { createOpenAI } from "@ai-sdk/openai"
import { generateText, stepCountIs, tool } from "ai"
import { Console, Effect, Layer } from "effect"
import { AgentOps, Exporter, Session, traceAgent } from "effect-agentops"
import * as VercelAi from "effect-agentops/vercel-ai"
import { z } from "zod"
import * as Client from "./weather/client.ts"

const weather = tool({
  description: "The weather in a city, now",
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => Promise.resolve(city === "Boston" ? "light rain, 14 °C" : "unknown")
})

const program = Effect.gen(function*() {
  const { model, settings } = yield* Client.settings
  const telemetry = yield* VercelAi.telemetry
  const { text } = yield* Effect.tryPromise((abortSignal) =>
    generateText({
      model: createOpenAI(settings).chat(model),
      prompt: "What's the weather like in Boston?",
      tools: { weather },
      stopWhen: stepCountIs(3),
      abortSignal,
      telemetry
    })
  )
  yield* Console.log(text)
}).pipe(
  Effect.scoped,
  traceAgent("forecaster"),
  Session.withSession({ name: "ai-sdk" }),
  Effect.andThen(AgentOps.flush())
)

const TracingLive = Exporter.console({ show: "tree" }).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "ai-sdk" }))
)

await Effect.runPromise(Effect.scoped(Effect.provide(program, TracingLive)))
