/**
 * A server on this machine that answers like the providers: with their recorded responses, event by event, or with the
 * responses of a test.
 */
import * as Effect from "effect/Effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { isDeepStrictEqual } from "node:util"
import { recordings } from "./recordings.ts"

export interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string | object
  /** A body that is sent in pieces, unchanged. */
  readonly pieces?: ReadonlyArray<string | Uint8Array>
  /** After how many server-sent events the body breaks off. */
  readonly breakAfter?: number
  /** Whether a body of server-sent events stays open at its end. */
  readonly hang?: boolean
}

export interface Seen {
  readonly path: string
  readonly body: Record<string, unknown>
  readonly headers: http.IncomingHttpHeaders
  aborted: boolean
}

export interface ReplayServer {
  readonly url: string
  readonly seen: ReadonlyArray<Seen>
}

const recorded = (path: string, body: unknown): Answer => {
  const found = recordings.find((one) => one.path === path && isDeepStrictEqual(one.request, body))
  return found === undefined
    ? { status: 404, body: { error: { type: "not_found_error", code: "not_recorded", message: "nothing recorded" } } }
    : {
      status: found.response.status,
      headers: { "content-type": found.response.contentType },
      body: found.response.body
    }
}

const tick = () => new Promise((resolve) => setImmediate(resolve))

const send = async (response: http.ServerResponse, answer: Answer): Promise<void> => {
  const { pieces } = answer
  if (pieces !== undefined) {
    response.writeHead(answer.status ?? 200, answer.headers)
    for (const piece of pieces) {
      if (response.destroyed) return
      response.write(piece)
      await tick()
    }
    if (answer.hang !== true) response.end()
    return
  }
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {})
  const stream = typeof answer.body === "string" && /^(?:event|data):/.test(text)
  response.writeHead(answer.status ?? 200, {
    "content-type": stream ? "text/event-stream" : "application/json",
    ...answer.headers
  })
  if (!stream) return void response.end(text)
  const events = text.split(/(?<=\n\n)/)
  for (const event of events.slice(0, answer.breakAfter)) {
    if (response.destroyed) return
    response.write(event)
    await tick()
  }
  if (answer.breakAfter !== undefined) response.destroy()
  else if (answer.hang !== true) response.end()
}

/** Starts a server that stops with the scope. `answers` are used first, one for each request. */
export const replayServer = (answers: ReadonlyArray<Answer> = []) =>
  Effect.acquireRelease(
    Effect.promise(() =>
      new Promise<ReplayServer & { readonly close: () => Promise<void> }>((resolve) => {
        const seen: Array<Seen> = []
        const server = http.createServer((request, response) => {
          const pieces: Array<Buffer> = []
          request.on("data", (piece) => pieces.push(piece))
          request.on("end", () => {
            const path = new URL(request.url!, "http://localhost").pathname
            const body = JSON.parse(Buffer.concat(pieces).toString() || "{}")
            const one: Seen = { path, body, headers: request.headers, aborted: false }
            response.on("close", () => {
              if (!response.writableFinished) one.aborted = true
            })
            const answer = answers[seen.length] ?? recorded(path, body)
            seen.push(one)
            void send(response, answer)
          })
        })
        server.listen(0, "127.0.0.1", () =>
          resolve({
            url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
            seen,
            close: () =>
              new Promise((closed) => {
                server.close(() => closed())
                server.closeAllConnections()
              })
          }))
      })
    ),
    (server) => Effect.promise(() => server.close())
  ).pipe(Effect.map((server): ReplayServer => server))
