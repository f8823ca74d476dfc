/**
 * Makes the HTTP requests of one SDK call attempts of its event.
 *
 * The SDKs retry inside of a call by their own rules. Their `fetch` sees each request. This is a boundary with promises
 * of other libraries, so it uses `async`.
 *
 * @internal
 */
import * as Event from "../../trace/Event.ts"
import type { fields } from "../../trace/LlmEvent.ts"

/** @internal */
export type Started = Event.StartedEvent<typeof fields>

/** @internal */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

class AttemptError extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
    // A stack trace is useless, because the error describes a response.
    this.stack = `${name}: ${message}`
  }
}

/** The error of an attempt whose response has an error status. @internal */
export const statusError = (status: number): Error => new AttemptError(String(status), `HTTP status ${status}`)

/** Adds the address of the server to an event. @internal */
export const addServer = (event: Started, url: URL): void =>
  event.add({
    serverAddress: url.hostname,
    serverPort: url.port !== "" ? Number(url.port) : url.protocol === "http:" ? 80 : 443
  })

const urlOf = (input: string | URL | Request): URL | undefined => {
  const text = input instanceof Request ? input.url : String(input)
  // A relative address contains no server.
  return URL.canParse(text) ? new URL(text) : undefined
}

/** A signal that aborts when either signal does. @internal */
export const anySignal = (signal: AbortSignal, given: AbortSignal | null | undefined): AbortSignal =>
  given === undefined || given === null ? signal : AbortSignal.any([signal, given])

/** Makes the `fetch` of one call. It is aborted with the call, even if the SDK has no option for a signal. @internal */
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
