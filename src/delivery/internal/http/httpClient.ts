/**
 * Sends one HTTP request and reads its response, on any runtime.
 *
 * On Node it uses Node's own client with persistent connections, because `fetch` there copies each body two or three
 * times. Elsewhere it uses `fetch`. Neither follows a redirect, which would pass a credential on, and neither reads
 * more of a response than OTLP asks for.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ExportError } from "../exportError.ts"
import type { Tls } from "../transport.ts"
import { bodyLength, inTime } from "../transport.ts"
import type { Exchange, HttpResponse } from "./exchange.ts"
import { maxResponse, ResponseTooLarge } from "./exchange.ts"
import { makeFetchExchange } from "./fetchExchange.ts"
import { makeNodeExchange } from "./nodeExchange.ts"

/** Where and how bodies are posted. @internal */
export interface HttpTarget {
  readonly url: string
  readonly compression: "gzip" | "none"
  readonly timeout: Duration.Duration
}

/** @internal */
export interface HttpClient {
  /** Posts a body and reads the response. It fails only if there is no response. */
  readonly post: (
    to: HttpTarget,
    headers: Readonly<Record<string, string>>,
    body: ReadonlyArray<Uint8Array>
  ) => Effect.Effect<HttpResponse, ExportError>
}

// Smaller bodies grow when compressed, or gain too little.
const compressFrom = 1024

const describe = (error: unknown): string => {
  const { cause, code } = error as { readonly cause?: unknown; readonly code?: unknown }
  const inner = (cause ?? error) as { readonly code?: unknown; readonly message?: unknown }
  // Bytes that are not HTTP/1.1 come from a port with another protocol.
  if (/HPE_|HTTP\/1\.1 protocol/.test(`${String(inner.code ?? code)} ${String(inner.message)}`)) {
    return "it did not answer in HTTP/1.1: this looks like a gRPC port. Give the protocol \"grpc\", or the port for HTTP, which " +
      "is 4318 as a rule"
  }
  if (typeof inner.message === "string" && inner.message !== "") return inner.message
  // A host with several addresses fails with one error for each, and without a message.
  if (typeof inner.code === "string") return inner.code
  return error instanceof Error ? error.message : String(error)
}

const failed = (url: string) => (error: unknown): ExportError =>
  error instanceof ResponseTooLarge
    ? new ExportError({
      // The receiver may have accepted the request, so a retry could duplicate its spans.
      kind: "permanent",
      reason: "response_too_large",
      message: `${url} answered with more than ${maxResponse} bytes`
    })
    : new ExportError({ kind: "retry", reason: "connection", message: `no connection to ${url}: ${describe(error)}` })

/** Makes a client whose connections live in the scope. @internal */
export const makeHttpClient = (options?: {
  readonly tls?: Tls | undefined
}): Effect.Effect<HttpClient, never, Scope.Scope> =>
  Effect.map(makeNodeExchange(options?.tls), (node) => clientOf(node ?? makeFetchExchange()))

/** @internal */
export const clientOf = (exchange: Exchange): HttpClient => ({
  post: ({ compression, timeout, url }, headers, body) => {
    const compress = compression === "gzip" && bodyLength(body) >= compressFrom
    const request = compress
      ? Effect.flatMap(
        exchange.gzip(body),
        (body) => exchange.post(url, { ...headers, "content-encoding": "gzip" }, body)
      )
      : exchange.post(url, headers, body)
    return request.pipe(Effect.mapError(failed(url)), inTime(url, timeout))
  }
})
