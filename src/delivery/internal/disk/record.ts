/**
 * The records of a segment. Each can be found and verified by itself.
 *
 * ```
 * marker 4 | crc 4 | length 4 | sequence 8 | kind 1 | context 1 | payload
 * ```
 *
 * Numbers are little endian, and the checksum covers everything after it. The sequence of an ended span is its index
 * among all ended spans of the log, so that missing spans can be counted. Other records have the sequence of the next
 * span. After a damaged record, the reader searches for the next marker with a valid checksum. So damage loses only the
 * records that it hits.
 *
 * @internal
 */
import { crc32c } from "./crc32c.ts"

/**
 * - `context`: a resource and a scope as JSON, to which the byte `context` of other records refers
 * - `ended`: a span that has ended, as OTLP protobuf, or a log record
 * - `started`: a span that has started, in the same form
 *
 * @internal
 */
export type RecordKind = "context" | "ended" | "started"

const kinds: ReadonlyArray<RecordKind> = ["context", "ended", "started"]

/** @internal */
export interface DiskRecord {
  readonly kind: RecordKind
  readonly sequence: number
  readonly context: number
  readonly payload: Uint8Array
}

const marker = [0xea, 0x5e, 0x9a, 0x01] as const

/** The bytes of a record without its payload. @internal */
export const headerSize = 22

/** The largest payload length that a record may declare. @internal */
export const maxPayload = 1 << 30

/** @internal */
export const maxContexts = 255

/** Writes a record into a buffer and returns the offset after it. @internal */
export const writeRecord = (into: Uint8Array, at: number, record: DiskRecord): number => {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength)
  const end = at + headerSize + record.payload.length
  into.set(marker, at)
  view.setUint32(at + 8, record.payload.length, true)
  view.setBigUint64(at + 12, BigInt(record.sequence), true)
  into[at + 20] = kinds.indexOf(record.kind)
  into[at + 21] = record.context
  into.set(record.payload, at + headerSize)
  view.setUint32(at + 4, crc32c(into, at + 8, end), true)
  return end
}

const hasMarker = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === marker[0] && bytes[at + 1] === marker[1] && bytes[at + 2] === marker[2] && bytes[at + 3] === marker[3]

const readRecord = (bytes: Uint8Array, view: DataView, at: number): DiskRecord | undefined => {
  if (at + headerSize > bytes.length || !hasMarker(bytes, at)) return undefined
  const length = view.getUint32(at + 8, true)
  const end = at + headerSize + length
  if (length > maxPayload || end > bytes.length) return undefined
  if (view.getUint32(at + 4, true) !== crc32c(bytes, at + 8, end)) return undefined
  const kind = kinds[bytes[at + 20]!]
  if (kind === undefined) return undefined
  return {
    kind,
    sequence: Number(view.getBigUint64(at + 12, true)),
    context: bytes[at + 21]!,
    payload: bytes.subarray(at + headerSize, end)
  }
}

/**
 * The result at an offset: a record, damaged bytes before a valid record, or the end. At the end, `damaged` is true if
 * a complete record is unreadable there, as opposed to an incomplete write.
 *
 * @internal
 */
export type Scanned =
  | { readonly _tag: "Record"; readonly record: DiskRecord; readonly end: number }
  | { readonly _tag: "Damage"; readonly end: number }
  | { readonly _tag: "End"; readonly damaged: boolean }

/** @internal */
export const scan = (bytes: Uint8Array, at: number): Scanned => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const record = readRecord(bytes, view, at)
  if (record !== undefined) return { _tag: "Record", record, end: at + headerSize + record.payload.length }
  for (let next = at + 1; next + headerSize <= bytes.length; next++) {
    if (hasMarker(bytes, next) && readRecord(bytes, view, next) !== undefined) return { _tag: "Damage", end: next }
  }
  const whole = at + headerSize <= bytes.length && at + headerSize + view.getUint32(at + 8, true) <= bytes.length
  return { _tag: "End", damaged: whole }
}
