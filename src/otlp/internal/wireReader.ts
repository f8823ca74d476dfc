/**
 * Reads the fields of a protobuf message.
 *
 * @internal
 */
const textDecoder = new TextDecoder()

const toHex = (bytes: Uint8Array): string => {
  let hex = ""
  for (let i = 0; i < bytes.length; i++) hex += (bytes[i]! < 16 ? "0" : "") + bytes[i]!.toString(16)
  return hex
}

/** Reads the fields of one message one after another. @internal */
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
    // Seven bytes fit in a safe integer, and hardly any number has more.
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
