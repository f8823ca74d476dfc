// Sends the same session to three destinations: a collector over OTLP, the console, and an exporter of your own.
// Run: npm run example -- examples/severalBackends.ts
import { NodeHttpServer } from "@effect/platform-node"
import { Console, Effect, Layer, pipe, Ref, Schema } from "effect"
import { AgentOps, Exporter, Session, traceLlmWith, traceTool } from "effect-agentops"
import { HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"

/** The part of an OTLP request that the collector below prints. */
const TraceRequest = Schema.Struct({
  resourceSpans: Schema.Array(Schema.Struct({
    scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Schema.Struct({ name: Schema.String })) }))
  }))
})

/** Starts a small OTLP collector on a free port of 127.0.0.1 and returns its address. */
const startCollector = Effect.gen(function*() {
  const server = yield* NodeHttpServer.make(createServer, { host: "127.0.0.1", port: 0 })
  const received = yield* Ref.make<ReadonlyArray<string>>([])
  const take = Effect.gen(function*() {
    const { resourceSpans } = yield* HttpServerRequest.schemaBodyJson(TraceRequest)
    const names = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    yield* Ref.update(received, (before) => [...before, ...names.map((span) => span.name)])
    return HttpServerResponse.jsonUnsafe({})
  })
  yield* server.serve(take)
  return { url: HttpServer.formatAddress(server.address), received: Ref.get(received) }
})

const agent = pipe(
  Effect.succeed({ temperature: 21 }),
  Effect.delay("10 millis"),
  traceTool("get_weather", { parameters: { city: "Lisbon" } }),
  Effect.andThen(pipe(Effect.sleep("30 millis"), Effect.as("21 degrees."), traceLlmWith({ model: "gpt-4o" }))),
  Session.withSession({ name: "weather" })
)

const program = Effect.gen(function*() {
  const collector = yield* startCollector

  const TracingLive = Layer.mergeAll(
    Exporter.otlp({ url: collector.url, protocol: "json" }),
    Exporter.console({ show: "tree" }),
    Exporter.make({ name: "counter", export: (spans) => Console.log(`counter: ${spans.length} spans in a batch`) })
  ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "weather" })))

  yield* agent.pipe(Effect.andThen(AgentOps.flush()), Effect.provide(TracingLive))
  yield* Console.log(`\ncollector: ${(yield* collector.received).toSorted().join(", ")}`)
})

await Effect.runPromise(Effect.scoped(program))
