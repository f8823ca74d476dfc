/**
 * Whether an error says that a connection broke.
 *
 * SDKs have an error of their own for a request that got no answer. A body that breaks off while it is read fails with
 * what the runtime's `fetch` throws, and each runtime has its own word for that.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { attempt } from "../../core/internal/look.ts"

/** Codes of the system, of undici, of Node's streams and of Bun. */
const codes =
  /^(?:E(?:CONN|PIPE|NET|HOST|TIMEDOUT|AI_AGAIN|NOTFOUND)\w*|UND_ERR_\w+|HPE_\w+|ERR_(?:STREAM_PREMATURE_CLOSE|HTTP2|SOCKET|SSL|TLS)\w*|Connection(?:Closed|Refused|Reset))$/

/** What undici, browsers, Deno and workerd say where there is no code. */
const messages =
  /^(?:terminated|fetch failed|failed to fetch|load failed|network ?error.*|network connection lost.*|error (?:reading|decoding) .*body.*|premature close|.*socket connection was closed.*|connection (?:closed|reset|lost).*)$/i

const says = (error: unknown): boolean =>
  (Predicate.hasProperty(error, "code") && typeof error.code === "string" && codes.test(error.code)) ||
  (error instanceof Error && messages.test(error.message))

/** @internal */
export const isConnectionLost = (error: unknown): boolean =>
  attempt(() => {
    let layer = error
    for (let depth = 0; depth < 4 && layer !== undefined; depth++) {
      if (says(layer)) return true
      layer = Predicate.hasProperty(layer, "cause") ? layer.cause : undefined
    }
    return false
  }) ?? false
