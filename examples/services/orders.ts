// The orders service: accepts an order in the caller's session and puts a message for the worker into the queue.
// The message carries the trace context. Started by main.ts.
import { NodeHttpClient, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer } from "effect"
import { AgentOps, Propagation, traceTool } from "effect-agentops"
import * as HttpPropagation from "effect-agentops/http-propagation"
import { HttpClient, HttpClientRequest, HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"

const enqueue = Effect.fnUntraced(function*(body: string) {
  const http = yield* HttpClient.HttpClient
  const queue = yield* Config.String("QUEUE_URL")
  // The library does not know this queue, so the program writes the trace context into the message.
  const message = { body, attributes: yield* Propagation.inject() }
  yield* http.execute(HttpClientRequest.post(`${queue}/queue`).pipe(HttpClientRequest.bodyJsonUnsafe(message)))
})

const Routes = HttpRouter.add(
  "POST",
  "/orders",
  Effect.gen(function*() {
    yield* Effect.succeed("reserved").pipe(traceTool("reserve_seat"))
    yield* enqueue("confirm 12A").pipe(Effect.orDie)
    return HttpServerResponse.jsonUnsafe({ order: 7 }, { status: 201 })
  })
)

const ServerLive = HttpRouter.serve(Routes, {
  middleware: HttpPropagation.server({ session: { name: "orders" } }),
  disableLogger: true,
  disableListenLog: true
}).pipe(
  Layer.provideMerge(Layer.effectDiscard(
    Effect.flatMap(
      HttpServer.HttpServer,
      ({ address }) => address._tag === "InetAddressV4" ? Console.log(`listening ${address.port}`) : Effect.void
    )
  )),
  Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 }))
)

Layer.launch(ServerLive).pipe(
  Effect.provide([AgentOps.layerFromConfig, NodeHttpClient.layerUndici]),
  // Effect's client would also send trace headers. The queue needs none, because the message has the context.
  Effect.provideService(HttpClient.TracerPropagationEnabled, false),
  NodeRuntime.runMain
)
