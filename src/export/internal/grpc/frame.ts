/**
 * A message of gRPC between its five bytes of header: whether it is compressed, and its length.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { compressFrom, gzip } from "../gzip.ts"

const header = 5

/** OTLP asks a client to read no more than 4 MiB of an answer. @internal */
export const maxAnswer = 4 * 1024 * 1024

const framed = (message: Uint8Array, compressed: boolean): Uint8Array => {
  const bytes = new Uint8Array(header + message.length)
  bytes[0] = compressed ? 1 : 0
  new DataView(bytes.buffer).setUint32(1, message.length)
  bytes.set(message, header)
  return bytes
}

/** @internal */
export const frame = (message: Uint8Array, compression: "gzip" | "none"): Effect.Effect<Uint8Array> =>
  compression === "gzip" && message.length >= compressFrom
    ? Effect.map(gzip(message), (compressed) => framed(compressed, true))
    : Effect.succeed(framed(message, false))

/** The message in the body of an answer. One that is compressed, which nobody asked for, or cut is none. @internal */
export const unframe = (chunks: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const none = new Uint8Array()
  if (size < header || size > maxAnswer) return none
  const body = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  const length = new DataView(body.buffer).getUint32(1)
  return body[0] === 0 && header + length <= size ? body.subarray(header, header + length) : none
}
