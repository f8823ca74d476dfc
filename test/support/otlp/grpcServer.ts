/** A gRPC server on 127.0.0.1 that accepts an exporter's calls, keeps them, and answers as the test specifies. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"
import { spansIn } from "./server.ts"
import { decodeProtobuf, type Message } from "./wire.ts"

/** A received call. Its message is without header and compression. */
export interface Received {
  readonly path: string
  readonly headers: Http2.IncomingHttpHeaders
  readonly message: Buffer
  readonly compressed: boolean
}

export interface Status {
  readonly code?: number | undefined
  readonly text?: string | undefined
  /** The bytes of a `google.rpc.Status`. */
  readonly details?: Uint8Array | undefined
  /** The message of the response. Default: an empty one. */
  readonly message?: Uint8Array | undefined
  /** Whether the response has only trailers, as in an immediate rejection. */
  readonly trailersOnly?: boolean | undefined
  /** The HTTP status of a response that is not gRPC. */
  readonly http?: number | undefined
}

/**
 * The reaction to a call: a status, silence, a reset stream, a cut connection, or a server that shuts down. `goaway`
 * answers first, and `goneaway` has not processed the call.
 */
export type Reaction = Status | "hang" | "reset" | "cut" | "goaway" | "goneaway"

export interface GrpcServer {
  readonly url: string
  readonly received: Array<Received>
  readonly connections: () => number
  readonly react: (reaction: (call: Received, index: number) => Reaction) => void
}

const framed = (message: Uint8Array): Buffer => {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(message.length, 1)
  return Buffer.concat([header, message])
}

const respond = (stream: Http2.ServerHttp2Stream, { code = 0, details, http, message, text, trailersOnly }: Status) => {
  if (http !== undefined) {
    stream.respond({ ":status": http, "content-type": "text/html" })
    stream.end("<h1>no</h1>")
    return
  }
  const trailers = {
    "grpc-status": String(code),
    ...(text === undefined ? {} : { "grpc-message": encodeURIComponent(text) }),
    ...(details === undefined ? {} : { "grpc-status-details-bin": Buffer.from(details).toString("base64") })
  }
  const head = { ":status": 200, "content-type": "application/grpc" }
  if (trailersOnly === true) {
    stream.respond({ ...head, ...trailers }, { endStream: true })
    return
  }
  stream.respond(head, { waitForTrailers: true })
  stream.on("wantTrailers", () => stream.sendTrailers(trailers))
  stream.end(code === 0 ? framed(message ?? new Uint8Array()) : undefined)
}

const meet = (stream: Http2.ServerHttp2Stream, reaction: Reaction) => {
  switch (reaction) {
    case "hang":
      return
    case "reset":
      return stream.close(Http2.constants.NGHTTP2_INTERNAL_ERROR)
    case "cut":
      return stream.session!.socket.destroy()
    case "goaway":
      respond(stream, {})
      return stream.session!.goaway(Http2.constants.NGHTTP2_NO_ERROR)
    case "goneaway":
      stream.session!.goaway(Http2.constants.NGHTTP2_NO_ERROR, 0)
      return stream.close(Http2.constants.NGHTTP2_REFUSED_STREAM)
    default:
      return respond(stream, reaction)
  }
}

/** Starts a server that accepts every call until it gets another reaction. It closes with the scope. */
export const grpcServer = (
  initial: (call: Received, index: number) => Reaction = () => ({}),
  tls?: Http2.SecureServerOptions
): Effect.Effect<GrpcServer, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<GrpcServer & { readonly close: () => void }>((resume) => {
        const received: Array<Received> = []
        const sessions = new Set<Http2.ServerHttp2Session>()
        let connections = 0
        let reaction = initial
        const server = tls === undefined ? Http2.createServer() : Http2.createSecureServer(tls)
        server.on("session", (session: Http2.ServerHttp2Session) => {
          connections++
          sessions.add(session)
          session.on("error", () => {})
          session.on("close", () => sessions.delete(session))
        })
        server.on("stream", (stream: Http2.ServerHttp2Stream, headers: Http2.IncomingHttpHeaders) => {
          const chunks: Array<Buffer> = []
          stream.on("error", () => {})
          stream.on("data", (chunk: Buffer) => chunks.push(chunk))
          stream.on("end", () => {
            const body = Buffer.concat(chunks)
            const compressed = body[0] === 1
            const message = body.subarray(5, 5 + body.readUInt32BE(1))
            const call: Received = {
              path: headers[":path"]!,
              headers,
              compressed,
              message: compressed ? gunzipSync(message) : message
            }
            meet(stream, reaction(call, received.push(call) - 1))
          })
        })
        server.listen(0, "127.0.0.1", () => {
          const { port } = server.address() as AddressInfo
          resume(Effect.succeed({
            url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
            received,
            connections: () => connections,
            react: (next) => void (reaction = next),
            close: () => {
              for (const session of sessions) session.destroy()
              server.close()
            }
          }))
        })
      }),
      ({ close }) => Effect.sync(close)
    ),
    ({ connections, react, received, url }) => ({ url, received, connections, react })
  )

/** Every received span, in the order of arrival. */
export const spansOf = (calls: ReadonlyArray<Received>): ReadonlyArray<Message> =>
  calls.flatMap(({ message }) => spansIn(decodeProtobuf(message, "ExportTraceServiceRequest")))

const varint = (value: number): Array<number> =>
  value < 128 ? [value] : [value % 128 + 128, ...varint(Math.floor(value / 128))]

const lengthDelimited = (field: number, bytes: ReadonlyArray<number>): Array<number> => [
  field * 8 + 2,
  ...varint(bytes.length),
  ...bytes
]

/** A `google.rpc.Status` with a `RetryInfo`. */
export const retryInfo = (millis: number): Uint8Array => {
  const text = (value: string) => [...new TextEncoder().encode(value)]
  const delay = [
    0x08,
    ...varint(Math.floor(millis / 1000)),
    0x10,
    ...varint((millis % 1000) * 1_000_000)
  ]
  const any = [
    ...lengthDelimited(1, text("type.googleapis.com/google.rpc.RetryInfo")),
    ...lengthDelimited(2, lengthDelimited(1, delay))
  ]
  return Uint8Array.from([0x08, 8, ...lengthDelimited(2, text("slow down")), ...lengthDelimited(3, any)])
}

/** A response that rejects spans. */
export const partialSuccess = (rejected: number, why: string): Uint8Array =>
  Uint8Array.from(
    lengthDelimited(1, [0x08, ...varint(rejected), ...lengthDelimited(2, [...new TextEncoder().encode(why)])])
  )
