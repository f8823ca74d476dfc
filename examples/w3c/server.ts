// A server for W3C's trace-context harness: it calls the URLs that the harness sends, in the trace of the request.
// Run: PORT=5000 npm run example -- examples/w3c/server.ts, then python test.py http://127.0.0.1:5000/test in the harness
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer, Option, Schema } from "effect"
import { AgentOps } from "effect-agentops"
import * as HttpPropagation from "effect-agentops/http-propagation"
import {
  FetchHttpClient,
  HttpClient,
  HttpClientRequest,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "effect/http"
import { createServer } from "node:http"

/** The requests that the harness expects: each to `url`, with `arguments` as the body. */
const Callbacks = Schema.Array(Schema.Struct({ url: Schema.String, arguments: Schema.Array(Schema.Json) }))

const callBack = Effect.gen(function*() {
  const http = (yield* HttpClient.HttpClient).pipe(HttpPropagation.client({ hosts: ["127.0.0.1"] }))
  const callbacks = yield* HttpServerRequest.schemaBodyJson(Callbacks)
  yield* Effect.forEach(callbacks, (callback) =>
    http.execute(
      HttpClientRequest.post(callback.url).pipe(HttpClientRequest.bodyJsonUnsafe(callback.arguments))
    ))
  return HttpServerResponse.text("ok")
}).pipe(Effect.orDie)

const program = Effect.gen(function*() {
  yield* HttpRouter.serve(HttpRouter.add("POST", "/test", callBack), {
    middleware: HttpPropagation.server(),
    disableListenLog: true,
    disableLogger: true
  }).pipe(Layer.build)
  const { address } = yield* HttpServer.HttpServer
  if (address._tag === "InetAddressV4") yield* Console.log(`Listening on http://127.0.0.1:${address.port}/test`)
  return yield* Effect.never
})

const ServerLive = Layer.unwrap(
  Effect.gen(function*() {
    const port = Option.getOrElse(yield* Config.option(Config.Port("PORT")), () => 5000)
    return NodeHttpServer.layer(createServer, { host: "127.0.0.1", port })
  })
)

// Without this layer, Effect's server continues the trace first, and a later traceparent version starts a second trace.
const MainLive = HttpPropagation.layerServer.pipe(
  Layer.provideMerge(Layer.mergeAll(ServerLive, FetchHttpClient.layer)),
  Layer.provideMerge(AgentOps.layer({ serviceName: "w3c-harness" }))
)

program.pipe(Effect.scoped, Effect.provide(MainLive), NodeRuntime.runMain)
