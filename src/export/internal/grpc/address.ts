/**
 * The address of a gRPC server, as people write it.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { ConfigurationError } from "../../../core/ConfigurationError.ts"
import { httpUrl } from "../backend/otlp.ts"

/** This machine, from which nothing goes over a network. */
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|\/|$)/i

/**
 * Checks an address. One without a scheme is of a server with TLS, as OpenTelemetry says, unless `insecure` says
 * otherwise or it is of this machine.
 *
 * @internal
 */
export const grpcUrl = (
  url: string,
  field: string,
  insecure: boolean | undefined
): Effect.Effect<string, ConfigurationError> => {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(url)
  const plain = insecure ?? loopback.test(url)
  return Effect.map(
    httpUrl(hasScheme ? url : `${plain ? "http" : "https"}://${url}`, field),
    // The method is the path, so one in the address has no place.
    (checked) => new URL(checked).origin
  )
}
