// The service that a user calls: an agent books a flight through the orders service.
// The session starts here. Started by main.ts.
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { Config, Effect } from "effect"
import { AgentOps, Session, traceAgent, traceLlmWith, traceTool } from "effect-agentops"
import * as HttpPropagation from "effect-agentops/http-propagation"
import { HttpClient, HttpClientRequest } from "effect/http"

const decide = Effect.succeed("book seat 12A").pipe(
  traceLlmWith({ provider: "openai", model: "gpt-4o", usage: { inputTokens: 120, outputTokens: 9 } })
)

const book = Effect.fnUntraced(function*(seat: string) {
  // Sends trace headers to this host only.
  const http = (yield* HttpClient.HttpClient).pipe(HttpPropagation.client({ hosts: ["127.0.0.1"] }))
  const orders = yield* Config.String("ORDERS_URL")
  return yield* http.execute(
    HttpClientRequest.post(`${orders}/orders`).pipe(HttpClientRequest.bodyJsonUnsafe({ seat }))
  )
})

const agent = Effect.gen(function*() {
  yield* decide
  yield* book("12A").pipe(
    traceTool("book_seat", { parameters: { seat: "12A" }, result: (response) => response.status })
  )
}).pipe(traceAgent("booking"))

agent.pipe(
  Session.withSession({ name: "book-flight", tags: ["demo"], userId: "ada" }),
  Effect.provide([AgentOps.layerFromConfig, NodeHttpClient.layerUndici]),
  NodeRuntime.runMain
)
