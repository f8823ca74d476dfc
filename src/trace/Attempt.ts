/**
 * Attempts: each try at an event until it succeeded or was given up.
 *
 * Every LLM, tool and action event has a child span for its attempt. If the program retries inside the event,
 * {@link traceAttempt} makes a span for each attempt.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { callSite, throughPipe } from "../core/internal/callSite.ts"
import * as internal from "./internal/event/traceEvent.ts"

/**
 * Marks an effect as one attempt at the event around it.
 *
 * **Details**
 *
 * The first attempt is the child span that the event has anyway. Each further attempt is a child span of its own, with
 * its own time and error. Outside an event, and in an event whose kind has no attempts, it does nothing.
 *
 * **Example** (a retry shows as two calls of one completion)
 *
 * ```ts
 * import { Effect, Layer, pipe } from "effect"
 * import { AgentOps, Exporter, traceAttempt, traceLlmWith } from "effect-agentops"
 *
 * let calls = 0
 * const call = Effect.suspend(() => ++calls === 1 ? Effect.fail("overloaded") : Effect.succeed("Hi!"))
 * const ask = pipe(call, traceAttempt, Effect.retry({ times: 2 }), traceLlmWith({ model: "gpt-4o" }))
 *
 * const program = Effect.gen(function*() {
 *   yield* ask
 *   const memory = yield* Exporter.Memory
 *   return (yield* memory.spans).map((span) => `${span.name} ${span.status.code}`)
 * })
 * const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
 * await Effect.runPromise(Effect.provide(program, TestLive))
 * // => ["llm.api.call error", "llm.api.call unset", "llm.completion unset"]
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceAttempt = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  internal.traceAttempt(self, callSite(traceAttempt, throughPipe))
