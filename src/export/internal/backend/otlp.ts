/**
 * The OTLP/HTTP transport.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as ConfigurationError from "../../../core/ConfigurationError.ts"
import { headerProblem } from "../../../core/internal/headers.ts"
import { userAgent } from "../../../core/internal/version.ts"
import type { HttpClient, HttpTarget } from "../../../delivery/internal/http/httpClient.ts"
import { makeHttpClient } from "../../../delivery/internal/http/httpClient.ts"
import type { Transport } from "../../../delivery/internal/transport.ts"
import { interpret } from "./http.ts"

/** @internal */
export type Headers = Readonly<Record<string, string | Redacted.Redacted<string>>>

/** @internal */
export interface OtlpEndpoint extends HttpTarget {
  readonly protocol: "protobuf" | "json"
}

const HttpUrl = Schema.String.check(
  Schema.makeFilter((url: string) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), {
    expected: "an http or https URL"
  })
)

/** Checks a URL. @internal */
export const httpUrl = Effect.fnUntraced(function*(
  url: string,
  field: string
): Effect.fn.Return<string, ConfigurationError.ConfigurationError> {
  const fix = `Give an address such as "http://localhost:4318"`
  const parsed = new URL(yield* ConfigurationError.check(HttpUrl, field, url, fix))
  if (parsed.username === "" && parsed.password === "") return url
  // `fetch` rejects credentials in a URL, and would quote them in its error.
  return yield* new ConfigurationError.ConfigurationError({
    field,
    problem: "it has a user name or a password in it",
    fix: "Give them as an authorization header"
  })
})

/** The URL for traces, from a base URL. @internal */
export const tracesUrl = (
  url: string,
  field = "url"
): Effect.Effect<string, ConfigurationError.ConfigurationError> => signalUrl(url, "/v1/traces", field)

/** The URL for a signal, from a base URL. @internal */
export const signalUrl = (
  url: string,
  path: "/v1/traces" | "/v1/metrics" | "/v1/logs",
  field = "url"
): Effect.Effect<string, ConfigurationError.ConfigurationError> =>
  Effect.map(httpUrl(url, field), (checked) => {
    const parsed = new URL(checked)
    const given = parsed.pathname.replace(/\/+$/, "")
    parsed.pathname = given.endsWith(path) ? given : `${given}${path}`
    return parsed.toString()
  })

/** Addresses of this machine, to which no traffic crosses a network. */
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|\/|$)/i

/**
 * Checks the address of a gRPC server. Without a scheme it means TLS, as OpenTelemetry defines, except for this
 * machine. A path in the address is removed, because in gRPC the path is the method.
 *
 * @internal
 */
export const grpcUrl = (url: string, field: string): Effect.Effect<string, ConfigurationError.ConfigurationError> => {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(url)
  return Effect.map(
    httpUrl(hasScheme ? url : `${loopback.test(url) ? "http" : "https"}://${url}`, field),
    (checked) => new URL(checked).origin
  )
}

/** Checks the headers that a user gives. Errors do not quote their values, which may be secret. @internal */
export const checkHeaders = Effect.fnUntraced(function*(
  headers: Headers
): Effect.fn.Return<Headers, ConfigurationError.ConfigurationError> {
  const revealed = reveal(headers)
  for (const name in revealed) {
    const problem = headerProblem(name, revealed[name]!)
    if (problem !== undefined) {
      return yield* new ConfigurationError.ConfigurationError({
        field: "headers",
        problem,
        fix: "Correct or remove it"
      })
    }
  }
  return headers
})

/** Headers in plain text, as they are sent. @internal */
export const reveal = (headers: Headers): Record<string, string> => {
  const revealed: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]!
    revealed[name.toLowerCase()] = Redacted.isRedacted(value) ? Redacted.value(value) : value
  }
  return revealed
}

/** Makes the transport to an endpoint. @internal */
export const makeOtlpTransport = (endpoint: OtlpEndpoint): Effect.Effect<Transport, never, Scope.Scope> =>
  Effect.map(makeHttpClient(), (client) => httpTransport(endpoint, client))

/** @internal */
export const httpTransport = (endpoint: OtlpEndpoint, client: HttpClient): Transport => ({
  send: ({ body, headers, items }) =>
    Effect.flatMap(
      client.post(endpoint, {
        "user-agent": userAgent,
        ...headers,
        "content-type": endpoint.protocol === "json" ? "application/json" : "application/x-protobuf"
      }, body),
      (response) => interpret(endpoint.url, response, items)
    )
})
