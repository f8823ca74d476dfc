/**
 * The receiver: a server in a separate process that counts the spans of every OTLP body. It only walks over the
 * messages of a body without decoding them, so that it is faster than any producer. `GET /count` returns the number of
 * spans since the last count, with their attributes and bytes.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** Calls `found` with the position of every occurrence of a length-delimited field. */
const eachMessage = (
  bytes: Buffer,
  start: number,
  end: number,
  field: number,
  found: (start: number, end: number) => void
): void => {
  let at = start
  const varint = (): number => {
    let value = 0
    for (let shift = 1;; shift *= 128) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * shift
      if (byte < 0x80) return value
    }
  }
  while (at < end) {
    const key = varint()
    switch (key & 7) {
      case 0:
        varint()
        break
      case 1:
        at += 8
        break
      case 5:
        at += 4
        break
      case 2: {
        const length = varint()
        if (key >> 3 === field) found(at, at + length)
        at += length
        break
      }
      default:
        throw new Error(`no protobuf: wire type ${key & 7} at ${at}`)
    }
  }
  if (at !== end) throw new Error(`no protobuf: a message ends at ${at}, not at ${end}`)
}

/** The counts since the last request for them. */
let spans = 0
let attributes = 0
let bytes = 0

/** The spans of an `ExportTraceServiceRequest`: resource spans, their scope spans, their spans. */
const countProtobuf = (body: Buffer): void => {
  eachMessage(body, 0, body.length, 1, (start, end) => {
    eachMessage(body, start, end, 2, (start, end) => {
      eachMessage(body, start, end, 2, (start, end) => {
        let ids = 0
        eachMessage(body, start, end, 2, (start, end) => ids += end - start === 8 ? 1 : 0)
        if (ids !== 1) throw new Error("a span without its id")
        eachMessage(body, start, end, 9, () => attributes++)
        bytes += end - start
        spans++
      })
    })
  })
}

interface Body {
  readonly resourceSpans: ReadonlyArray<{
    readonly scopeSpans: ReadonlyArray<{
      readonly spans: ReadonlyArray<{ readonly attributes?: ReadonlyArray<unknown> | undefined }>
    }>
  }>
}

const countJson = (body: Buffer): void => {
  bytes += body.length
  for (const resource of (JSON.parse(body.toString()) as Body).resourceSpans) {
    for (const scope of resource.scopeSpans) {
      spans += scope.spans.length
      for (const span of scope.spans) attributes += span.attributes?.length ?? 0
    }
  }
}

/** The delay of each response in milliseconds. */
const delay = Number(process.argv[2] ?? 0)

const server = createServer((request, response) => {
  if (request.url === "/count") {
    response.end(JSON.stringify({ spans, attributes, bytes }))
    spans = attributes = bytes = 0
    return
  }
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    const body = Buffer.concat(chunks)
    const json = request.headers["content-type"] === "application/json"
    if (json) countJson(body)
    else countProtobuf(body)
    response.setHeader("content-type", json ? "application/json" : "application/x-protobuf")
    const answer = () => void response.end(json ? "{}" : "")
    if (delay > 0) setTimeout(answer, delay)
    else answer()
  })
})

server.keepAliveTimeout = 60_000
server.listen(0, "127.0.0.1", () => process.send!((server.address() as AddressInfo).port))
process.on("disconnect", () => process.exit())
