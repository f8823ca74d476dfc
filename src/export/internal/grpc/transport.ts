/**
 * OTLP over gRPC.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConfigurationError } from "../../../core/ConfigurationError.ts"
import { userAgent } from "../../../core/internal/version.ts"
import type { Tls, Transport } from "../../../delivery/internal/transport.ts"
import { interpret } from "./answer.ts"
import { makeChannel } from "./channel.ts"

/** Makes the transport for one method, over a connection that closes with the scope. @internal */
export const grpcTransport = Effect.fnUntraced(function*(path: string, options: {
  readonly url: string
  readonly compression: "gzip" | "none"
  readonly timeout: Duration.Duration
  readonly tls: Tls | undefined
}): Effect.fn.Return<Transport, ConfigurationError, Scope.Scope> {
  const { compression, timeout, tls, url } = options
  const channel = yield* makeChannel(url, tls)
  return {
    send: ({ body, headers, items }) =>
      channel.call({
        path,
        headers: { "user-agent": userAgent, ...headers },
        message: body,
        compression,
        timeout
      }).pipe(Effect.flatMap((answer) => interpret(url, answer, items)))
  }
})
