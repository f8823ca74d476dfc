// An agent of effect/ai with a tool, on OpenAI's SDK. Both are traced, and one call is still one llm.completion.
// Run: npm run example -- examples/effectAi.ts (with OPENAI_API_KEY the real API, otherwise a small local server)
import { Console, Effect, Layer, Schema } from "effect"
import { AgentOps, Exporter, Session, traceAgent } from "effect-agentops"
import * as Ai from "effect-agentops/ai"
import { Chat, Tool, Toolkit } from "effect/ai"
import * as Client from "./weather/client.ts"
import * as Provider from "./weather/provider.ts"

const toolkit = Toolkit.make(
  Tool.make("weather", {
    description: "The weather in a city, now",
    parameters: Schema.Struct({ city: Schema.String }),
    success: Schema.String
  })
)

const ToolsLive = toolkit.toLayer({
  weather: ({ city }) => Effect.as(Effect.sleep("10 millis"), city === "Boston" ? "light rain, 14 °C" : "unknown")
})

const program = Effect.gen(function*() {
  const chat = yield* Chat.empty
  let response = yield* chat.generateText({ prompt: "What's the weather like in Boston?", toolkit })
  while (response.toolCalls.length > 0) response = yield* chat.generateText({ prompt: [], toolkit })
  yield* Console.log(response.text)
}).pipe(traceAgent("forecaster"), Session.withSession({ name: "effect-ai" }), Effect.andThen(AgentOps.flush()))

const ModelLive = Layer.unwrap(Effect.map(Client.make, ({ model, openai }) => Provider.layer(openai, model)))

// Ai.layer needs the models and tools, and all of them need the tracing.
const MainLive = Ai.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(ModelLive, ToolsLive)),
  Layer.provideMerge(
    Exporter.console({ show: "tree" }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "effect-ai" })))
  )
)

await Effect.runPromise(Effect.provide(program, MainLive))
