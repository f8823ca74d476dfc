// OpenAI's own SDK with streaming and a tool. Each answer is an llm.completion, and the tool is an agent.tool.
// Run: npm run example -- examples/openAi.ts (with OPENAI_API_KEY the real API, otherwise a small local server)
import { Console, Effect, Layer, Stream } from "effect"
import { AgentOps, Exporter, LlmStream, Session, traceAgent, traceTools } from "effect-agentops"
import type OpenAI from "openai"
import * as Client from "./weather/client.ts"

const { weather } = traceTools({
  weather: ({ city }: { readonly city: string }) =>
    Effect.as(Effect.sleep("10 millis"), city === "Boston" ? "light rain, 14 °C" : "unknown")
})

const tools: Array<OpenAI.Chat.ChatCompletionTool> = [{
  type: "function",
  function: {
    name: "weather",
    description: "The weather in a city, now",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
  }
}]

const program = Effect.gen(function*() {
  const { model, openai } = yield* Client.make

  /** Streams one answer and returns it as a message for the conversation. */
  const ask = (messages: Array<OpenAI.Chat.ChatCompletionMessageParam>) =>
    openai.chat.completions.stream({ model, messages, tools, stream_options: { include_usage: true } }).pipe(
      Stream.tap((chunk) => Console.log(`chunk: ${JSON.stringify(chunk.choices[0]?.delta ?? chunk.usage)}`)),
      Stream.runCollect,
      Effect.map(LlmStream.readChunks),
      Effect.map((answer) => answer?.outputMessages?.[0]?.parts ?? [])
    )

  const question = { role: "user" as const, content: "What's the weather like in Boston?" }
  const [first] = yield* ask([question])
  if (first?.type !== "tool_call") return yield* Effect.die("the model did not ask for the weather")
  const call = first as { readonly id: string; readonly arguments: { readonly city: string } }
  const content = yield* weather(call.arguments)
  yield* ask([
    question,
    {
      role: "assistant",
      tool_calls: [{
        id: call.id,
        type: "function",
        function: { name: "weather", arguments: JSON.stringify(call.arguments) }
      }]
    },
    { role: "tool", tool_call_id: call.id, content }
  ])
}).pipe(traceAgent("forecaster"), Session.withSession({ name: "openai" }), Effect.andThen(AgentOps.flush()))

const TracingLive = Exporter.console({ show: "tree" }).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "openai" }))
)

await Effect.runPromise(Effect.scoped(Effect.provide(program, TracingLive)))
