/**
 * Writes the spans of a request one by one and field by field, without creating a {@link SpanData}.
 *
 * The bytes equal those of `protobuf.encodeSpan` for the same span. Frequent fields are written in one step each: keys
 * are encoded once, and most text is ASCII, so all lengths are known in advance.
 *
 * @internal
 */
import type { SpanKind } from "effect/Tracer"
import type { AttributeValue } from "../../core/Attribute.ts"
import type { Status } from "../../core/SpanData.ts"
import type { Slice } from "./protobufWriter.ts"
import { ProtobufWriter, varintSize } from "./protobufWriter.ts"
import { flags, hasDoubles, isInt64Number, kindNumber, statusNumber } from "./span.ts"

const LENGTH_DELIMITED = 2
const FIRST = 1 << 3 | LENGTH_DELIMITED
const SECOND = 2 << 3 | LENGTH_DELIMITED
const THIRD = 3 << 3 | LENGTH_DELIMITED
const PARENT = 4 << 3 | LENGTH_DELIMITED
const ATTRIBUTE = 9 << 3 | LENGTH_DELIMITED

/** The usual size of a span. Only the number of bytes of its length matters. */
const SPAN_SIZE = 1 << 10

const encoder = new TextEncoder()

/** Encodes the key of an attribute for its `KeyValue`, with tag and length. @internal */
export const encodeKey = (key: string): Uint8Array => {
  const writer = new ProtobufWriter()
  writer.raw(FIRST, encoder.encode(key))
  return writer.finish()
}

const fieldSize = (length: number): number => 1 + varintSize(length) + length

/** @internal */
export class SpanWriter extends ProtobufWriter {
  private opened = 0
  private traceId = ""
  private readonly traceBytes = new Uint8Array(16)

  /** Starts a span of a request, with tag and length. */
  beginSpan(traceId: string): void {
    this.opened = this.open(SECOND, SPAN_SIZE)
    this.trace(traceId)
  }

  /** Writes the id of the span, or of its parent, from the two halves. */
  idBits(high: number, low: number, isParent: boolean): void {
    this.reserve(10)
    const { bytes, position, view } = this
    bytes[position] = isParent ? PARENT : SECOND
    bytes[position + 1] = 8
    view.setInt32(position + 2, high)
    view.setInt32(position + 6, low)
    this.position = position + 10
  }

  /** Writes the id of the span, or of its parent, from its text. */
  idText(id: string, isParent: boolean): void {
    this.hex(isParent ? PARENT : SECOND, id)
  }

  traceState(traceState: string): void {
    if (traceState !== "") this.string(THIRD, traceState)
  }

  // The spans of a trace often follow each other, so the bytes of the last trace id are kept.
  private trace(traceId: string): void {
    if (traceId.length !== 32) return this.hex(FIRST, traceId)
    this.reserve(18)
    const { bytes, position, traceBytes } = this
    if (traceId === this.traceId) {
      bytes[position] = FIRST
      bytes[position + 1] = 16
      for (let i = 0; i < 16; i++) bytes[position + 2 + i] = traceBytes[i]!
      this.position = position + 18
      return
    }
    this.hex(FIRST, traceId)
    // Read from where it is now, because the span may have moved to another page.
    traceBytes.set(this.bytes.subarray(this.position - 16, this.position))
    this.traceId = traceId
  }

  head(name: string, kind: SpanKind, startTime: bigint, endTime: bigint): void {
    this.string(5 << 3 | LENGTH_DELIMITED, name)
    this.reserve(20)
    const { bytes, position, view } = this
    bytes[position] = 6 << 3
    bytes[position + 1] = kindNumber(kind)
    bytes[position + 2] = 7 << 3 | 1
    view.setBigUint64(position + 3, startTime, true)
    bytes[position + 11] = 8 << 3 | 1
    view.setBigUint64(position + 12, endTime, true)
    this.position = position + 20
  }

  /** Writes an attribute with a normalized value and a key of {@link encodeKey}. A double may be a whole number. */
  attribute(key: Uint8Array, value: AttributeValue, isDouble: boolean): void {
    switch (typeof value) {
      case "string":
        this.textAttribute(key, value)
        return
      case "number":
        return this.numberAttribute(key, value, isDouble)
      case "boolean":
        this.scalar(key, 2)
        this.bytes[this.position++] = 2 << 3
        this.bytes[this.position++] = value ? 1 : 0
        return
      default:
        return this.listAttribute(key, value, isDouble || hasDoubles(value))
    }
  }

  /** Writes the beginning of an attribute whose value has `size` bytes. */
  private scalar(key: Uint8Array, size: number): void {
    this.reserve(key.length + size + 24)
    const { bytes } = this
    let at = this.position
    bytes[at++] = ATTRIBUTE
    at = this.putVarint(key.length + 1 + varintSize(size) + size, at)
    for (let i = 0; i < key.length; i++) bytes[at++] = key[i]!
    bytes[at++] = SECOND
    this.position = this.putVarint(size, at)
  }

  private numberAttribute(key: Uint8Array, value: number, isDouble: boolean): void {
    if (isDouble || !isInt64Number(value)) {
      this.scalar(key, 9)
      return this.double(4 << 3 | 1, value)
    }
    this.scalar(key, 1 + (value < 0 ? 10 : varintSize(value)))
    this.int64(3 << 3, value)
  }

  /**
   * The position of the next attribute relative to the start of the span, because the span may move to another page.
   */
  get mark(): number {
    return this.position - this.start
  }

  /** Removes all bytes after a mark. */
  rewind(mark: number): void {
    this.position = this.start + mark
  }

  /** The buffer of the current page. It is replaced when more room is needed. */
  get written(): Uint8Array {
    return this.bytes
  }

  /** Writes a text attribute at the end of the buffer. Returns the position of the text if it is ASCII. */
  textAttribute(key: Uint8Array, value: string): number | undefined {
    const { length } = value
    // Longer text is measured before it is written.
    if (length > 1 << 14) return this.longAttribute(key, value)
    this.reserve(length * 3 + key.length + 32)
    const { bytes, position } = this
    const text = fieldSize(length)
    bytes[position] = ATTRIBUTE
    let at = this.putVarint(key.length + fieldSize(text), position + 1)
    for (let i = 0; i < key.length; i++) bytes[at++] = key[i]!
    bytes[at++] = SECOND
    at = this.putVarint(text, at)
    bytes[at++] = FIRST
    at = this.putVarint(length, at)
    const written = this.putShort(value, at)
    if (written === length) {
      this.position = at + written
      return at
    }
    // Text that is not ASCII has more bytes than expected.
    return this.longAttribute(key, value)
  }

  private putShort(value: string, at: number): number {
    const { length } = value
    if (length > 24) return this.putText(value, at)
    const { bytes } = this
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return this.putText(value, at)
      bytes[at + i] = code
    }
    return length
  }

  private longAttribute(key: Uint8Array, value: string): number | undefined {
    const expectedText = fieldSize(value.length)
    const expected = key.length + fieldSize(expectedText)
    const attribute = this.open(ATTRIBUTE, expected)
    this.append(key)
    const any = this.open(SECOND, expectedText)
    const before = this.mark
    this.string(FIRST, value)
    // ASCII text has one byte a unit, beside the tag and the length.
    const isAscii = this.mark - before === expectedText
    this.close(any, expectedText)
    this.close(attribute, expected)
    return isAscii ? this.position - value.length : undefined
  }

  private listAttribute(key: Uint8Array, values: ReadonlyArray<string | number | boolean>, areDoubles: boolean): void {
    const attribute = this.open(ATTRIBUTE, 0)
    this.append(key)
    const any = this.open(SECOND, 0)
    const array = this.open(5 << 3 | LENGTH_DELIMITED, 0)
    for (let i = 0; i < values.length; i++) this.item(values[i]!, areDoubles)
    this.close(array, 0)
    this.close(any, 0)
    this.close(attribute, 0)
  }

  private item(value: string | number | boolean, isDouble: boolean): void {
    const expected = typeof value === "string" ? fieldSize(value.length) : 0
    const start = this.open(FIRST, expected)
    if (typeof value === "string") this.string(FIRST, value)
    else if (typeof value === "boolean") this.uint(2 << 3, value ? 1 : 0)
    else if (!isDouble && isInt64Number(value)) this.int64(3 << 3, value)
    else this.double(4 << 3 | 1, value)
    this.close(start, expected)
  }

  /** Ends a span without events and links. */
  end(
    dropped: { readonly attributes: number; readonly events: number; readonly links: number },
    { code, message }: Status,
    flagged: Parameters<typeof flags>[0],
    parentIsRemote: boolean
  ): Slice {
    this.uint(10 << 3, dropped.attributes)
    this.uint(12 << 3, dropped.events)
    this.uint(14 << 3, dropped.links)
    const expected = message === undefined ? 0 : message.length
    const status = this.open(15 << 3 | LENGTH_DELIMITED, expected)
    if (message !== undefined && message !== "") this.string(SECOND, message)
    this.uint(3 << 3, statusNumber(code))
    this.close(status, expected)
    this.varint(16 << 3 | 5)
    this.fixed32(flags(flagged, parentIsRemote))
    this.close(this.opened, SPAN_SIZE)
    return this.finishInPage()
  }

  /** Writes a span that is already encoded. */
  whole(span: Uint8Array): Slice {
    this.raw(SECOND, span)
    return this.finishInPage()
  }
}
