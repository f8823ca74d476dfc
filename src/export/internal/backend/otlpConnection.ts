/**
 * Makes the connection of one signal to an OTLP endpoint: HTTP or gRPC, with headers and certificates.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as ConfigurationError from "../../../core/ConfigurationError.ts"
import type { Accepted, ExportError } from "../../../delivery/internal/exportError.ts"
import { makeHttpClient } from "../../../delivery/internal/http/httpClient.ts"
import type { Tls as Certificates, Transport } from "../../../delivery/internal/transport.ts"
import type { OtlpConnection } from "../../OtlpConnection.ts"
import { grpc } from "../grpc/part.ts"
import { duration } from "../options.ts"
import { checkTls } from "../tls.ts"
import type { Headers } from "./otlp.ts"
import { checkHeaders, grpcUrl, httpTransport, httpUrl, reveal, signalUrl } from "./otlp.ts"

/** @internal */
export type Signal = "traces" | "metrics" | "logs"

/** @internal */
export interface Connection {
  readonly encoding: "protobuf" | "json"
  /** The exporter's component type in OpenTelemetry's words, without the signal: `otlp_http`. */
  readonly component: "otlp_grpc" | "otlp_http" | "otlp_http_json"
  /** The credential that the receiver sees, if it may change. */
  readonly credential: Effect.Effect<Headers> | undefined
  /** Sends the body of one request once. */
  readonly send: (body: ReadonlyArray<Uint8Array>, items: string) => Effect.Effect<Accepted, ExportError>
}

const services: Readonly<Record<Signal, string>> = {
  traces: "trace.v1.TraceService",
  metrics: "metrics.v1.MetricsService",
  logs: "logs.v1.LogsService"
}

const Protocol = Schema.Literals(["protobuf", "json", "grpc"])
const Compression = Schema.Literals(["gzip", "none"])

/** The options that are the same for each request. */
interface Common {
  readonly url: string
  readonly compression: "gzip" | "none"
  readonly timeout: Duration.Duration
  readonly tls: Certificates | undefined
}

const overGrpc = Effect.fnUntraced(function*(
  signal: Signal,
  options: Common
): Effect.fn.Return<Transport, ConfigurationError.ConfigurationError, Scope.Scope> {
  const { grpcTransport } = yield* grpc
  return yield* grpcTransport(`/opentelemetry.proto.collector.${services[signal]}/Export`, options)
})

const overHttp = (protocol: "protobuf" | "json", options: Common): Effect.Effect<Transport, never, Scope.Scope> =>
  Effect.map(makeHttpClient({ tls: options.tls }), (client) => httpTransport({ ...options, protocol }, client))

/** Checks the options of a connection and makes it. @internal */
export const connect = Effect.fnUntraced(function*(
  signal: Signal,
  options: OtlpConnection | undefined,
  /** The full address of a signal, if given, and the option it came from. */
  full?: { readonly field: string; readonly url: string | undefined }
): Effect.fn.Return<Connection, ConfigurationError.ConfigurationError, Scope.Scope> {
  const given = options?.headers ?? {}
  const { check } = ConfigurationError
  const protocol = yield* check(
    Protocol,
    "protocol",
    options?.protocol ?? "protobuf",
    `Give "protobuf", "json" or "grpc"`
  )
  const headers = Effect.isEffect(given) ? given : Effect.succeed(yield* checkHeaders(given))
  const common = {
    compression: yield* check(Compression, "compression", options?.compression ?? "none", `Give "gzip" or "none"`),
    timeout: yield* duration("timeout", options?.timeout, "10 seconds"),
    tls: yield* checkTls(options?.tls)
  }
  const isGrpc = protocol === "grpc"
  const address = isGrpc ? grpcUrl : httpUrl
  const base = options?.url ?? (isGrpc ? "http://localhost:4317" : "http://localhost:4318")
  const url = full?.url !== undefined
    ? yield* address(full.url, full.field)
    : isGrpc
    ? yield* grpcUrl(base, "url")
    : yield* signalUrl(base, `/v1/${signal}`)
  const transport = isGrpc
    ? yield* overGrpc(signal, { ...common, url })
    : yield* overHttp(protocol, { ...common, url })
  return {
    encoding: isGrpc ? "protobuf" : protocol,
    component: isGrpc ? "otlp_grpc" : protocol === "json" ? "otlp_http_json" : "otlp_http",
    credential: Effect.isEffect(given) ? given : undefined,
    send: (body, items) =>
      Effect.flatMap(headers, (headers) => transport.send({ headers: reveal(headers), body, items }))
  }
})
