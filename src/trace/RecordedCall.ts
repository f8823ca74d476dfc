/**
 * The recorded answers to a call, for integrations.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { LlmCall } from "../model/LlmCall.ts"
import type { HttpRequest } from "./HttpRequest.ts"
import { interceptorOf } from "./internal/event/interceptor.ts"
import type { StartedEvent } from "./StartedEvent.ts"
import { openOf } from "./StartedEvent.ts"

/**
 * The recorded answers to a call. Each function returns `undefined` if the call should be made.
 *
 * @category models
 * @since 0.1.0
 */
export interface Recorded {
  /** The response to a request of the call, as the API would send it. */
  readonly respond: (request: HttpRequest) => Promise<Response> | undefined
  /** The answer of a model, for a client that builds answers from facts. */
  readonly answer: () => Effect.Effect<LlmCall, unknown> | undefined
  /** The result of a tool, as data. */
  readonly result: () => Effect.Effect<unknown, unknown> | undefined
}

/**
 * The recording that is being replayed when an event has started, if there is one.
 *
 * **When to use**
 *
 * In an integration, before it makes a call, so that programs which use it can be replayed.
 *
 * **Example** (a request that may be answered by a recording)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Event, LlmEvent } from "effect-agentops"
 *
 * const url = "http://localhost/v1/chat"
 * const ask = Event.traceWith(LlmEvent.LlmEvent, { model: "gpt-4o" }, (event) =>
 *   Effect.promise(() =>
 *     Event.recorded(event)?.respond({ url, init: undefined, number: 1 }) ?? Promise.resolve(new Response("live"))
 *   ))
 * const text = Effect.flatMap(ask, (response) => Effect.promise(() => response.text()))
 * await Effect.runPromise(text) // => "live"
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export const recorded = (event: StartedEvent): Recorded | undefined => {
  const open = openOf(event)
  const interceptor = open === undefined ? undefined : interceptorOf(open.outer)
  return open === undefined || interceptor === undefined ? undefined : {
    respond: (request) => interceptor.respond(open.asked, request),
    answer: () => interceptor.answer(open.asked),
    result: () => interceptor.result(open.asked)
  }
}
