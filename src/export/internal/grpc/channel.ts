/**
 * A connection to a gRPC server, and single calls over it, with Node's `http2`.
 *
 * One connection carries all calls. It is opened for the first call. It is replaced after a GOAWAY of the server, after
 * it was lost, and after a call over it got no response in time.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ConfigurationError } from "../../../core/ConfigurationError.ts"
import { ExportError } from "../../../delivery/internal/exportError.ts"
import type { Tls } from "../../../delivery/internal/transport.ts"
import { inTime } from "../../../delivery/internal/transport.ts"
import type { Answer } from "./answer.ts"
import { frame, maxAnswer, unframe } from "./frame.ts"

type HeaderValues = Readonly<Record<string, string | number | ReadonlyArray<string> | undefined>>

/** The part of `node:http2` that is used. The package compiles without Node's types. */
interface Http2 {
  readonly connect: (authority: string, options: object) => Session
  readonly constants: { readonly NGHTTP2_CANCEL: number }
}

interface Session {
  readonly closed: boolean
  readonly destroyed: boolean
  readonly on: (event: string, listener: (...args: ReadonlyArray<never>) => void) => void
  readonly request: (headers: HeaderValues) => Stream
  readonly ping: (done: (error: unknown) => void) => boolean
  readonly close: () => void
  readonly destroy: (error?: Error) => void
  readonly ref: () => void
  readonly unref: () => void
}

interface Stream {
  readonly on: (event: string, listener: (...args: ReadonlyArray<never>) => void) => void
  readonly write: (chunk: Uint8Array) => void
  readonly end: () => void
  readonly close: (code: number) => void
  readonly rstCode: number | undefined
}

/** @internal */
export interface Call {
  /** Such as `/package.Service/Method`. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly message: ReadonlyArray<Uint8Array>
  readonly compression: "gzip" | "none"
  readonly timeout: Duration.Duration
}

/** @internal */
export interface Channel {
  readonly call: (call: Call) => Effect.Effect<Answer, ExportError>
}

/** A call that has waited this long pings the server, and waits this long for the answer. */
const pingAfter = 5_000
const pingTimeout = 3_000

const module: string = "node:http2"

const load = Effect.tryPromise({
  try: () => import(/* webpackIgnore: true */ /* @vite-ignore */ module) as Promise<Http2>,
  catch: () =>
    new ConfigurationError({
      field: "protocol",
      problem: "this runtime has no HTTP/2 of Node's, which gRPC needs",
      fix: `Give "protobuf", and the address of a port for OTLP over HTTP, which is 4318 as a rule`
    })
})

interface Failure {
  readonly code?: string | undefined
  readonly message?: string | undefined
}

/** A hint about a failed connection, if the error itself gives none. */
const hint = (url: string, { code, message = "" }: Failure): string => {
  if (/wrong version number|packet length too long|EPROTO/i.test(`${code} ${message}`)) {
    return `: it looks like a port without TLS. Give an address that begins with "http://"`
  }
  // An HTTP/1.1 response violates HTTP/2 in its first bytes.
  if (code === "ERR_HTTP2_ERROR" || /protocol error/i.test(message)) {
    return url.startsWith("http:")
      ? `: it does not speak gRPC. It may be a port for OTLP over HTTP: give the protocol "protobuf" (OTEL_EXPORTER_OTLP_PROTOCOL), or port 4317`
      : ""
  }
  if (code === "ERR_HTTP2_SESSION_ERROR" || /socket hang up|ECONNRESET/i.test(`${code} ${message}`)) return ""
  return ""
}

class Connection {
  readonly session: Session
  /** Whether it accepts further calls. */
  usable = true
  /** The error with which it was lost. */
  failure: Failure | undefined
  /** Whether the server has sent anything in HTTP/2. */
  greeted = false
  private calls = 0
  private pinging = false

  constructor(http2: Http2, url: string, certificates: Tls | undefined) {
    this.session = http2.connect(url, {
      ...certificates,
      maxReservedRemoteStreams: 0,
      settings: { enablePush: false }
    })
    const { session } = this
    session.on("error", (error: Failure) => {
      this.failure ??= error
      this.usable = false
    })
    session.on("goaway", () => {
      this.usable = false
    })
    session.on("close", () => {
      this.usable = false
    })
    session.on("remoteSettings", () => {
      this.greeted = true
    })
    // An idle connection must not keep the program running.
    session.unref()
  }

  began(): void {
    if (this.calls++ === 0) this.session.ref()
  }

  ended(): void {
    if (--this.calls > 0) return
    this.session.unref()
    if (!this.usable && !this.session.destroyed) this.session.close()
  }

  /** Checks that the server responds, and destroys the connection otherwise. */
  ping(): void {
    if (this.pinging || this.session.destroyed) return
    this.pinging = true
    const timer = setTimeout(() => this.session.destroy(new Error("the connection is dead")), pingTimeout)
    const answered = () => {
      clearTimeout(timer)
      this.pinging = false
    }
    if (!this.session.ping(answered)) answered()
  }
}

/** Makes a channel, which closes with the scope. @internal */
export const makeChannel = Effect.fnUntraced(function*(
  url: string,
  certificates: Tls | undefined
): Effect.fn.Return<Channel, ConfigurationError, Scope.Scope> {
  const http2 = yield* load
  const { origin } = new URL(url)
  let connection: Connection | undefined

  yield* Effect.addFinalizer(() => Effect.sync(() => connection?.session.destroy()))

  const connected = (): Connection => {
    if (connection === undefined || !connection.usable) connection = new Connection(http2, origin, certificates)
    return connection
  }

  const lost = (failure: Failure | undefined) =>
    new ExportError({
      kind: "retry",
      reason: "connection",
      message: `no connection to ${url}: ${failure?.message ?? "it was closed"}${
        failure === undefined ? "" : hint(url, failure)
      }`
    })

  const call = (
    { compression, headers, message, path, timeout }: Call
  ): Effect.Effect<Answer, ExportError> =>
    Effect.flatMap(frame(message, compression), (body) =>
      Effect.callback<Answer, ExportError>((resume) => {
        let used: Connection
        let stream: Stream
        try {
          used = connected()
          stream = used.session.request({
            ":method": "POST",
            ":path": path,
            ...headers,
            "content-type": "application/grpc",
            te: "trailers",
            "grpc-timeout": `${Math.min(99_999_999, Math.ceil(Duration.toMillis(timeout)))}m`,
            "grpc-accept-encoding": "identity",
            ...(compression === "gzip" ? { "grpc-encoding": "gzip" } : {})
          })
        } catch (error) {
          // The connection was lost, but its event has not arrived yet.
          if (connection !== undefined) connection.usable = false
          return resume(Effect.fail(lost(error as Failure)))
        }
        used.began()
        const chunks: Array<Uint8Array> = []
        let size = 0
        let status = 0
        let heads: HeaderValues = {}
        let trailers: HeaderValues = {}
        let failure: Failure | undefined
        let done = false
        const pinger = setTimeout(() => used.ping(), pingAfter)
        const finish = () => {
          if (done) return false
          done = true
          clearTimeout(pinger)
          used.ended()
          return true
        }
        stream.on("response", (received: HeaderValues) => {
          heads = received
          status = Number(received[":status"])
        })
        stream.on("trailers", (received: HeaderValues) => {
          trailers = received
        })
        stream.on("data", (chunk: Uint8Array) => {
          size += chunk.length
          if (size <= maxAnswer) chunks.push(chunk)
        })
        stream.on("error", (error: Failure) => {
          failure = error
        })
        stream.on("close", () => {
          if (!finish()) return
          // A status that arrived before the stream broke is a complete response.
          if (
            status === 0 || (trailers["grpc-status"] ?? heads["grpc-status"]) === undefined && failure !== undefined
          ) {
            return resume(Effect.fail(lost(used.failure ?? failure)))
          }
          resume(Effect.succeed({
            httpStatus: status,
            contentType: String(heads["content-type"] ?? ""),
            metadata: { ...heads, ...trailers },
            message: unframe(size > maxAnswer ? [] : chunks)
          }))
        })
        for (const chunk of body) stream.write(chunk)
        stream.end()
        return Effect.sync(() => {
          if (!finish()) return
          // The server did not respond, so the next call uses another connection.
          used.usable = false
          stream.close(http2.constants.NGHTTP2_CANCEL)
        })
      })).pipe(inTime(url, timeout))

  return { call }
})
