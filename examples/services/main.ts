// Two services and a worker: three processes in one session. Collects their spans and prints them as one tree.
// Run: npm run example -- examples/services/main.ts
import { NodeHttpServer, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Layer, Queue, Schema, Stream } from "effect"
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { ChildProcess } from "effect/process"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"

const Span = Schema.Struct({
  traceId: Schema.String,
  spanId: Schema.String,
  parentSpanId: Schema.optional(Schema.String),
  name: Schema.String,
  startTimeUnixNano: Schema.String
})

const Traces = Schema.Struct({
  resourceSpans: Schema.Array(Schema.Struct({
    resource: Schema.Struct({
      attributes: Schema.Array(
        Schema.Struct({ key: Schema.String, value: Schema.Record(Schema.String, Schema.Unknown) })
      )
    }),
    scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Span) }))
  }))
})

interface Received extends Schema.Schema.Type<typeof Span> {
  readonly service: string
}

const received: Array<Received> = []

/** The backend: receives OTLP like an OpenTelemetry Collector. */
const Collector = HttpRouter.add(
  "POST",
  "/v1/traces",
  Effect.gen(function*() {
    const { resourceSpans } = yield* HttpServerRequest.schemaBodyJson(Traces)
    for (const { resource, scopeSpans } of resourceSpans) {
      const name = resource.attributes.find(({ key }) => key === "service.name")?.value["stringValue"]
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) received.push({ ...span, service: String(name) })
    }
    return HttpServerResponse.jsonUnsafe({})
  })
)

/** A queue in place of a broker: a message waits until a worker takes it. */
const QueueRoutes = Layer.unwrap(Effect.map(Queue.unbounded<unknown>(), (queue) =>
  Layer.mergeAll(
    HttpRouter.add(
      "POST",
      "/queue",
      Effect.gen(function*() {
        const request = yield* HttpServerRequest.HttpServerRequest
        yield* Queue.offer(queue, yield* request.json)
        return HttpServerResponse.empty()
      })
    ),
    HttpRouter.add("GET", "/queue", Effect.map(Queue.take(queue), (message) => HttpServerResponse.jsonUnsafe(message)))
  )))

const start = (name: string, env: Record<string, string>) =>
  ChildProcess.make(
    process.execPath,
    [...process.execArgv, fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    { env: { ...env, OTEL_SERVICE_NAME: name }, extendEnv: true, stderr: "inherit" }
  )

const childrenOf = (parent: string | undefined): ReadonlyArray<Received> =>
  received.filter((span) => (span.parentSpanId ?? "") === (parent ?? ""))
    .toSorted((a, b) => a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1)

const print = (parent: string | undefined, indent: string): Effect.Effect<void> =>
  Effect.forEach(childrenOf(parent), (span) =>
    Effect.andThen(
      Console.log(`${indent}${span.name}  [${span.service}]`),
      print(span.spanId, `${indent}  `)
    ), { discard: true })

const program = Effect.gen(function*() {
  const { address } = yield* HttpServer.HttpServer
  const here = `http://127.0.0.1:${address._tag === "InetAddressV4" ? address.port : 0}`
  const env = {
    AGENTOPS_API_KEY: "",
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_ENDPOINT: here,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    QUEUE_URL: here
  }
  const orders = yield* start("orders", env)
  const listening = yield* orders.stdout.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.filter((line) => line.startsWith("listening ")),
    Stream.runHead,
    Effect.flatMap(Effect.fromOption)
  )
  const ordersUrl = `http://127.0.0.1:${listening.slice("listening ".length)}`
  const worker = yield* start("worker", env)
  const front = yield* start("front", { ...env, ORDERS_URL: ordersUrl })
  yield* front.exitCode
  yield* worker.exitCode
  // The process sends its spans before it exits, because the release of its layers flushes.
  yield* orders.kill()
  const traces = new Set(received.map((span) => span.traceId))
  yield* Console.log(
    `${received.length} spans of ${new Set(received.map((span) => span.service)).size} processes, ` +
      `${traces.size} trace`
  )
  yield* print(undefined, "")
  if (traces.size !== 1 || childrenOf(undefined).length !== 1) {
    return yield* Effect.die("the spans form more than one tree")
  }
})

const ServerLive = HttpRouter.serve(Layer.mergeAll(Collector, QueueRoutes), {
  disableLogger: true,
  disableListenLog: true
}).pipe(Layer.provideMerge(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })))

program.pipe(Effect.scoped, Effect.provide([ServerLive, NodeServices.layer]), NodeRuntime.runMain)
