/**
 * The variables that each signal has: where it goes, and how to reach an OTLP endpoint.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ConfigurationError } from "../ConfigurationError.ts"
import { boolean, file, firstSet, millis, oneOf, parsePairs, silently, text } from "./variables.ts"

type Signal = "TRACES" | "METRICS" | "LOGS"

// The second is the name that AgentOps proposed for its second version.
const endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTLP_EXPORTER_ENDPOINT"] as const

const ownEndpoint = (signal: Signal) => `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`

/** Whether an address is set that the signal can go to. @internal */
export const isEndpointSet = (signal: Signal): Effect.Effect<boolean, ConfigurationError> =>
  firstSet(ownEndpoint(signal), ...endpoints).pipe(Effect.flatMap(text), Effect.map((value) => value !== undefined))

const protocols = { grpc: "grpc", "http/protobuf": "protobuf", "http/json": "json" } as const

/**
 * Reads how to reach a signal's OTLP endpoint, and which variables said so. What is wrong with a variable that is
 * shared with spans is told where they read it, unless it is `wanted` here too.
 *
 * @internal
 */
export const readEndpoint = Effect.fnUntraced(function*(signal: Signal, wanted: boolean) {
  const shared = <A>(read: Effect.Effect<A, ConfigurationError>): Effect.Effect<A | undefined, ConfigurationError> =>
    wanted ? read : Effect.as(silently(read), undefined)
  const own = (suffix: string) => firstSet(`OTEL_EXPORTER_OTLP_${signal}_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`)
  // A variable of the signal's own that cannot be used counts as not set, and then the shared one holds.
  const read = <A>(suffix: string, of: (name: string) => Effect.Effect<A | undefined, ConfigurationError>) =>
    shared(
      Effect.flatMap(
        of(`OTEL_EXPORTER_OTLP_${signal}_${suffix}`),
        (value) => value === undefined ? of(`OTEL_EXPORTER_OTLP_${suffix}`) : Effect.succeed(value)
      )
    )
  const urlName = yield* firstSet(...endpoints)
  const headersName = yield* own("HEADERS")
  const headers = parsePairs(yield* text(headersName))
  const protocolName = yield* own("PROTOCOL")
  const protocol = yield* read("PROTOCOL", (name) => oneOf(name, ["grpc", "http/protobuf", "http/json"]))
  // It says something of an address without a scheme over gRPC only.
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
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Redacted.make(value)])),
      protocol: protocol === undefined ? undefined : protocols[protocol],
      compression: yield* read("COMPRESSION", (name) => oneOf(name, ["gzip", "none"])),
      tls
    },
    timeout: yield* read("TIMEOUT", millis),
    /** The full address, and the variable that has it. */
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
