/**
 * The line of the program that called a function of your library.
 *
 * @since 0.1.0
 */
import type { CallSite } from "../core/internal/callSite.ts"
import { callSite } from "../core/internal/callSite.ts"

/**
 * The caller of a function of your library, see {@link caller}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Caller {
  /** The stack frame as the runtime writes it, such as `at main (file:///app/agent.ts:12:3)`, if there is one. */
  readonly frame: () => string | undefined
}

/** The source location of the library function's caller, or of this function's. @internal */
export const siteOf = (
  below: ((...args: never) => unknown) | Caller | null | undefined,
  own: (...args: never) => unknown
): CallSite | undefined => below === null ? undefined : typeof below === "object" ? below : callSite(below ?? own)

/**
 * Remembers the caller of a function of your library, for events that start after that call is over.
 *
 * **When to use**
 *
 * In a function that returns a client, because code of the SDK makes the client's calls later.
 *
 * **Example** (a wrapped client)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Event, LlmEvent } from "effect-agentops"
 *
 * const lend = <A>(f: (ask: () => Promise<string>) => Promise<A>): Effect.Effect<A> => {
 *   const below = Event.caller(lend)
 *   return Effect.contextWith((context) =>
 *     Effect.promise(() =>
 *       f(async () => {
 *         const event = Event.startUnsafe(context, LlmEvent.LlmEvent, { model: "gpt-4o", below })
 *         event.end()
 *         return "Hello!"
 *       })
 *     )
 *   )
 * }
 * await Effect.runPromise(lend((ask) => ask())) // => "Hello!"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const caller = (below: (...args: never) => unknown): Caller => callSite(below)
