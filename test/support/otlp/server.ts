/** A server on 127.0.0.1 that accepts an exporter's POSTs, keeps them, and answers as the test specifies. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"
import { decodeJson, decodeProtobuf, type Message } from "./wire.ts"

/** A received request. Its body is without compression. */
export interface Received {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Http.IncomingHttpHeaders
  readonly body: Buffer
}

export interface Answer {
  readonly status?: number | undefined
  readonly headers?: Http.OutgoingHttpHeaders | undefined
  /** A value other than a string is sent as JSON. */
  readonly body?: unknown
}

/** The reaction to a request: a response, at once or later, silence until the server closes, or a cut connection. */
export type Reaction = Answer | Promise<Answer> | "hang" | "reset"

export interface Server {
  readonly url: string
  readonly received: Array<Received>
  /** Replaces the reaction to all further requests. */
  readonly react: (reaction: (request: Received, index: number) => Reaction) => void
}

const respond = (response: Http.ServerResponse, { body, headers, status }: Answer) => {
  if (body === undefined) return response.writeHead(status ?? 200, headers).end()
  const text = typeof body === "string" ? body : JSON.stringify(body)
  response.writeHead(status ?? 200, { "content-type": "application/json", ...headers }).end(text)
}

/** Starts a server that answers 200 with an empty body until it gets another reaction. It closes with the scope. */
export const server = (
  initial: (request: Received, index: number) => Reaction = () => ({})
): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Server & { readonly http: Http.Server }>((resume) => {
        const received: Array<Received> = []
        let reaction = initial
        const http = Http.createServer((request, response) => {
          const chunks: Array<Buffer> = []
          request.on("data", (chunk: Buffer) => chunks.push(chunk))
          request.on("end", () => {
            const raw = Buffer.concat(chunks)
            const one: Received = {
              method: request.method!,
              path: request.url!,
              headers: request.headers,
              body: request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw
            }
            const met = reaction(one, received.push(one) - 1)
            if (met === "reset") request.socket.destroy()
            else if (met instanceof Promise) void met.then((answer) => respond(response, answer))
            else if (met !== "hang") respond(response, met)
          })
        })
        http.listen(0, "127.0.0.1", () => {
          const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
          resume(Effect.succeed({ url, received, react: (next) => void (reaction = next), http }))
        })
      }),
      ({ http }) =>
        Effect.callback<void>((resume) => {
          http.close(() => resume(Effect.void))
          http.closeAllConnections()
        })
    ),
    ({ react, received, url }) => ({ url, received, react })
  )

/** An address without a server. */
export const deadUrl: Effect.Effect<string> = Effect.scoped(Effect.map(server(), ({ url }) => url))

/** The request of a body in either encoding. */
export const decode = ({ body, headers, path }: Received): Message => {
  const name = path.endsWith("/v1/logs") ? "ExportLogsServiceRequest" : "ExportTraceServiceRequest"
  return headers["content-type"] === "application/json" ? decodeJson(body.toString(), name) : decodeProtobuf(body, name)
}

interface Request {
  readonly resourceSpans?: ReadonlyArray<
    { readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<Message> }> }
  >
}

/** Every span in an export request. */
export const spansIn = (request: Message): ReadonlyArray<Message> =>
  ((request as unknown as Request).resourceSpans ?? []).flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans)
  )

/** Every span that was posted to a path that ends in `/v1/traces`, in the order of arrival. */
export const arrived = ({ received }: Server): ReadonlyArray<Message> =>
  received.filter(({ path }) => path.endsWith("/v1/traces")).flatMap((request) => spansIn(decode(request)))

interface LogsRequest {
  readonly resourceLogs?: ReadonlyArray<
    { readonly scopeLogs: ReadonlyArray<{ readonly logRecords: ReadonlyArray<Message> }> }
  >
}

/** Every log record that was posted to a path that ends in `/v1/logs`, in the order of arrival. */
export const arrivedLogs = ({ received }: Server): ReadonlyArray<Message> =>
  received.filter(({ path }) => path.endsWith("/v1/logs")).flatMap((request) =>
    ((decode(request) as unknown as LogsRequest).resourceLogs ?? []).flatMap(({ scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) => logRecords)
    )
  )
