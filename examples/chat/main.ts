// A streaming chat route under Hono, on Node and workerd: the first byte leaves before any span, and all spans arrive.
// Run: npm run example -- examples/chat/main.ts
import { serve } from "@hono/node-server"
import { Miniflare } from "miniflare"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { makeApp } from "./app.ts"
import { bundleWorker } from "./bundle.ts"

interface Traces {
  readonly resourceSpans: ReadonlyArray<
    { readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<{ readonly name: string }> }> }
  >
}

/** What happened, in order. */
const seen: Array<string> = []
const spans: Array<string> = []
let arrive = () => {}
let read = () => {}
let firstByte = new Promise<void>((resolve) => read = resolve)

const listen = async (server: Server): Promise<string> => {
  await once(server.listen(0, "127.0.0.1"), "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const collector = createServer((request, response) => {
  let body = ""
  request.setEncoding("utf8").on("data", (chunk) => body += chunk).on("end", () => {
    const { resourceSpans } = JSON.parse(body) as Traces
    for (const { scopeSpans } of resourceSpans) {
      spans.push(...scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)))
    }
    seen.push("spans")
    response.setHeader("content-type", "application/json").end("{}")
    arrive()
  })
})

// A model that sends one word, and the rest after the client has read it.
const model = createServer((request, response) => {
  let question = ""
  request.setEncoding("utf8").on("data", (chunk) => question += chunk).on("end", async () => {
    response.write("You ")
    await firstByte
    response.end(`asked: ${question}`)
  })
})
const collectorUrl = await listen(collector)
const modelUrl = await listen(model)

const ask = async (runtime: string, url: string | URL): Promise<void> => {
  const arrived = new Promise<void>((resolve) => arrive = resolve)
  firstByte = new Promise<void>((resolve) => read = resolve)
  const response = await fetch(new URL("/chat", url), { method: "POST", body: "Who are you?" })
  const decoder = new TextDecoder()
  let text = ""
  for await (const chunk of response.body!) {
    if (text === "") {
      seen.push("first byte")
      read()
    }
    text += decoder.decode(chunk, { stream: true })
  }
  await arrived
  const words = text.split("\n\n").filter((event) => event !== "").map((event) => JSON.parse(event.slice(6)) as string)
  console.log(`${runtime}: ${words.join("")}`)
  console.log(`  ${seen.splice(0).join(", then ")}: ${spans.splice(0).toSorted().join(", ")}`)
}

const node = serve({ fetch: makeApp(collectorUrl, modelUrl).fetch, hostname: "127.0.0.1", port: 0 })
await once(node, "listening")
await ask("Hono on Node", `http://127.0.0.1:${(node.address() as AddressInfo).port}`)
node.close()

const worker = new Miniflare({
  modules: [{ type: "ESModule", path: "worker.mjs", contents: await bundleWorker() }],
  bindings: { COLLECTOR: collectorUrl, MODEL: modelUrl },
  compatibilityDate: "2026-04-01",
  port: 0
})
await ask("Hono on workerd", await worker.ready)
await ask("Hono on workerd, again", await worker.ready)
await worker.dispose()
collector.close()
model.close()
