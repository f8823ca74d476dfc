/**
 * What a runtime has for HTTP.
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

/** A request, which fails with the runtime's own error, or with {@link ResponseTooLarge}. @internal */
export interface Exchange {
  readonly gzip: (body: ReadonlyArray<Uint8Array>) => Effect.Effect<ReadonlyArray<Uint8Array>, unknown>
  readonly post: (
    url: string,
    headers: Readonly<Record<string, string>>,
    body: ReadonlyArray<Uint8Array>
  ) => Effect.Effect<HttpResponse, unknown>
}

/** OTLP asks a client to read no more than this of an answer. @internal */
export const maxResponse = 4 * 1024 * 1024

/** An answer has more bytes than {@link maxResponse}. @internal */
export class ResponseTooLarge {
  readonly _tag = "ResponseTooLarge"
}
