/**
 * The HTTP client of a runtime.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"

/** @internal */
export interface HttpResponse {
  readonly status: number
  readonly header: (name: string) => string | undefined
  readonly body: Uint8Array
}

/** Sends requests. A request fails with the runtime's own error, or with {@link ResponseTooLarge}. @internal */
export interface Exchange {
  readonly gzip: (body: ReadonlyArray<Uint8Array>) => Effect.Effect<ReadonlyArray<Uint8Array>, unknown>
  readonly post: (
    url: string,
    headers: Readonly<Record<string, string>>,
    body: ReadonlyArray<Uint8Array>
  ) => Effect.Effect<HttpResponse, unknown>
}

/** The most bytes that OTLP asks a client to read of a response. @internal */
export const maxResponse = 4 * 1024 * 1024

/** The error for a response with more than {@link maxResponse} bytes. @internal */
export class ResponseTooLarge {
  readonly _tag = "ResponseTooLarge"
}
