/**
 * How bytes get to a receiver: one request, and its answer in the classes of {@link ExportError}.
 *
 * The sender knows nothing of protocols. OTLP over HTTP and over gRPC are two transports: they frame a body and read an
 * answer in two ways. Queue, retries, splitting and counts are the same for both.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type { Accepted, ExportError } from "./exportError.ts"

/**
 * What is sent: headers, and a body in chunks that are written one after another.
 *
 * @internal
 */
export interface TransportRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: ReadonlyArray<Uint8Array>
  /** What the body holds, as people call it, for what is told of an answer. */
  readonly items: string
}

/** @internal */
export interface Transport {
  /** Sends a body once. It never follows a redirect, and an interruption aborts it. */
  readonly send: (request: TransportRequest) => Effect.Effect<Accepted, ExportError>
}

/** Certificates of a connection: PEM texts. Without them, the runtime's own are used. @internal */
export interface Tls {
  /** Authorities that the receiver's certificate is checked against, instead of the runtime's. */
  readonly ca?: string | undefined
  /** This client's own certificate and key, for a receiver that asks for them. */
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
