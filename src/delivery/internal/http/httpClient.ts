/**
 * One HTTP request and its answer, whatever the runtime has for it.
 *
 * Node's own client with connections that are kept where there is Node, since `fetch` copies each body two or three
 * times there; `fetch` elsewhere. Neither follows a redirect, which would carry a credential elsewhere, and neither
 * reads more of an answer than OTLP asks for.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ExportError } from "../exportError.ts"
import type { Tls } from "../transport.ts"
import { bodyLength } from "../transport.ts"
import type { Exchange, HttpResponse } from "./exchange.ts"
import { maxResponse, ResponseTooLarge } from "./exchange.ts"
import { makeFetchExchange } from "./fetchExchange.ts"
import { makeNodeExchange } from "./nodeExchange.ts"

/** Where bodies are posted, and how. @internal */
export interface HttpTarget {
  readonly url: string
  readonly compression: "gzip" | "none"
  readonly timeout: Duration.Duration
}

/** @internal */
export interface HttpClient {
  /** Posts a body and reads the answer. Only a request without an answer fails. */
  readonly post: (
    to: HttpTarget,
    headers: Readonly<Record<string, string>>,
    body: ReadonlyArray<Uint8Array>
  ) => Effect.Effect<HttpResponse, ExportError>
}

// Small bodies grow when compressed, or gain less than the work costs.
const compressFrom = 1024

const describe = (error: unknown): string => {
  const { cause, code } = error as { readonly cause?: unknown; readonly code?: unknown }
  const inner = (cause ?? error) as { readonly code?: unknown; readonly message?: unknown }
  // What cannot be read as HTTP/1.1 comes from a port that speaks another protocol.
  if (/HPE_|HTTP\/1\.1 protocol/.test(`${String(inner.code ?? code)} ${String(inner.message)}`)) {
    return "it did not answer in HTTP/1.1: this looks like a gRPC port. Give the protocol \"grpc\", or the port for HTTP, which " +
      "is 4318 as a rule"
  }
  if (typeof inner.message === "string" && inner.message !== "") return inner.message
  // A name with several addresses fails with an error for each of them, and no message.
  if (typeof inner.code === "string") return inner.code
  return error instanceof Error ? error.message : String(error)
}

const failed = (url: string) => (error: unknown): ExportError =>
  error instanceof ResponseTooLarge
    ? new ExportError({
      // It has been taken in as far as anybody knows: sent again, it would come twice.
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
    return request.pipe(
      Effect.mapError(failed(url)),
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () =>
          Effect.fail(
            new ExportError({
              kind: "retry",
              reason: "timeout",
              message: `${url} did not answer within ${Duration.format(timeout)}`
            })
          )
      })
    )
  }
})
