/** AWS's binary event stream, in which Bedrock sends the events of a streamed response. */
import * as zlib from "node:zlib"

const header = (name: string, value: string): Buffer => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(value))
  return Buffer.concat([
    Buffer.from([Buffer.byteLength(name)]),
    Buffer.from(name),
    Buffer.from([7]),
    length,
    Buffer.from(value)
  ])
}

const uint32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32BE(value >>> 0)
  return buffer
}

/** One message: lengths and headers with their checksum, the payload, and the checksum of everything. */
const message = (headers: Buffer, payload: Buffer): Buffer => {
  const prelude = Buffer.concat([uint32(headers.length + payload.length + 16), uint32(headers.length)])
  const start = Buffer.concat([prelude, uint32(zlib.crc32(prelude)), headers, payload])
  return Buffer.concat([start, uint32(zlib.crc32(start))])
}

/** An event with a JSON body. */
export const event = (type: string, body: object): Buffer =>
  message(
    Buffer.concat([
      header(":message-type", "event"),
      header(":event-type", type),
      header(":content-type", "application/json")
    ]),
    Buffer.from(JSON.stringify(body))
  )

/** An exception in the stream. */
export const exception = (type: string, body: object): Buffer =>
  message(
    Buffer.concat([
      header(":message-type", "exception"),
      header(":exception-type", type),
      header(":content-type", "application/json")
    ]),
    Buffer.from(JSON.stringify(body))
  )
