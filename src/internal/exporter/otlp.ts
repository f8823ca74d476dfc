/**
 * The OTLP/HTTP exporter.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as ConfigurationError from "../../ConfigurationError.ts"
import type { SpanData } from "../../SpanData.ts"
import { encodeTracesJson } from "../otlp/json.ts"
import { encodeTraces } from "../otlp/protobuf.ts"
import { version } from "../version.ts"
import type { ExportError } from "./exportError.ts"
import { interpret, post } from "./http.ts"

/** @internal */
export interface OtlpEndpoint {
  readonly url: string
  readonly headers: Readonly<Record<string, string | Redacted.Redacted<string>>>
  readonly protocol: "protobuf" | "json"
  readonly compression: "gzip" | "none"
  readonly timeout: Duration.Duration
}

const HttpUrl = Schema.String.check(
  Schema.makeFilter((url: string) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), {
    expected: "an http or https URL"
  })
)

/** Checks an address. @internal */
export const httpUrl = (
  url: string,
  field: string
): Effect.Effect<string, ConfigurationError.ConfigurationError> =>
  ConfigurationError.check(HttpUrl, field, url, `Give the collector's address, such as "http://localhost:4318"`)

/** The address that traces are posted to, from the base address that a user gives. @internal */
export const tracesUrl = (
  url: string,
  field = "url"
): Effect.Effect<string, ConfigurationError.ConfigurationError> => signalUrl(url, "/v1/traces", field)

/** The address that a signal is posted to, from the base address that a user gives. @internal */
export const signalUrl = (
  url: string,
  path: "/v1/traces" | "/v1/metrics",
  field = "url"
): Effect.Effect<string, ConfigurationError.ConfigurationError> =>
  Effect.map(httpUrl(url, field), (checked) => {
    const parsed = new URL(checked)
    if (!parsed.pathname.endsWith(path)) parsed.pathname = `${parsed.pathname.replace(/\/+$/, "")}${path}`
    return parsed.toString()
  })

const reveal = (headers: OtlpEndpoint["headers"]): Record<string, string> => {
  const revealed: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]!
    revealed[name.toLowerCase()] = Redacted.isRedacted(value) ? Redacted.value(value) : value
  }
  return revealed
}

const encoder = new TextEncoder()

/** Sends a body to an endpoint once; succeeds with the number of items that were rejected. @internal */
export const postOtlp = (
  endpoint: OtlpEndpoint,
  encode: (json: boolean) => Uint8Array,
  items?: string
): Effect.Effect<number, ExportError> =>
  Effect.suspend(() => {
    const json = endpoint.protocol === "json"
    return post({
      url: endpoint.url,
      headers: {
        "user-agent": `effect-agentops/${version}`,
        ...reveal(endpoint.headers),
        "content-type": json ? "application/json" : "application/x-protobuf"
      },
      body: encode(json),
      compression: endpoint.compression,
      timeout: endpoint.timeout
    })
  }).pipe(Effect.flatMap((response) => interpret(endpoint.url, response, items)))

/** Sends spans to an endpoint once. @internal */
export const sendOtlp = (
  endpoint: OtlpEndpoint,
  spans: ReadonlyArray<SpanData>
): Effect.Effect<number, ExportError> =>
  postOtlp(endpoint, (json) => json ? encoder.encode(encodeTracesJson(spans)) : encodeTraces(spans))
