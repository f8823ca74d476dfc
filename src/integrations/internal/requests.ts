/**
 * The HTTP requests of one call of an SDK, as attempts at its event.
 *
 * The SDKs retry inside of a call, by rules of their own; their `fetch` sees each
 * request.
 *
 * A boundary with foreign promises: hence `async`.
 *
 * @internal
 */
import * as Event from "../../trace/Event.ts"
import type { Started } from "./sdk.ts"

/** @internal */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

class AttemptError extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
    // It stands for an answer, not for a place in the program.
    this.stack = `${name}: ${message}`
  }
}

/** What an answer with a status of failure is to an attempt. @internal */
export const statusError = (status: number): Error => new AttemptError(String(status), `HTTP status ${status}`)

/** Tells an event which server it talks to. @internal */
export const addServer = (event: Started, url: URL): void =>
  event.add({
    serverAddress: url.hostname,
    serverPort: url.port !== "" ? Number(url.port) : url.protocol === "http:" ? 80 : 443
  })

const urlOf = (input: string | URL | Request): URL | undefined => {
  const text = input instanceof Request ? input.url : String(input)
  // A relative address tells no server.
  return URL.canParse(text) ? new URL(text) : undefined
}

/** Aborts when either does. @internal */
export const anySignal = (signal: AbortSignal, given: AbortSignal | null | undefined): AbortSignal =>
  given === undefined || given === null ? signal : AbortSignal.any([signal, given])

/** A `fetch` for one call. It is aborted with the call, also where the SDK has no way to say so. @internal */
export const attemptingFetch = (event: Started, signal: AbortSignal) => {
  let number = 0
  return (fetch: Fetch | undefined): Fetch => async (input, init) => {
    const url = urlOf(input)
    if (++number > 1) event.nextAttempt()
    else if (url !== undefined) addServer(event, url)
    try {
      const given = init?.signal ?? (input instanceof Request ? input.signal : undefined)
      const settings = { ...init, signal: anySignal(signal, given) }
      const response = await (
        Event.recorded(event)?.respond({ url: String(url ?? input), init: settings, number }) ??
          (fetch ?? globalThis.fetch)(input, settings)
      )
      if (!response.ok) event.endAttempt(statusError(response.status))
      return response
    } catch (error) {
      event.endAttempt(error)
      throw error
    }
  }
}
