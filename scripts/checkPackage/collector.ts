/**
 * A server on loopback that accepts OTLP as JSON from each runtime, and serves one page to a browser.
 */
import { Effect } from "effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"

export interface Collector {
  readonly url: string
  /** The names of the received spans of a service. */
  readonly names: (service: string) => ReadonlyArray<string>
  /** The script of the page. */
  script: string
}

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string }
}

interface Traces {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: { readonly attributes: ReadonlyArray<Attribute> }
    readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<{ readonly name: string }> }>
  }>
}

/** Allows any origin, because the exporter of a browser sends from the page's origin. */
const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*",
  "access-control-allow-methods": "*"
}

export const collector = Effect.acquireRelease(
  Effect.callback<Collector & { readonly server: http.Server }>((resume) => {
    const arrived = new Map<string, Array<string>>()
    const take = ({ resourceSpans }: Traces) => {
      for (const { resource, scopeSpans } of resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === "service.name")?.value.stringValue ?? ""
        const names = scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name))
        arrived.set(service, [...arrived.get(service) ?? [], ...names])
      }
    }
    const server = http.createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        if (request.method === "OPTIONS") response.writeHead(204, cors).end()
        else if (request.url === "/") {
          response.writeHead(200, { "content-type": "text/html" })
            .end("<!doctype html><title>page</title><script type=module src=/page.js></script>")
        } else if (request.url === "/page.js") {
          response.writeHead(200, { "content-type": "text/javascript" }).end(self.script)
        } else if (request.url === "/v1/traces") {
          const sent = Buffer.concat(chunks)
          const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent
          take(JSON.parse(body.toString()) as Traces)
          response.writeHead(200, { ...cors, "content-type": "application/json" }).end("{}")
        } else response.writeHead(404, cors).end()
      })
    })
    const self = { url: "", script: "", names: (service: string) => arrived.get(service) ?? [], server }
    server.listen(0, "127.0.0.1", () => {
      self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      resume(Effect.succeed(self))
    })
  }),
  ({ server }) =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
)
