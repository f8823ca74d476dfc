/**
 * A protobuf writer that reads its input once.
 *
 * It writes into one growing buffer, which it keeps between messages, or into a page that several messages share. A
 * nested message has its length in front, before the length is known. So {@link ProtobufWriter.open} leaves room for
 * the expected length, and {@link ProtobufWriter.close} fills it in and moves the content only if the expected length
 * was of another size. Lengths always have their shortest form, at any size.
 *
 * @internal
 */

/** The part of Node's `Buffer` that the writer uses. It writes text twice as fast as `TextEncoder`. */
interface TextBuffer {
  write(text: string, offset: number): number
}

interface TextBuffers {
  from(bytes: ArrayBuffer): TextBuffer
  byteLength(text: string): number
}

const textBuffers = (globalThis as unknown as { readonly Buffer?: TextBuffers | undefined }).Buffer
const textEncoder = new TextEncoder()

/** The first size of the buffer, and the largest size that is kept after a message. */
const INITIAL_SIZE = 1 << 16
const RETAINED_SIZE = 1 << 22

/** The size of a page that messages share. A message that does not fit into the rest of a page starts the next one. */
const PAGE_SIZE = 1 << 17

/** The position of a message in a page. @internal */
export interface Slice {
  readonly page: Uint8Array
  readonly from: number
  readonly to: number
}

/** The size of the slabs that small results share. A result larger than an eighth of it has its own buffer. */
const SLAB_SIZE = 1 << 16

/** Up to this many UTF-16 units, a loop is faster than a call out of JavaScript. */
const SHORT_TEXT = 16

/** From this many UTF-16 units on, text is measured first, instead of reserving its largest possible size. */
const LONG_TEXT = 1 << 14

const TWO_32 = 2 ** 32

/**
 * The size of the varint of a non-negative safe integer.
 *
 * @internal
 */
export const varintSize = (value: number): number => {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x200000) return 3
  if (value < 0x10000000) return 4
  let size = 5
  for (let rest = value / 0x800000000; rest >= 1; rest /= 128) size++
  return size
}

/** The value of a hex digit. The low bits of a letter, in either case, count from one. */
const hexDigit = (code: number): number => (code & 0xf) + (code >> 6) * 9

/**
 * Writes one protobuf message after another into its own buffer; see the head of this file. It is not reentrant: call
 * `finish` or `reset` before the next message. A tag argument is the encoded field key,
 * `field number << 3 | wire type`.
 *
 * @internal
 */
export class ProtobufWriter {
  protected bytes = new Uint8Array(0)
  protected view = new DataView(this.bytes.buffer)
  private text: TextBuffer | undefined
  /** The start of the current message. */
  protected start = 0
  protected position = 0
  private slab = new Uint8Array(0)
  private slabPosition = 0

  /** Discards the current message, so that a message that failed half-way leaves nothing behind. */
  reset(): void {
    this.position = this.start
  }

  /** Returns a copy of the written bytes and empties the writer. A very large buffer is released. */
  finish(): Uint8Array {
    const out = this.bytes.slice(this.start, this.position)
    this.position = this.start
    if (this.bytes.length > RETAINED_SIZE) this.allocate(INITIAL_SIZE)
    return out
  }

  /**
   * Returns the position of the message in its page, and starts the next message behind it. The bytes are never
   * overwritten.
   */
  finishInPage(): Slice {
    const slice = { page: this.bytes, from: this.start, to: this.position }
    this.start = this.position
    // A message larger than a page gets a page of its own.
    if (this.bytes.length > PAGE_SIZE) this.allocate(0)
    return slice.page.length > 2 * PAGE_SIZE && slice.to * 2 < slice.page.length
      ? { page: slice.page.slice(slice.from, slice.to), from: 0, to: slice.to - slice.from }
      : slice
  }

  /**
   * Like {@link finish}, for the many small messages of a queue. They share slabs, which takes half the time and memory
   * of one `ArrayBuffer` each. A message that is kept keeps its slab.
   */
  finishSmall(): Uint8Array {
    const size = this.position - this.start
    if (size > SLAB_SIZE >> 3) return this.finish()
    if (this.slabPosition + size > this.slab.length) {
      this.slab = new Uint8Array(SLAB_SIZE)
      this.slabPosition = 0
    }
    const out = this.slab.subarray(this.slabPosition, this.slabPosition + size)
    out.set(this.bytes.subarray(this.start, this.position))
    this.slabPosition += size
    this.position = this.start
    return out
  }

  private allocate(size: number): void {
    const buffer = new ArrayBuffer(size)
    this.bytes = new Uint8Array(buffer)
    this.view = new DataView(buffer)
    this.text = textBuffers?.from(buffer)
    this.start = 0
    this.position = 0
  }

  protected reserve(size: number): void {
    if (this.position + size > this.bytes.length) this.grow(size)
  }

  /** Continues in a larger buffer, or in a new page if the old one holds earlier messages. */
  private grow(size: number): void {
    const written = this.bytes.subarray(this.start, this.position)
    const isFirst = this.start === 0
    this.allocate(
      Math.max(
        written.length + size,
        isFirst ? Math.max(this.bytes.length * 2, INITIAL_SIZE) : PAGE_SIZE
      )
    )
    this.bytes.set(written)
    this.position = written.length
  }

  /** Writes a non-negative safe integer: a length, a count, an enum, or a field key with a number above 15. */
  varint(value: number): void {
    this.reserve(10)
    this.position = this.putVarint(value, this.position)
  }

  protected putVarint(value: number, at: number): number {
    const bytes = this.bytes
    let rest = value
    while (rest >= 0x80000000) {
      bytes[at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
    return at
  }

  /** Writes a varint field with a small non-negative value. */
  uint(tag: number, value: number): void {
    this.reserve(11)
    this.bytes[this.position++] = tag
    this.position = this.putVarint(value, this.position)
  }

  /** Writes an int64 field from a number: an integer from -2^63 to below 2^63. */
  int64(tag: number, value: number): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) return this.uint(tag, value)
    this.putInt64(tag, value >>> 0, Math.floor(value / TWO_32) >>> 0)
  }

  /** Writes an int64 field from a bigint in that range. */
  bigint64(tag: number, value: bigint): void {
    this.putInt64(tag, Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> BigInt(32))))
  }

  private putInt64(tag: number, low: number, high: number): void {
    this.reserve(11)
    const bytes = this.bytes
    let at = this.position
    bytes[at++] = tag
    while (high > 0 || low > 0x7f) {
      bytes[at++] = (low & 0x7f) | 0x80
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    bytes[at++] = low
    this.position = at
  }

  /** Writes the four bytes of a fixed32 without a tag. */
  fixed32(value: number): void {
    this.reserve(4)
    this.view.setUint32(this.position, value, true)
    this.position += 4
  }

  /** Writes a fixed64 field. A value outside of its range wraps around. */
  fixed64(tag: number, value: bigint): void {
    this.reserve(9)
    this.bytes[this.position++] = tag
    this.view.setBigUint64(this.position, value, true)
    this.position += 8
  }

  double(tag: number, value: number): void {
    this.reserve(9)
    this.bytes[this.position++] = tag
    this.view.setFloat64(this.position, value, true)
    this.position += 8
  }

  raw(tag: number, value: Uint8Array): void {
    this.reserve(value.length + 11)
    this.bytes[this.position++] = tag
    const at = this.putVarint(value.length, this.position)
    this.bytes.set(value, at)
    this.position = at + value.length
  }

  /** Appends bytes that are complete fields with their tags. */
  append(value: Uint8Array): void {
    this.reserve(value.length)
    this.bytes.set(value, this.position)
    this.position += value.length
  }

  /** Starts a length-delimited field whose length is known. */
  begin(tag: number, length: number): void {
    this.reserve(11)
    this.bytes[this.position++] = tag
    this.position = this.putVarint(length, this.position)
  }

  /** Writes a bytes field from pairs of hex digits. The digits are not checked. */
  hex(tag: number, digits: string): void {
    const length = digits.length >> 1
    this.reserve(length + 11)
    const bytes = this.bytes
    bytes[this.position++] = tag
    let at = this.putVarint(length, this.position)
    for (let i = 0; i + 1 < digits.length; i += 2) {
      bytes[at++] = hexDigit(digits.charCodeAt(i)) << 4 | hexDigit(digits.charCodeAt(i + 1))
    }
    this.position = at
  }

  /** Writes a string field in UTF-8. A lone surrogate becomes U+FFFD. */
  string(tag: number, value: string): void {
    const length = value.length
    if (length > LONG_TEXT) return this.longString(tag, value)
    this.reserve(length * 3 + 4)
    const bytes = this.bytes
    bytes[this.position++] = tag
    // Most text is ASCII with one byte a unit, so room for that length is reserved.
    const header = this.position
    const expected = length < 0x80 ? 1 : length < 0x4000 ? 2 : 3
    const start = header + expected
    let written = 0
    if (length <= SHORT_TEXT) {
      while (written < length) {
        const code = value.charCodeAt(written)
        if (code > 0x7f) break
        bytes[start + written++] = code
      }
    }
    if (written < length || length > SHORT_TEXT) written = this.putText(value, start)
    if (written !== length) {
      const actual = varintSize(written)
      if (actual !== expected) bytes.copyWithin(header + actual, start, start + written)
    }
    this.position = this.putVarint(written, header) + written
  }

  private longString(tag: number, value: string): void {
    if (textBuffers === undefined) return this.raw(tag, textEncoder.encode(value))
    const length = textBuffers.byteLength(value)
    this.reserve(length + 11)
    this.bytes[this.position++] = tag
    const at = this.putVarint(length, this.position)
    this.position = at + this.putText(value, at)
  }

  protected putText(value: string, at: number): number {
    return this.text !== undefined
      ? this.text.write(value, at)
      : textEncoder.encodeInto(value, this.bytes.subarray(at)).written
  }

  /**
   * Starts a nested message of about `expected` bytes. Pass the result and the same `expected` to {@link close}. If the
   * lengths of both sizes have equally many bytes, nothing is moved.
   */
  open(tag: number, expected: number): number {
    this.reserve(11)
    this.bytes[this.position++] = tag
    this.position += varintSize(expected)
    // Relative to the start of the message, because the message may move to another page.
    return this.position - this.start
  }

  /** Ends the nested message that {@link open} started. */
  close(opened: number, expected: number): void {
    const reserved = varintSize(expected)
    const actual = varintSize(this.position - this.start - opened)
    if (actual > reserved) this.reserve(actual - reserved)
    const start = this.start + opened
    const length = this.position - start
    if (actual !== reserved) {
      this.bytes.copyWithin(start - reserved + actual, start, this.position)
      this.position += actual - reserved
    }
    this.putVarint(length, start - reserved)
  }
}
