/**
 * The environment variables of each signal: the destination and the settings of an OTLP endpoint.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ConfigurationError } from "../ConfigurationError.ts"
import { boolean, file, firstSet, headers, millis, oneOf, silently, text } from "./variables.ts"

type Signal = "TRACES" | "METRICS" | "LOGS"

// AgentOps proposed the second name for its second version.
const endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTLP_EXPORTER_ENDPOINT"] as const

const ownEndpoint = (signal: Signal) => `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`

/** Whether a variable sets an endpoint for the signal. @internal */
export const isEndpointSet = (signal: Signal): Effect.Effect<boolean, ConfigurationError> =>
  firstSet(ownEndpoint(signal), ...endpoints).pipe(Effect.flatMap(text), Effect.map((value) => value !== undefined))

const protocols = { grpc: "grpc", "http/protobuf": "protobuf", "http/json": "json" } as const

/**
 * Reads the settings of a signal's OTLP endpoint, and which variables set them. The traces report errors in a shared
 * variable, so this reader reports them only if the signal is `wanted`.
 *
 * @internal
 */
export const readEndpoint = Effect.fnUntraced(function*(signal: Signal, wanted: boolean) {
  const shared = <A>(read: Effect.Effect<A, ConfigurationError>): Effect.Effect<A | undefined, ConfigurationError> =>
    wanted ? read : Effect.as(silently(read), undefined)
  const own = (suffix: string) => firstSet(`OTEL_EXPORTER_OTLP_${signal}_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`)
  // An unusable variable of the signal counts as not set, so the shared variable applies.
  const read = <A>(suffix: string, of: (name: string) => Effect.Effect<A | undefined, ConfigurationError>) =>
    shared(
      Effect.flatMap(
        of(`OTEL_EXPORTER_OTLP_${signal}_${suffix}`),
        (value) => value === undefined ? of(`OTEL_EXPORTER_OTLP_${suffix}`) : Effect.succeed(value)
      )
    )
  const urlName = yield* firstSet(...endpoints)
  const headersName = yield* own("HEADERS")
  const given = (yield* shared(headers(headersName))) ?? {}
  const protocolName = yield* own("PROTOCOL")
  const protocol = yield* read("PROTOCOL", (name) => oneOf(name, ["grpc", "http/protobuf", "http/json"]))
  // The variable applies only to gRPC, and only to an address without a scheme.
  const insecure = yield* read("INSECURE", boolean)
  const address = (url: string | undefined) =>
    protocol !== "grpc" || insecure === undefined || url === undefined || url.includes("://")
      ? url
      : `${insecure ? "http" : "https"}://${url}`
  const pem = (suffix: string) => read(suffix, file)
  const key = yield* pem("CLIENT_KEY")
  const tls = {
    ca: yield* pem("CERTIFICATE"),
    cert: yield* pem("CLIENT_CERTIFICATE"),
    key: key === undefined ? undefined : Redacted.make(key)
  }
  return {
    options: {
      url: address(yield* text(urlName)),
      headers: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, Redacted.make(value)])),
      protocol: protocol === undefined ? undefined : protocols[protocol],
      compression: yield* read("COMPRESSION", (name) => oneOf(name, ["gzip", "none"])),
      tls
    },
    timeout: yield* read("TIMEOUT", millis),
    /** The full address. `signalName` is the variable that sets it. */
    signalUrl: address(yield* text(ownEndpoint(signal))),
    signalName: ownEndpoint(signal),
    names: {
      url: urlName,
      headers: headersName,
      protocol: protocolName,
      tls: yield* own("CERTIFICATE"),
      "tls.ca": yield* own("CERTIFICATE"),
      "tls.cert": yield* own("CLIENT_CERTIFICATE"),
      "tls.key": yield* own("CLIENT_KEY")
    }
  }
})
