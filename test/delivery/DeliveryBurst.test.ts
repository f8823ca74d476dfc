/** Spans that end faster than a backend accepts them, with an exporter's default settings. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { decodeProtobuf } from "../support/otlp/wire.ts"

interface Body {
  readonly resourceSpans: ReadonlyArray<
    { readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<{ readonly spanId: string }> }> }
  >
}

/** A collector that takes 50 ms for each request and keeps the bodies. */
const slowCollector = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly bodies: Array<Buffer>; readonly http: Http.Server }>((resume) => {
    const bodies: Array<Buffer> = []
    const http = Http.createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        bodies.push(Buffer.concat(chunks))
        setTimeout(() => response.writeHead(200).end(), 50)
      })
    })
    http.listen(0, "127.0.0.1", () => {
      resume(Effect.succeed({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, bodies, http }))
    })
  }),
  ({ http }) =>
    Effect.sync(() => {
      http.closeAllConnections()
      http.close()
    })
)

describe("50,000 spans at once, to a server that takes 50 ms a request", { timeout: 60_000 }, () => {
  for (const protocol of ["protobuf", "json"] as const) {
    it.live(`all arrive before the layer is released: ${protocol}`, () =>
      Effect.gen(function*() {
        const collector = yield* slowCollector
        const agents = 25_000
        yield* Effect.forEach(
          Array.from({ length: agents }),
          (_, i) => Effect.andThen(Effect.yieldNow, Effect.succeed(i).pipe(traceTool("work"))),
          { concurrency: "unbounded", discard: true }
        ).pipe(Effect.provide(
          Exporter.otlp({ url: collector.url, protocol }).pipe(
            Layer.provideMerge(AgentOps.layer({ serviceName: "burst" }))
          )
        ))
        const ids = collector.bodies.flatMap((body) =>
          (protocol === "json" ? JSON.parse(body.toString()) as Body : decodeProtobuf(body) as unknown as Body)
            .resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
            .map(({ spanId }) => spanId)
        )
        assert.strictEqual(ids.length, 2 * agents)
        assert.strictEqual(new Set(ids).size, 2 * agents)
      }))
  }
})
