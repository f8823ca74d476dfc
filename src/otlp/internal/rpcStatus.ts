/**
 * Reads why a receiver rejected a request: `google.rpc.Status`, in the body of an HTTP response or in the trailers of a
 * gRPC one.
 *
 * @see https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { bytesField, numberField, readFields } from "./protobufFields.ts"

/** @internal */
export interface RpcStatus {
  readonly message: string
  /** The delay in a `google.rpc.RetryInfo`. */
  readonly retryDelay?: Duration.Duration | undefined
}

const decoder = new TextDecoder()

/** A longer time is a mistake, and too long for a timer. */
const maxSeconds = 1_000_000

/** Reads a `google.protobuf.Duration`. A negative one is ignored. */
const readDuration = (bytes: Uint8Array): Duration.Duration | undefined => {
  const fields = readFields(bytes)
  const seconds = numberField(fields, 1) ?? 0
  const nanos = numberField(fields, 2) ?? 0
  if (fields === undefined || seconds > 2 ** 62 || nanos > 999_999_999) return undefined
  return Duration.millis(Math.min(maxSeconds, seconds) * 1_000 + nanos / 1e6)
}

const retryInfo = /(^|\/)google\.rpc\.RetryInfo$/

/** Reads the protobuf form, or returns `undefined` if the bytes are not valid. @internal */
export const decodeRpcStatus = (bytes: Uint8Array): RpcStatus | undefined => {
  const fields = readFields(bytes)
  if (fields === undefined || fields.length === 0) return undefined
  const message = bytesField(fields, 2)
  let retryDelay: Duration.Duration | undefined
  for (const { number, value } of fields) {
    if (number !== 3 || typeof value === "number") continue
    const detail = readFields(value)
    const type = bytesField(detail, 1)
    if (type === undefined || !retryInfo.test(decoder.decode(type))) continue
    // A `RetryInfo` without a delay means an immediate retry.
    const delay = bytesField(readFields(bytesField(detail, 2) ?? new Uint8Array()), 1)
    retryDelay = delay === undefined ? Duration.zero : readDuration(delay)
  }
  return { message: message === undefined ? "" : decoder.decode(message), retryDelay }
}

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({ message: Schema.String })))

/** The message of a rejection for people: from a status in either encoding, or the beginning of the text. @internal */
export const refusalText = (body: Uint8Array, contentType: string | undefined): string => {
  const type = contentType?.toLowerCase() ?? ""
  const text = (bytes: Uint8Array) => decoder.decode(bytes.subarray(0, 200)).trim()
  if (type.includes("protobuf")) return decodeRpcStatus(body)?.message.slice(0, 200).trim() ?? text(body)
  const json = body[0] === 0x7b ? decodeJson(decoder.decode(body)) : Option.none()
  return Option.isSome(json) ? json.value.message.slice(0, 200).trim() : text(body)
}
