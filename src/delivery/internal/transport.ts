/**
 * Sends the bytes of one request, and classifies its response as {@link ExportError} does.
 *
 * The sender is independent of protocols. OTLP over HTTP and over gRPC are two transports, which frame a body and read
 * a response in different ways. Queue, retries, splitting and counts are shared.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Accepted } from "./exportError.ts"
import { ExportError } from "./exportError.ts"

/**
 * A request: headers, and a body in chunks that are written in order.
 *
 * @internal
 */
export interface TransportRequest {
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: ReadonlyArray<Uint8Array>
  /** The name of the entries in messages. */
  readonly items: string
}

/** @internal */
export interface Transport {
  /** Sends a body once. It never follows a redirect, and an interruption aborts it. */
  readonly send: (request: TransportRequest) => Effect.Effect<Accepted, ExportError>
}

/** Certificates of a connection: PEM texts. Without them, the runtime's own are used. @internal */
export interface Tls {
  /** The authorities for the receiver's certificate, instead of the runtime's. */
  readonly ca?: string | undefined
  /** This client's own certificate and key, for a receiver that requires them. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** The number of bytes of a body. @internal */
export const bodyLength = (body: ReadonlyArray<Uint8Array>): number =>
  body.reduce((sum, chunk) => sum + chunk.length, 0)

/** The chunks of a body as one. @internal */
export const joinBody = (body: ReadonlyArray<Uint8Array>): Uint8Array => {
  if (body.length === 1) return body[0]!
  const whole = new Uint8Array(bodyLength(body))
  let at = 0
  for (const chunk of body) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** Fails a request that has no answer in time. @internal */
export const inTime =
  (url: string, timeout: Duration.Duration) =>
  <A, R>(self: Effect.Effect<A, ExportError, R>): Effect.Effect<A, ExportError, R> =>
    Effect.timeoutOrElse(self, {
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
