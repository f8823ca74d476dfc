// The worker: takes one message from the queue and continues the session of the message.
// Started by main.ts.
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { Config, Effect, Schema } from "effect"
import { AgentOps, Propagation, traceAction } from "effect-agentops"
import { HttpClient, HttpClientResponse } from "effect/http"

const Message = Schema.Struct({
  body: Schema.String,
  attributes: Schema.Record(Schema.String, Schema.String)
})

const take = Effect.gen(function*() {
  const http = yield* HttpClient.HttpClient
  const queue = yield* Config.String("QUEUE_URL")
  return yield* http.get(`${queue}/queue`).pipe(Effect.flatMap(HttpClientResponse.schemaBodyJson(Message)))
})

const program = Effect.gen(function*() {
  const message = yield* Effect.withTracerEnabled(take, false)
  yield* Effect.log(message.body).pipe(
    traceAction("send_confirmation", { parameters: message.body }),
    Propagation.continueSession(Propagation.extract(message.attributes), { name: "worker" })
  )
})

program.pipe(Effect.provide([AgentOps.layerFromConfig, NodeHttpClient.layerUndici]), NodeRuntime.runMain)
