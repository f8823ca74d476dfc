/**
 * The fields of a small protobuf message from somebody else, of which nothing is known for sure.
 *
 * @internal
 */

/** Reads one varint; past the end of the bytes it gives NaN, which no check below lets through. */
const readVarint = (bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } => {
  let value = 0
  let scale = 1
  for (let at = start; at < bytes.length; at++) {
    value += (bytes[at]! & 0x7f) * scale
    if (bytes[at]! < 0x80) return { value, end: at + 1 }
    scale *= 128
  }
  return { value: NaN, end: NaN }
}

/** @internal */
export interface Field {
  readonly number: number
  /** The number of a varint field, the content of a length-delimited one. */
  readonly value: number | Uint8Array
}

/** The fields of a message that hold a varint or bytes, or `undefined` where the bytes are no message. @internal */
export const readFields = (bytes: Uint8Array): Array<Field> | undefined => {
  const fields: Array<Field> = []
  let at = 0
  while (at < bytes.length) {
    const key = readVarint(bytes, at)
    const number = Math.floor(key.value / 8)
    switch (key.value % 8) {
      case 0: {
        const { end, value } = readVarint(bytes, key.end)
        fields.push({ number, value })
        at = end
        break
      }
      case 1:
        at = key.end + 8
        break
      case 2: {
        const length = readVarint(bytes, key.end)
        at = length.end + length.value
        fields.push({ number, value: bytes.subarray(length.end, at) })
        break
      }
      case 5:
        at = key.end + 4
        break
      default:
        return undefined
    }
    if (!(at <= bytes.length)) return undefined
  }
  return fields
}

/** The last field of a number that holds bytes. @internal */
export const bytesField = (fields: ReadonlyArray<Field> | undefined, number: number): Uint8Array | undefined => {
  const value = fields?.findLast((field) => field.number === number && typeof field.value !== "number")?.value
  return typeof value === "number" ? undefined : value
}

/** The last field of a number that holds a varint. @internal */
export const numberField = (fields: ReadonlyArray<Field> | undefined, number: number): number | undefined => {
  const value = fields?.findLast((field) => field.number === number && typeof field.value === "number")?.value
  return typeof value === "number" ? value : undefined
}
