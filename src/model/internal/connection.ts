/**
 * Whether an error means that a connection broke.
 *
 * SDKs have their own error for a request that got no response. If a response body breaks off while it is read, the
 * reader gets the error of the runtime's `fetch`, which differs between runtimes.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { tryOrUndefined } from "../../core/internal/inspect.ts"

/** Error codes of the system, of undici, of Node's streams and of Bun. */
const codes =
  /^(?:E(?:CONN|PIPE|NET|HOST|TIMEDOUT|AI_AGAIN|NOTFOUND)\w*|UND_ERR_\w+|HPE_\w+|ERR_(?:STREAM_PREMATURE_CLOSE|HTTP2|SOCKET|SSL|TLS)\w*|Connection(?:Closed|Refused|Reset))$/

/** Messages of undici, browsers, Deno and workerd for errors without a code. */
const messages =
  /^(?:terminated|fetch failed|failed to fetch|load failed|network ?error.*|network connection lost.*|error (?:reading|decoding) .*body.*|premature close|.*socket connection was closed.*|connection (?:closed|reset|lost).*)$/i

const isLoss = (error: unknown): boolean =>
  (Predicate.hasProperty(error, "code") && typeof error.code === "string" && codes.test(error.code)) ||
  (error instanceof Error && messages.test(error.message))

/** @internal */
export const isConnectionLost = (error: unknown): boolean =>
  tryOrUndefined(() => {
    let layer = error
    for (let depth = 0; depth < 4 && layer !== undefined; depth++) {
      if (isLoss(layer)) return true
      layer = Predicate.hasProperty(layer, "cause") ? layer.cause : undefined
    }
    return false
  }) ?? false
