/**
 * How an exporter reaches an OTLP endpoint.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/**
 * How to reach an OTLP endpoint: the same for spans, log records and metrics.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtlpConnection {
  /**
   * The collector's address. Over HTTP the signal's path, such as `/v1/traces`, is added to it; over gRPC it needs no
   * scheme, and without one TLS is used, except to this machine. Default `http://localhost:4318`, for gRPC
   * `http://localhost:4317`.
   */
  readonly url?: string | undefined
  /** As an effect, it is run for each request: for a credential that changes. */
  readonly headers?:
    | Readonly<Record<string, string | Redacted.Redacted<string>>>
    | Effect.Effect<Readonly<Record<string, string | Redacted.Redacted<string>>>>
    | undefined
  /** `protobuf` and `json` are over HTTP. Default `protobuf`. */
  readonly protocol?: "protobuf" | "json" | "grpc" | undefined
  /** Default `none`. */
  readonly compression?: "gzip" | "none" | undefined
  /** How long one request may take. Default ten seconds. */
  readonly timeout?: Duration.Input | undefined
  /** Certificates of one's own. Default: those of the system, and none for this program. */
  readonly tls?: Tls | undefined
}

/**
 * Whom to trust and who we are, in PEM.
 *
 * **Details**
 *
 * `ca` are the authorities that may vouch for the server, in the place of the system's. `cert` and `key` tell the
 * server who this program is: its certificate, with the chain up to the authority, and the private key.
 *
 * **Gotchas**
 *
 * Node, Bun and Deno have them; a browser and a Worker do not, and the layer fails with a `ConfigurationError`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Tls {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: Redacted.Redacted<string> | string | undefined
}
