/**
 * HTTP by `fetch`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { joinBody } from "../transport.ts"
import type { Exchange } from "./exchange.ts"
import { maxResponse, ResponseTooLarge } from "./exchange.ts"

const readBody = async (response: Response): Promise<Uint8Array> => {
  if (response.body === null) return new Uint8Array()
  const chunks: Array<Uint8Array> = []
  let size = 0
  // Leaving the loop early cancels the body.
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxResponse) throw new ResponseTooLarge()
    chunks.push(chunk)
  }
  return joinBody(chunks)
}

const gzip = (body: ReadonlyArray<Uint8Array>): Effect.Effect<ReadonlyArray<Uint8Array>, unknown> =>
  Effect.tryPromise({
    try: async () => {
      const stream = new Blob(body as Array<Uint8Array<ArrayBuffer>>).stream()
        .pipeThrough(new CompressionStream("gzip"))
      return [new Uint8Array(await new Response(stream).arrayBuffer())]
    },
    catch: (error) => error
  })

/** @internal */
export const makeFetchExchange = (): Exchange => ({
  gzip,
  post: (url, headers, body) =>
    Effect.tryPromise({
      try: async (signal) => {
        const response = await fetch(url, {
          method: "POST",
          headers,
          body: joinBody(body) as Uint8Array<ArrayBuffer>,
          signal,
          redirect: "manual"
        })
        return {
          status: response.status,
          header: (name: string) => response.headers.get(name) ?? undefined,
          body: await readBody(response)
        }
      },
      catch: (error) => error
    })
})
