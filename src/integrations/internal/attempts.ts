/**
 * The HTTP requests of one SDK call, as attempts at its event.
 *
 * The SDKs retry inside of a call, by rules of their own. Their `fetch` option
 * sees each request, and their per-request `fetchOptions` reach it: so a call's
 * event travels with its requests, and nobody's client is changed.
 *
 * A boundary with foreign promises: hence `async`.
 *
 * @internal
 */
import * as Exit from "effect/Exit"
import { interceptorOf } from "../../trace/internal/event/interceptor.ts"
import type { OpenEvent } from "../../trace/internal/event/openEvent.ts"

/** Where among the options of a request its event is. @internal */
export const eventKey: unique symbol = Symbol.for("effect-agentops/sdk/event")

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

class AttemptError extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
    // It stands for an answer, not for a place in the program.
    this.stack = `${name}: ${message}`
  }
}

const begun = new WeakMap<OpenEvent, number>()

const urlOf = (input: string | URL | Request): string => input instanceof Request ? input.url : String(input)

const addServer = (event: OpenEvent, input: string | URL | Request): void => {
  try {
    const url = new URL(urlOf(input))
    event.add({
      serverAddress: url.hostname,
      serverPort: url.port !== "" ? Number(url.port) : url.protocol === "http:" ? 80 : 443
    })
  } catch {
    // A relative address tells no server.
  }
}

/** A `fetch` that notes the requests of traced calls. @internal */
export const attemptingFetch = (fetch: Fetch): Fetch => async (input, init) => {
  const event = (init as { readonly [eventKey]?: OpenEvent } | undefined)?.[eventKey]
  if (event === undefined) return fetch(input, init)
  const { [eventKey]: _, ...rest } = init as RequestInit & { readonly [eventKey]?: OpenEvent }
  const number = (begun.get(event) ?? 0) + 1
  begun.set(event, number)
  if (number > 1) event.nextAttempt()
  else addServer(event, input)
  try {
    const response = await (
      interceptorOf(event.outer)?.respond(event.asked, { url: urlOf(input), init: rest, number }) ?? fetch(input, rest)
    )
    if (!response.ok) {
      event.endAttempt(Exit.fail(new AttemptError(String(response.status), `HTTP status ${response.status}`)))
    }
    return response
  } catch (error) {
    event.endAttempt(Exit.fail(error))
    throw error
  }
}
