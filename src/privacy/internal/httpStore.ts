/**
 * Stores media by `PUT`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Media, MediaStore } from "../Media.ts"
import { fileName } from "./media.ts"

type Headers = Readonly<Record<string, string>>

/** @internal */
export interface HttpStoreOptions {
  readonly url: string
  readonly headers?: Headers | ((media: Media, url: string) => Effect.Effect<Headers, unknown>) | undefined
  readonly baseUrl?: string | undefined
}

const timeout = "30 seconds"

// The file exists already. It has the same hash, so it has the same content.
const isThere = new Set([409, 412])

/** @internal */
export const makeHttpStore = ({ baseUrl, headers = {}, url }: HttpStoreOptions): MediaStore => {
  const under = (base: string, media: Media) => `${base.replace(/\/+$/, "")}/${fileName(media)}`
  return {
    uri: (media) => under(baseUrl ?? url, media),
    put: Effect.fnUntraced(function*(media) {
      const target = under(url, media)
      const own = typeof headers === "function" ? yield* headers(media, target) : headers
      const { ok, status } = yield* Effect.tryPromise((signal) =>
        fetch(target, {
          method: "PUT",
          body: media.bytes,
          headers: { "content-type": media.mimeType, ...own },
          // A redirect could send the bytes, and a secret in the headers, to an unknown server.
          redirect: "error",
          signal
        }).then(async (response) => {
          await response.body?.cancel()
          return response
        })
      ).pipe(Effect.timeout(timeout))
      return ok || isThere.has(status) ? undefined : yield* Effect.fail(new Error(`it answered ${status}`))
    })
  }
}
