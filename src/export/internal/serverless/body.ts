/**
 * Watches the body of a response until it has been read.
 *
 * It uses promises, because web streams do.
 *
 * @internal
 */

type Body = ReadableStream<Uint8Array<ArrayBuffer>>

/** The body of a response, if it can still be read. @internal */
export const bodyOf = (value: unknown): Body | undefined => {
  if (typeof Response === "undefined" || !(value instanceof Response) || value.bodyUsed) return undefined
  return value.body ?? undefined
}

const unref = (timer: unknown): void => {
  // Node's timers have `unref`. A browser's timers are numbers.
  if (typeof timer === "object") (timer as { readonly unref?: () => void } | null)?.unref?.()
}

/**
 * Passes a body on at the pace of its reader.
 *
 * `closing` receives a promise that resolves when the body has been read to its end, has failed or was cancelled, or
 * when its reader has stopped. The end of the body waits for the returned promise after the last byte. So the platform
 * does not freeze the function yet, although the reader already has all bytes.
 *
 * @internal
 */
export const watchBody = (
  response: Response,
  body: Body,
  idleMillis: number,
  closing: (read: Promise<void>) => Promise<unknown> | undefined
): Response => {
  let resolve = () => {}
  const read = new Promise<void>((done) => resolve = done)
  const reader = body.getReader()
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => clearTimeout(timer)
  const hold = () => {
    stop()
    if (!Number.isFinite(idleMillis)) return
    timer = setTimeout(resolve, Math.min(idleMillis, 2 ** 31 - 1))
    unref(timer)
  }
  const done = () => {
    stop()
    resolve()
  }
  const held = closing(read)
  hold()
  const watched = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async (controller) => {
      stop()
      try {
        const next = await reader.read()
        if (next.done) {
          done()
          await held
          controller.close()
        } else {
          controller.enqueue(next.value)
          hold()
        }
      } catch (error) {
        done()
        await held
        controller.error(error)
      }
    },
    cancel: async (reason) => {
      try {
        await reader.cancel(reason)
      } finally {
        done()
      }
    }
  }, { highWaterMark: 0 })
  return new Response(watched, response)
}
