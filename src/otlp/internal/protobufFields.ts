/**
 * Reads the fields of a small protobuf message that may be invalid.
 *
 * @internal
 */

/** Reads one varint. Past the end of the bytes it returns NaN, which no check below accepts. */
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
  /** The number of a varint field, or the bytes of a length-delimited one. */
  readonly value: number | Uint8Array
}

/** The varint and length-delimited fields of a message, or `undefined` if the bytes are not a message. @internal */
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

/** The bytes of the last length-delimited field with a number. @internal */
export const bytesField = (fields: ReadonlyArray<Field> | undefined, number: number): Uint8Array | undefined => {
  const value = fields?.findLast((field) => field.number === number && typeof field.value !== "number")?.value
  return typeof value === "number" ? undefined : value
}

/** The value of the last varint field with a number. @internal */
export const numberField = (fields: ReadonlyArray<Field> | undefined, number: number): number | undefined => {
  const value = fields?.findLast((field) => field.number === number && typeof field.value === "number")?.value
  return typeof value === "number" ? value : undefined
}
