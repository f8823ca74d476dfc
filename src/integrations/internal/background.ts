/**
 * Responses that an API makes in the background, by their ids.
 *
 * The program asks for such a response again until it is complete, perhaps much later and in another session. Then the
 * event of the call has ended without usage. The response is recorded as an event of its own where the program fetches
 * it, with a link to the call.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Tracer from "effect/Tracer"
import * as LlmCall from "../../model/LlmCall.ts"
import * as Event from "../../trace/Event.ts"
import { LlmEvent, toFields } from "../../trace/LlmEvent.ts"
import { ambient } from "./ambient.ts"
import type { Started } from "./requests.ts"

/** How an API reports work that continues after its response. @internal */
export interface Background {
  /** The id of a response that is not complete yet. */
  readonly pendingId: (answer: unknown) => string | undefined
  /** The id of the response that a path asks for. */
  readonly askedId: (path: string) => string | undefined
}

interface Pending {
  readonly api: LlmCall.Api
  /** The event of the call, until it ends. */
  event: Started | undefined
  readonly span: Tracer.AnySpan | undefined
}

/** The most responses that are remembered. The oldest is forgotten first. */
const maximum = 1_000

/** The responses of one client that are not complete. @internal */
export class PendingResponses {
  readonly #api: Background
  readonly #provider: string | undefined
  readonly #pending = new Map<string, Pending>()

  constructor(api: Background, provider: string | undefined) {
    this.#api = api
    this.#provider = provider
  }

  /** Remembers a response that is not complete. Returns whether it is one. */
  remember(event: Started, api: LlmCall.Api, value: unknown): boolean {
    const id = this.#api.pendingId(value)
    if (id === undefined) return false
    const { span } = event
    const [oldest] = this.#pending.keys()
    if (this.#pending.size >= maximum) this.#pending.delete(oldest!)
    this.#pending.set(id, {
      api,
      event,
      // The span itself would keep its content in memory.
      span: span && Tracer.externalSpan({ spanId: span.spanId, traceId: span.traceId, sampled: span.sampled })
    })
    return true
  }

  /** Notes that the event of a call has ended. */
  ended(event: Started): void {
    for (const pending of this.#pending.values()) if (pending.event === event) pending.event = undefined
  }

  /** The id of a response that a path asks for, if it is remembered. */
  asked(path: string): string | undefined {
    const id = this.#api.askedId(path)
    return id !== undefined && this.#pending.has(id) ? id : undefined
  }

  /**
   * The event for a response that is complete or streamed, and its API. There is one only for the first of several
   * requests for a response.
   */
  take(
    id: string,
    value: unknown,
    context: Context.Context<never>,
    below: Event.Caller
  ): { readonly event: Started; readonly api: LlmCall.Api } | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined) return undefined
    const { api, event, span } = pending
    if (event === undefined && this.#api.pendingId(value) !== undefined) return undefined
    this.#pending.delete(id)
    if (event !== undefined) return { event, api }
    const links = span === undefined ? [] : [{ span, attributes: {} }]
    const fetched = Event.startUnsafe(ambient(context), LlmEvent, {
      provider: this.#provider,
      below,
      links,
      read: () => {
        const facts = LlmCall.readResponse(value, { api })
        return toFields({ operation: "chat", requestModel: facts?.responseModel })
      }
    })
    return { event: fetched, api }
  }
}
