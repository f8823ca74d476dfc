/**
 * Interprets responses to OTLP requests over HTTP.
 *
 * OTLP defines which responses may be retried, not HTTP: only 429, 502, 503, 504 and failed connections.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Accepted, FailureClass } from "../../../delivery/internal/exportError.ts"
import { accepted, ExportError } from "../../../delivery/internal/exportError.ts"
import type { HttpResponse } from "../../../delivery/internal/http/exchange.ts"
import { decodePartialSuccess } from "../../../otlp/internal/partialSuccess.ts"
import { refusalText } from "../../../otlp/internal/rpcStatus.ts"

/** The kind of error for an unsuccessful status. @internal */
export const kindOf = (status: number): FailureClass => {
  switch (status) {
    case 429:
    case 502:
    case 503:
    case 504:
      return "retry"
    case 413:
      return "tooLarge"
    case 401:
    case 403:
      return "unauthorized"
    // OTLP forbids sending the same request again. A part of it is another request.
    case 400:
    case 422:
      return "refused"
    default:
      return "permanent"
  }
}

/** The delay in `Retry-After`: a number of seconds, or a date. @internal */
export const parseRetryAfter = (value: string | undefined, now: number): Duration.Duration | undefined => {
  if (value === undefined || value.trim() === "") return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Duration.seconds(Math.max(0, seconds))
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Duration.millis(Math.max(0, date - now))
}

/** Interprets a response as OTLP specifies. @internal */
export const interpret = Effect.fnUntraced(function*(
  url: string,
  response: HttpResponse,
  items = "spans"
): Effect.fn.Return<Accepted, ExportError> {
  const { body, header, status } = response
  if (status >= 200 && status < 300) {
    const partial = decodePartialSuccess(body, header("content-type") ?? "")
    if (partial === undefined) return { ...accepted, status }
    return {
      status,
      rejected: partial.rejectedSpans,
      message: `${url} rejected ${partial.rejectedSpans} ${items}: ${partial.errorMessage}`
    }
  }
  const now = yield* Clock.currentTimeMillis
  const text = refusalText(body, header("content-type"))
  return yield* new ExportError({
    kind: kindOf(status),
    reason: `http_${status}`,
    status,
    message: `${url} answered ${status}${text === "" ? "" : ` ${JSON.stringify(text)}`}`,
    retryAfter: parseRetryAfter(header("retry-after"), now)
  })
})
