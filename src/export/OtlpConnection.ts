/**
 * The connection to an OTLP endpoint.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/**
 * The connection to an OTLP endpoint, for spans, log records and metrics.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtlpConnection {
  /**
   * The collector's address. Over HTTP the signal's path, such as `/v1/traces`, is appended. Over gRPC it needs no
   * scheme. Without a scheme TLS is used, except to this machine. Default `http://localhost:4318`, for gRPC
   * `http://localhost:4317`.
   */
  readonly url?: string | undefined
  /** An effect runs for each request, for credentials that change. */
  readonly headers?:
    | Readonly<Record<string, string | Redacted.Redacted<string>>>
    | Effect.Effect<Readonly<Record<string, string | Redacted.Redacted<string>>>>
    | undefined
  /** `protobuf` and `json` use HTTP. Default `protobuf`. */
  readonly protocol?: "protobuf" | "json" | "grpc" | undefined
  /** Default `none`. */
  readonly compression?: "gzip" | "none" | undefined
  /** How long one request may take. Default ten seconds. */
  readonly timeout?: Duration.Input | undefined
  /** Custom certificates. Default: the system's authorities, and no client certificate. */
  readonly tls?: Tls | undefined
}

/**
 * The certificates of a connection, in PEM.
 *
 * **Details**
 *
 * `ca` are the authorities that are trusted instead of the system's. `cert` and `key` identify this program to the
 * server: its certificate, with the chain up to the authority, and the private key.
 *
 * **Gotchas**
 *
 * Supported by Node, Bun and Deno. In a browser or a Worker the layer fails with a `ConfigurationError`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tls {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: Redacted.Redacted<string> | string | undefined
}
