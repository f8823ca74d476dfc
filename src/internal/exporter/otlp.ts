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
import type { Form, WaitingBytes, WaitingJson } from "../delivery/form.ts"
import { bytesForm, jsonForm } from "../delivery/form.ts"
import { assembleJson } from "../otlp/json.ts"
import { assemble } from "../otlp/protobuf.ts"
import { version } from "../version.ts"
import type { Accepted, ExportError } from "./exportError.ts"
import { interpret, post } from "./http.ts"

/** @internal */
export type Headers = Readonly<Record<string, string | Redacted.Redacted<string>>>

/** How the spans of a request are written. @internal */
export interface Protocol<Item> {
  readonly form: Form<Item & { readonly size: number }>
  readonly contentType: string
  readonly body: (items: ReadonlyArray<Item>) => Uint8Array
}

const encoder = new TextEncoder()

/** @internal */
export const protobuf: Protocol<WaitingBytes> = {
  form: bytesForm,
  contentType: "application/x-protobuf",
  body: assemble
}

/** @internal */
export const json: Protocol<WaitingJson> = {
  form: jsonForm,
  contentType: "application/json",
  body: (items) => encoder.encode(assembleJson(items))
}

/** @internal */
export interface OtlpEndpoint {
  readonly url: string
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
): Effect.Effect<string, ConfigurationError.ConfigurationError> =>
  Effect.map(httpUrl(url, field), (checked) => {
    const parsed = new URL(checked)
    if (!parsed.pathname.endsWith("/v1/traces")) {
      parsed.pathname = `${parsed.pathname.replace(/\/+$/, "")}/v1/traces`
    }
    return parsed.toString()
  })

const reveal = (headers: Headers): Record<string, string> => {
  const revealed: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]!
    revealed[name.toLowerCase()] = Redacted.isRedacted(value) ? Redacted.value(value) : value
  }
  return revealed
}

/** Sends spans to an endpoint once. @internal */
export const sendOtlp = <Item>(
  endpoint: OtlpEndpoint,
  protocol: Protocol<Item>,
  headers: Headers,
  spans: ReadonlyArray<Item>
): Effect.Effect<Accepted, ExportError> =>
  Effect.suspend(() =>
    post({
      url: endpoint.url,
      headers: {
        "user-agent": `effect-agentops/${version}`,
        ...reveal(headers),
        "content-type": protocol.contentType
      },
      body: protocol.body(spans),
      compression: endpoint.compression,
      timeout: endpoint.timeout
    })
  ).pipe(Effect.flatMap((response) => interpret(endpoint.url, response)))
