// A LangGraph agent: a callback handler makes its nodes, model calls and tools events of the session.
// Run: npm run example -- examples/langGraph.ts (with OPENAI_API_KEY the real API, otherwise a small local server)
import { tool } from "@langchain/core/tools"
import { END, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph"
import { ToolNode } from "@langchain/langgraph/prebuilt"
import { ChatOpenAI } from "@langchain/openai"
import { Console, Effect, Layer } from "effect"
import { AgentOps, Exporter, Session } from "effect-agentops"
import * as LangChain from "effect-agentops/langchain"
import { z } from "zod"
import * as Client from "./weather/client.ts"

const weather = tool(
  ({ city }: { readonly city: string }) => city === "Boston" ? "light rain, 14 °C" : "unknown",
  { name: "weather", description: "The weather in a city, now", schema: z.object({ city: z.string() }) }
)

const program = Effect.gen(function*() {
  const { model, settings } = yield* Client.settings
  const llm = new ChatOpenAI({ model, apiKey: settings.apiKey, configuration: settings }).bindTools([weather])

  const graph = new StateGraph(MessagesAnnotation)
    .addNode("model", ({ messages }) => llm.invoke(messages).then((message) => ({ messages: [message] })))
    .addNode("tools", new ToolNode([weather]))
    .addEdge(START, "model")
    .addConditionalEdges("model", ({ messages }) => {
      const last = messages.at(-1)
      return last !== undefined && "tool_calls" in last && (last.tool_calls as Array<unknown>).length > 0
        ? "tools"
        : END
    })
    .addEdge("tools", "model")
    .compile({ name: "forecaster" })

  const handler = yield* LangChain.handler
  const { messages } = yield* Effect.tryPromise((signal) =>
    graph.invoke({ messages: [["user", "What's the weather like in Boston?"]] }, { callbacks: [handler], signal })
  )
  yield* Console.log(messages.at(-1)?.content)
}).pipe(Effect.scoped, Session.withSession({ name: "langgraph" }), Effect.andThen(AgentOps.flush()))

const TracingLive = Exporter.console({ show: "tree" }).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "langgraph" }))
)

await Effect.runPromise(Effect.scoped(Effect.provide(program, TracingLive)))
