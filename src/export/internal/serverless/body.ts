/**
 * A response whose body is watched until it has been read.
 *
 * This is the boundary with the web's streams, so it speaks in promises.
 *
 * @internal
 */

type Body = ReadableStream<Uint8Array<ArrayBuffer>>

/** The body of a response that can still be read. @internal */
export const bodyOf = (value: unknown): Body | undefined => {
  if (typeof Response === "undefined" || !(value instanceof Response) || value.bodyUsed) return undefined
  return value.body ?? undefined
}

const unref = (timer: unknown): void => {
  // Node's timers can be left out of what a process waits for; a browser's are numbers.
  if (typeof timer === "object") (timer as { readonly unref?: () => void } | null)?.unref?.()
}

/**
 * Passes a body on as its reader asks for it.
 *
 * `closing` is told when the body has been read to its end, has failed or was let go, or nobody has read on. What it
 * gives is waited for between the last byte and the end of the body: a platform that freezes what has answered has no
 * answer until then, while whoever reads has all of it.
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
  const read = new Promise<void>((settle) => resolve = settle)
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
