/**
 * What a receiver says of a request that it took only in part: OTLP's `ExportTraceServiceResponse`.
 *
 * The answer comes from whatever stands behind the URL, a proxy's error page included, so what is not
 * understood is no answer. Spans were accepted unless the receiver plainly says otherwise.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#partial-success-1
 * @internal
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * How many spans, data points of metrics or log records, the receiver rejected, and why; zero with a message is a warning.
 *
 * @internal
 */
export interface PartialSuccess {
  readonly rejectedSpans: number
  readonly errorMessage: string
}

/** Zero and no message are the same as no partial success. */
const make = (rejectedSpans: number, errorMessage: string): PartialSuccess | undefined =>
  Number.isSafeInteger(rejectedSpans) && rejectedSpans >= 0 && (rejectedSpans > 0 || errorMessage !== "")
    ? { rejectedSpans, errorMessage }
    : undefined

/** proto3's JSON mapping writes an int64 as a string, reads a number too, and takes null for a default. */
const Rejected = Schema.NullOr(Schema.Union([Schema.Finite, Schema.FiniteFromString])).pipe(Schema.optionalKey)

const JsonResponse = Schema.fromJsonString(Schema.Struct({
  partialSuccess: Schema.Struct({
    rejectedSpans: Rejected,
    rejectedDataPoints: Rejected,
    rejectedLogRecords: Rejected,
    errorMessage: Schema.NullOr(Schema.String).pipe(Schema.optionalKey)
  })
}))

const decodeJsonResponse = Schema.decodeUnknownOption(JsonResponse)

const fromJson = (text: string): PartialSuccess | undefined => {
  const response = decodeJsonResponse(text)
  if (Option.isNone(response)) return undefined
  const { errorMessage, rejectedDataPoints, rejectedLogRecords, rejectedSpans } = response.value.partialSuccess
  return make(rejectedSpans ?? rejectedDataPoints ?? rejectedLogRecords ?? 0, errorMessage ?? "")
}

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

interface Field {
  readonly number: number
  /** The number of a varint field, the content of a length-delimited one. */
  readonly value: number | Uint8Array
}

/** The fields of a message that hold a varint or bytes, or `undefined` where the bytes are no message. */
const readFields = (bytes: Uint8Array): Array<Field> | undefined => {
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

const fromProtobuf = (bytes: Uint8Array): PartialSuccess | undefined => {
  const response = readFields(bytes)?.findLast((field) => field.number === 1)
  if (response === undefined || typeof response.value === "number") return undefined
  let rejectedSpans = 0
  let errorMessage = ""
  for (const { number, value } of readFields(response.value) ?? []) {
    if (number === 1 && typeof value === "number") rejectedSpans = value
    if (number === 2 && typeof value !== "number") errorMessage = new TextDecoder().decode(value)
  }
  return make(rejectedSpans, errorMessage)
}

/**
 * Reads the answer to an export, in the encoding that its content type names; without a usable one,
 * what begins as a JSON object is taken for JSON. Never throws.
 *
 * @internal
 */
export const decodePartialSuccess = (
  body: Uint8Array | string,
  contentType: string | undefined
): PartialSuccess | undefined => {
  if (typeof body === "string") return fromJson(body)
  const type = contentType?.toLowerCase() ?? ""
  const isProtobuf = type.includes("protobuf") || (!type.includes("json") && body[0] !== 0x7b)
  return isProtobuf ? fromProtobuf(body) : fromJson(new TextDecoder().decode(body))
}
