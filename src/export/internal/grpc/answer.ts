/**
 * Interprets responses to OTLP calls over gRPC.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-response
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Accepted, FailureClass } from "../../../delivery/internal/exportError.ts"
import { accepted, ExportError } from "../../../delivery/internal/exportError.ts"
import { decodePartialSuccess } from "../../../otlp/internal/partialSuccess.ts"
import type { RpcStatus } from "../../../otlp/internal/rpcStatus.ts"
import { decodeRpcStatus } from "../../../otlp/internal/rpcStatus.ts"

/** @internal */
export interface Answer {
  readonly httpStatus: number
  readonly contentType: string
  /** Headers and trailers, by lower-case name. */
  readonly metadata: Readonly<Record<string, unknown>>
  readonly message: Uint8Array
}

const names = [
  "ok",
  "cancelled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated"
] as const

/** @internal */
export type StatusName = typeof names[number]

/** The messages with which gRPC servers refuse a message that is too large. */
const tooLarge = /larger than (the )?max|exceeds (the )?max|exceeded (the )?max|message (is )?too (large|long)/i

/** The kind of error for a status other than `ok`. @internal */
export const kindOf = (status: StatusName, detail: RpcStatus | undefined, message: string): FailureClass => {
  switch (status) {
    case "cancelled":
    case "deadline_exceeded":
    case "aborted":
    case "out_of_range":
    case "unavailable":
    case "data_loss":
      return "retry"
    case "resource_exhausted":
      if (tooLarge.test(message)) return "tooLarge"
      // According to OTLP, a receiver that does not send this detail will not recover.
      return detail?.retryDelay === undefined ? "permanent" : "retry"
    case "unauthenticated":
    case "permission_denied":
      return "unauthorized"
    // OTLP forbids sending the same request again. A part of it is another request.
    case "invalid_argument":
    case "internal":
    case "unknown":
      return "refused"
    default:
      return "permanent"
  }
}

/** The status for a response that is not gRPC's, such as a proxy's, by gRPC's own mapping. */
const ofHttp = (status: number): StatusName => {
  switch (status) {
    case 400:
      return "internal"
    case 401:
      return "unauthenticated"
    case 403:
      return "permission_denied"
    case 404:
      return "unimplemented"
    case 429:
    case 502:
    case 503:
    case 504:
      return "unavailable"
    default:
      return "unknown"
  }
}

const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign without a valid escape, so the text is not encoded.
    return text
  }
}

const fromBase64 = (text: string): Uint8Array | undefined => {
  try {
    return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}

const textOf = (value: unknown): string | undefined => {
  const one = Array.isArray(value) ? value[0] : value
  return one === undefined ? undefined : String(one)
}

/** Interprets the response to an export. @internal */
export const interpret = (
  url: string,
  { contentType, httpStatus, message: body, metadata }: Answer,
  items = "spans"
): Effect.Effect<Accepted, ExportError> => {
  const code = textOf(metadata["grpc-status"])
  const isGrpc = code !== undefined && /^\d{1,2}$/.test(code)
  const status = isGrpc ? names[Number(code)] ?? "unknown" : ofHttp(httpStatus)
  if (isGrpc && status === "ok") {
    const partial = decodePartialSuccess(body, "application/x-protobuf")
    if (partial === undefined) return Effect.succeed(accepted)
    return Effect.succeed({
      rejected: partial.rejectedSpans,
      message: `${url} rejected ${partial.rejectedSpans} ${items}: ${partial.errorMessage}`
    })
  }
  const details = fromBase64(textOf(metadata["grpc-status-details-bin"]) ?? "")
  const detail = details === undefined ? undefined : decodeRpcStatus(details)
  const message = unescaped(textOf(metadata["grpc-message"]) ?? "") || detail?.message || ""
  const what = isGrpc
    ? status.toUpperCase()
    : `${httpStatus} with ${contentType === "" ? "no content type" : contentType}, which is no gRPC`
  const text = message.slice(0, 200).trim()
  const kind = kindOf(status, detail, message)
  return Effect.fail(
    new ExportError({
      kind,
      reason: isGrpc ? `grpc_${status}` : `http_${httpStatus}`,
      message: `${url} answered ${what}${text === "" ? "" : ` ${JSON.stringify(text)}`}` +
        (status === "unimplemented" ? `. Is it a receiver of OTLP over gRPC for ${items}?` : ""),
      retryAfter: kind === "retry" ? detail?.retryDelay : undefined
    })
  )
}
