/**
 * One OTLP request over HTTP, and what its answer means.
 *
 * Which answers may be tried again is OTLP's rule, not HTTP's: only 429, 502, 503,
 * 504 and a connection that failed.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Accepted, Kind } from "../../../delivery/internal/exportError.ts"
import { accepted, ExportError } from "../../../delivery/internal/exportError.ts"
import { decodePartialSuccess } from "../../../otlp/internal/partialSuccess.ts"

/** @internal */
export interface Request {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly compression: "gzip" | "none"
  readonly timeout: Duration.Duration
}

/** @internal */
export interface Response {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

const describe = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined
  const detail = cause instanceof Error && cause.message !== "" ? cause.message : undefined
  return detail ?? (error instanceof Error ? error.message : String(error))
}

const connection = (url: string) => (error: unknown) =>
  new ExportError({ kind: "retry", reason: "connection", message: `no connection to ${url}: ${describe(error)}` })

// OTLP asks a client to read no more than 4 MiB of an answer.
const maxResponse = 4 * 1024 * 1024

const readBody = async (response: globalThis.Response): Promise<Uint8Array> => {
  if (response.body === null) return new Uint8Array()
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxResponse) break
    chunks.push(chunk)
  }
  const body = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  return body
}

const gzip = (body: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.promise(() => {
    const stream = new Blob([body as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream("gzip"))
    return new globalThis.Response(stream).arrayBuffer().then((buffer) => new Uint8Array(buffer))
  })

// Small bodies grow when compressed, or gain less than the work costs.
const compressFrom = 1024

/** Posts a body and reads the answer. @internal */
export const post = (request: Request): Effect.Effect<Response, ExportError> =>
  Effect.gen(function*() {
    const compress = request.compression === "gzip" && request.body.length >= compressFrom
    const body = compress ? yield* gzip(request.body) : request.body
    const headers = compress ? { ...request.headers, "content-encoding": "gzip" } : request.headers
    return yield* Effect.tryPromise({
      try: async (signal) => {
        const response = await fetch(request.url, {
          method: "POST",
          headers,
          body: body as Uint8Array<ArrayBuffer>,
          signal,
          // Followed, a redirect would carry the credential elsewhere.
          redirect: "manual"
        })
        return { status: response.status, headers: response.headers, body: await readBody(response) }
      },
      catch: connection(request.url)
    })
  }).pipe(
    Effect.timeoutOrElse({
      duration: request.timeout,
      orElse: () =>
        Effect.fail(
          new ExportError({
            kind: "retry",
            reason: "timeout",
            message: `${request.url} did not answer within ${Duration.format(request.timeout)}`
          })
        )
    })
  )

/** What a status that is no success means. @internal */
export const kindOf = (status: number): Kind => {
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
    // OTLP lets none of these be sent again as it is. A part of it is another request.
    case 400:
    case 422:
    case 500:
      return "refused"
    default:
      return "permanent"
  }
}

/** What `Retry-After` asks for: a number of seconds, or a date. @internal */
export const parseRetryAfter = (value: string | null, now: number): Duration.Duration | undefined => {
  if (value === null || value.trim() === "") return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Duration.seconds(Math.max(0, seconds))
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Duration.millis(Math.max(0, date - now))
}

/** Takes an answer to an OTLP request as OTLP says. @internal */
export const interpret = Effect.fnUntraced(function*(
  url: string,
  response: Response,
  items = "spans"
): Effect.fn.Return<Accepted, ExportError> {
  const { body, headers, status } = response
  if (status >= 200 && status < 300) {
    const partial = decodePartialSuccess(body, headers.get("content-type") ?? "")
    if (partial === undefined) return { ...accepted, status }
    return {
      status,
      rejected: partial.rejectedSpans,
      message: `${url} rejected ${partial.rejectedSpans} ${items}: ${partial.errorMessage}`
    }
  }
  const now = yield* Clock.currentTimeMillis
  const text = new TextDecoder().decode(body.subarray(0, 200)).trim()
  return yield* new ExportError({
    kind: kindOf(status),
    reason: `http_${status}`,
    status,
    message: `${url} answered ${status}${text === "" ? "" : ` ${JSON.stringify(text)}`}`,
    retryAfter: parseRetryAfter(headers.get("retry-after"), now)
  })
})
