/**
 * A gRPC message after its header of five bytes, which has a compression flag and the length.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { bodyLength, joinBody } from "../../../delivery/internal/transport.ts"

const header = 5

/** OTLP asks clients to read at most 4 MiB of a response. @internal */
export const maxAnswer = 4 * 1024 * 1024

/** Smaller messages grow when compressed, or gain too little. */
const compressFrom = 1024

const gzip = (message: ReadonlyArray<Uint8Array>): Effect.Effect<Uint8Array> =>
  Effect.promise(() => {
    const stream = new Blob(message as Array<Uint8Array<ArrayBuffer>>).stream()
      .pipeThrough(new CompressionStream("gzip"))
    return new Response(stream).arrayBuffer().then((buffer) => new Uint8Array(buffer))
  })

const framed = (message: ReadonlyArray<Uint8Array>, isCompressed: boolean): ReadonlyArray<Uint8Array> => {
  const bytes = new Uint8Array(header)
  bytes[0] = isCompressed ? 1 : 0
  new DataView(bytes.buffer).setUint32(1, bodyLength(message))
  return [bytes, ...message]
}

/** @internal */
export const frame = (
  message: ReadonlyArray<Uint8Array>,
  compression: "gzip" | "none"
): Effect.Effect<ReadonlyArray<Uint8Array>> =>
  compression === "gzip" && bodyLength(message) >= compressFrom
    ? Effect.map(gzip(message), (compressed) => framed([compressed], true))
    : Effect.succeed(framed(message, false))

/** The message in a response body. Empty if the body is truncated, or compressed without a request for it. @internal */
export const unframe = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const body = joinBody(chunks)
  if (body.length < header || body[0] !== 0) return new Uint8Array()
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1)
  return header + length <= body.length ? body.subarray(header, header + length) : new Uint8Array()
}
