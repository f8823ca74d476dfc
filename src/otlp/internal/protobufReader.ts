/**
 * Reads back a span that this library wrote as OTLP's protobuf: from a disk, for an exporter that takes
 * spans and not bytes.
 *
 * The bytes were checked against their checksum before, so what cannot be read here is a mistake of
 * this library's, or of a version of it that wrote more: fields that are not known are passed over, and
 * a message that is cut short throws a `RangeError`.
 *
 * @internal
 */
import type { SpanKind } from "effect/Tracer"
import type { Attributes, AttributeValue } from "../../core/Attribute.ts"
import type { EncodedSpan } from "../../core/internal/scoped.ts"
import type { InstrumentationScope, Resource, SpanData, SpanEvent, SpanLink, Status } from "../../core/SpanData.ts"

const textDecoder = new TextDecoder()

const toHex = (bytes: Uint8Array): string => {
  let hex = ""
  for (let i = 0; i < bytes.length; i++) hex += (bytes[i]! < 16 ? "0" : "") + bytes[i]!.toString(16)
  return hex
}

/** A walk over the fields of one message. @internal */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  #wireType = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The number of the next field, or 0 at the end. */
  next(): number {
    if (this.#at >= this.#bytes.length) return 0
    const key = this.uint()
    this.#wireType = key % 8
    return Math.floor(key / 8)
  }

  uint(): number {
    return Number(this.#varint())
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.#varint())
  }

  fixed64(): bigint {
    const value = this.#view.getBigUint64(this.#at, true)
    this.#at += 8
    return value
  }

  fixed32(): number {
    const value = this.#view.getUint32(this.#at, true)
    this.#at += 4
    return value
  }

  double(): number {
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  bytes(): Uint8Array {
    const length = this.uint()
    const start = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError("a field ends after its message")
    return this.#bytes.subarray(start, this.#at)
  }

  text(): string {
    return textDecoder.decode(this.bytes())
  }

  hex(): string {
    return toHex(this.bytes())
  }

  message(): Reader {
    return new Reader(this.bytes())
  }

  skip(): void {
    switch (this.#wireType) {
      case 0:
        this.#varint()
        break
      case 1:
        this.#at += 8
        break
      case 2:
        this.bytes()
        break
      case 5:
        this.#at += 4
        break
      default:
        throw new RangeError(`wire type ${this.#wireType} is not known`)
    }
  }

  #varint(): bigint {
    let low = 0
    let scale = 1
    // Seven bytes fit in a safe integer, and hardly any number takes more.
    for (let i = 0; i < 7; i++) {
      const byte = this.#view.getUint8(this.#at++)
      low += (byte & 0x7f) * scale
      if (byte < 0x80) return BigInt(low)
      scale *= 128
    }
    let value = BigInt(low)
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#view.getUint8(this.#at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return BigInt.asUintN(64, value)
  }
}

/** A value, or nothing for one that is null. @internal */
export const readAnyValue = (reader: Reader): AttributeValue | undefined => {
  let value: unknown
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    switch (field) {
      case 1:
        value = reader.text()
        break
      case 2:
        value = reader.uint() !== 0
        break
      case 3:
        value = Number(reader.int64())
        break
      case 4:
        value = reader.double()
        break
      case 5: {
        const values: Array<unknown> = []
        const array = reader.message()
        for (let inner = array.next(); inner !== 0; inner = array.next()) {
          if (inner === 1) values.push(readAnyValue(array.message()))
          else array.skip()
        }
        value = values
        break
      }
      case 6: {
        const record: Record<string, AttributeValue> = {}
        const list = reader.message()
        for (let inner = list.next(); inner !== 0; inner = list.next()) {
          if (inner === 1) readKeyValue(list.message(), record)
          else list.skip()
        }
        value = record
        break
      }
      case 7:
        value = reader.bytes()
        break
      default:
        reader.skip()
    }
  }
  return value as AttributeValue | undefined
}

/** One attribute, put into a record. @internal */
export const readKeyValue = (reader: Reader, into: Record<string, AttributeValue>): void => {
  let key = ""
  let value: AttributeValue | undefined
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) key = reader.text()
    else if (field === 2) value = readAnyValue(reader.message())
    else reader.skip()
  }
  // Assigned, the name that JavaScript keeps for itself would not become a key.
  if (value !== undefined) {
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true })
  }
}

const kinds: ReadonlyArray<SpanKind> = ["internal", "internal", "server", "client", "producer", "consumer"]
const codes: ReadonlyArray<Status["code"]> = ["unset", "ok", "error"]

const readStatus = (reader: Reader): Status => {
  let message: string | undefined
  let code = 0
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) message = reader.text()
    else if (field === 3) code = reader.uint()
    else reader.skip()
  }
  return message === undefined ? { code: codes[code] ?? "unset" } : { code: codes[code] ?? "unset", message }
}

const readEvent = (reader: Reader): SpanEvent => {
  const attributes: Record<string, AttributeValue> = {}
  const event = { name: "", time: 0n, attributes, droppedAttributesCount: 0 }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) event.time = reader.fixed64()
    else if (field === 2) event.name = reader.text()
    else if (field === 3) readKeyValue(reader.message(), attributes)
    else if (field === 4) event.droppedAttributesCount = reader.uint()
    else reader.skip()
  }
  return event
}

const IS_REMOTE = 0x200

const readLink = (reader: Reader): SpanLink => {
  const attributes: Record<string, AttributeValue> = {}
  const link = { traceId: "", spanId: "", traceState: undefined as string | undefined, flags: 0, dropped: 0 }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) link.traceId = reader.hex()
    else if (field === 2) link.spanId = reader.hex()
    else if (field === 3) link.traceState = reader.text()
    else if (field === 4) readKeyValue(reader.message(), attributes)
    else if (field === 5) link.dropped = reader.uint()
    else if (field === 6) link.flags = reader.fixed32()
    else reader.skip()
  }
  return {
    traceId: link.traceId,
    spanId: link.spanId,
    ...link.traceState === undefined ? {} : { traceState: link.traceState },
    sampled: (link.flags & 1) === 1,
    isRemote: (link.flags & IS_REMOTE) !== 0,
    attributes,
    droppedAttributesCount: link.dropped
  }
}

/** A span as it is read, field by field. */
interface Draft {
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  traceState: string | undefined
  name: string
  kind: SpanKind
  status: Status
  startTime: bigint
  endTime: bigint
  attributes: Attributes
  droppedAttributesCount: number
  droppedEventsCount: number
  droppedLinksCount: number
  sampled: boolean
  parentIsRemote: boolean
  readonly events: Array<SpanEvent>
  readonly links: Array<SpanLink>
  readonly resource: Resource
  readonly scope: InstrumentationScope
}

/** The span that `encodeSpan` of `protobuf.ts` was given. @internal */
export const decodeSpan = (encoded: EncodedSpan): SpanData => {
  const attributes: Record<string, AttributeValue> = {}
  const span: Draft = {
    traceId: "",
    spanId: "",
    parentSpanId: undefined,
    parentIsRemote: false,
    traceState: undefined,
    sampled: true,
    name: "",
    kind: "internal",
    status: { code: "unset" },
    startTime: 0n,
    endTime: 0n,
    attributes,
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    resource: encoded.resource,
    scope: encoded.scope
  }
  const reader = new Reader(encoded.bytes)
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    switch (field) {
      case 1:
        span.traceId = reader.hex()
        break
      case 2:
        span.spanId = reader.hex()
        break
      case 3:
        span.traceState = reader.text()
        break
      case 4:
        span.parentSpanId = reader.hex()
        break
      case 5:
        span.name = reader.text()
        break
      case 6:
        span.kind = kinds[reader.uint()] ?? "internal"
        break
      case 7:
        span.startTime = reader.fixed64()
        break
      case 8:
        span.endTime = reader.fixed64()
        break
      case 9:
        readKeyValue(reader.message(), attributes)
        break
      case 10:
        span.droppedAttributesCount = reader.uint()
        break
      case 11:
        span.events.push(readEvent(reader.message()))
        break
      case 12:
        span.droppedEventsCount = reader.uint()
        break
      case 13:
        span.links.push(readLink(reader.message()))
        break
      case 14:
        span.droppedLinksCount = reader.uint()
        break
      case 15:
        span.status = readStatus(reader.message())
        break
      case 16: {
        const flags = reader.fixed32()
        span.sampled = (flags & 1) === 1
        span.parentIsRemote = (flags & IS_REMOTE) !== 0
        break
      }
      default:
        reader.skip()
    }
  }
  return span
}
