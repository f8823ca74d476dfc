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
import { bytesField, numberField, readFields } from "./protobufFields.ts"

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

const fromProtobuf = (bytes: Uint8Array): PartialSuccess | undefined => {
  const response = bytesField(readFields(bytes), 1)
  if (response === undefined) return undefined
  const fields = readFields(response)
  const message = bytesField(fields, 2)
  return make(numberField(fields, 1) ?? 0, message === undefined ? "" : new TextDecoder().decode(message))
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
