/**
 * One server on this machine for everything external: the model's API, and the receiver of spans.
 */
import { Effect } from "effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"
import type { SpanData } from "../../src/core/SpanData.ts"
import { readTracesJson } from "../../src/otlp/internal/jsonReader.ts"
import { readTraces } from "../../src/otlp/internal/requestReader.ts"

/** The usage that the scripted model always reports. No other code produces these numbers. */
export const usage = { input: 1312, output: 97 }

const answer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "gpt-4o-2024-08-06",
  choices: [{
    index: 0,
    message: { role: "assistant", content: "They arrive tomorrow.", refusal: null },
    logprobs: null,
    finish_reason: "stop"
  }],
  usage: { prompt_tokens: usage.input, completion_tokens: usage.output, total_tokens: usage.input + usage.output }
}

/** A token with a readable middle part, like AgentOps's tokens. */
const token = ["{}", JSON.stringify({ exp: 4_000_000_000, project_id: "p" }), "s"].map((part) =>
  Buffer.from(part).toString("base64url")
).join(".")

const spansOf = (type: string, body: Buffer): ReadonlyArray<SpanData> =>
  type.includes("json") ? readTracesJson(JSON.parse(body.toString("utf8"))) : readTraces(body)

/** A running server, with the received spans. */
export interface Backend {
  readonly url: string
  readonly spans: ReadonlyArray<SpanData>
  readonly calls: () => number
}

/** Starts the server, and stops it with the scope. */
export const start = Effect.gen(function*() {
  const spans: Array<SpanData> = []
  let calls = 0
  const server = http.createServer((request, response) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      const sent = Buffer.concat(parts)
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent
      const reply = (value: unknown) => {
        response.setHeader("content-type", "application/json")
        response.end(JSON.stringify(value))
      }
      if (request.url?.endsWith("/chat/completions") === true) {
        calls += 1
        return reply(answer)
      }
      if (request.url?.endsWith("/auth/token") === true) return reply({ token, project_id: "p" })
      if (request.url?.endsWith("/v1/traces") === true) {
        spans.push(...spansOf(request.headers["content-type"] ?? "", body))
      }
      reply({})
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, spans, calls: () => calls } satisfies Backend
})
