/**
 * Reads from the response how much of a request was rejected: OTLP's `ExportTraceServiceResponse`.
 *
 * The response may come from any server at that URL, for example a proxy with an error page, so an unreadable response
 * counts as none. The spans count as accepted unless the receiver clearly rejects them.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#partial-success-1
 * @internal
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { bytesField, numberField, readFields } from "./protobufFields.ts"

/**
 * How many spans, metric points or log records the receiver rejected, and why. Zero with a message is a warning.
 *
 * @internal
 */
export interface PartialSuccess {
  readonly rejectedSpans: number
  readonly errorMessage: string
}

/** Zero without a message is the same as no partial success. */
const make = (rejectedSpans: number, errorMessage: string): PartialSuccess | undefined =>
  Number.isSafeInteger(rejectedSpans) && rejectedSpans >= 0 && (rejectedSpans > 0 || errorMessage !== "")
    ? { rejectedSpans, errorMessage }
    : undefined

/** proto3's JSON mapping writes an int64 as a string, also accepts a number, and treats null as the default. */
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

const fromProtobuf = (bytes: Uint8Array): PartialSuccess | undefined => {
  const response = bytesField(readFields(bytes), 1)
  if (response === undefined) return undefined
  const fields = readFields(response)
  const message = bytesField(fields, 2)
  return make(numberField(fields, 1) ?? 0, message === undefined ? "" : new TextDecoder().decode(message))
}

/**
 * Reads the response to an export in the encoding of its content type. Without a usable content type, a body that
 * starts like a JSON object is read as JSON. Never throws.
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
