/**
 * A program with OpenTelemetry's own SDK and instrumentations, and with the library's tracer. It prints the spans of
 * both, one a line.
 */
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http"
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici"
import { NodeSDK } from "@opentelemetry/sdk-node"
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base"
import type * as Http from "node:http"
import { createRequire } from "node:module"
import type { AddressInfo } from "node:net"
import { simpleSpanProcessor } from "./traceSdk.ts"

const exporter = new InMemorySpanExporter()
const processor = simpleSpanProcessor(exporter)
const sdk = new NodeSDK({
  spanProcessors: [processor],
  instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()]
})
sdk.start()

// The instrumentation patches only modules that are loaded after it.
const http = createRequire(import.meta.url)("node:http") as typeof Http
const { Effect, Layer } = await import("effect")
const { AgentOps, Exporter, Session, traceTool } = await import("effect-agentops")
const OpenTelemetry = await import("effect-agentops/export/OpenTelemetry")

const server = http.createServer((request, response) => {
  response.end(request.headers["traceparent"] ?? "none")
})
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

const get = () =>
  new Promise<string>((resolve, reject) => {
    http.get(url, (response) => {
      response.setEncoding("utf8")
      let body = ""
      response.on("data", (chunk: string) => body += chunk).on("end", () => resolve(body))
    }).on("error", reject)
  })

const program = Effect.gen(function*() {
  yield* Effect.promise(() => fetch(url).then((response) => response.text())).pipe(traceTool("fetch"))
  yield* Effect.promise(get).pipe(traceTool("http"))
}).pipe(Session.withSession({ name: "session" }))

const mode = process.argv[2]
const TracingLive = mode === "provider"
  ? Exporter.memory().pipe(Layer.provideMerge(OpenTelemetry.layer()))
  : OpenTelemetry.layerContext.pipe(
    Layer.provideMerge(Exporter.memory()),
    Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
  )

const ours = await program.pipe(
  Effect.andThen(Exporter.Memory),
  Effect.flatMap((memory) => memory.spans),
  Effect.provide(TracingLive),
  Effect.runPromise
)
server.close()
// Spans wait for the SDK's detectors, which read the machine's identity.
await processor.forceFlush()
const theirs = exporter.getFinishedSpans().map((span) => ({
  from: span.instrumentationScope.name,
  name: span.name,
  kind: span.kind,
  traceId: span.spanContext().traceId,
  spanId: span.spanContext().spanId,
  parentSpanId: span.parentSpanContext?.spanId
}))
for (const span of theirs) console.log(JSON.stringify(span))
if (mode !== "provider") {
  for (const { name, parentSpanId, spanId, traceId } of ours) {
    console.log(JSON.stringify({ from: "effect-agentops", name, traceId, spanId, parentSpanId }))
  }
}
await sdk.shutdown()
