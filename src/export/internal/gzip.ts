/**
 * Compresses the body of a request.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/** Small bodies grow when compressed, or gain less than the work costs. @internal */
export const compressFrom = 1024

/** @internal */
export const gzip = (body: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.promise(() => {
    const stream = new Blob([body as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream("gzip"))
    return new Response(stream).arrayBuffer().then((buffer) => new Uint8Array(buffer))
  })
