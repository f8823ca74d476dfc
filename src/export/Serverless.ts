/**
 * Functions that a platform freezes or ends once they have answered.
 *
 * A timer that fires later may never fire there, so spans have to be on their way before the answer is.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { AgentOps } from "../trace/Tracing.ts"

/**
 * Makes a handler of an effect: it answers when the effect has ended and its spans have arrived.
 *
 * **Details**
 *
 * The layer is built at the first call and kept for those after it. The handler's promise is resolved with the
 * effect's value, or rejected with its error, after a flush of at most `flushTimeout`, two seconds by default: what has
 * not arrived by then goes with the next call, or stays on disk where the exporter is durable. Arguments are those
 * that the platform gives.
 *
 * **Example** (a function that is called with an event)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, traceTool } from "effect-agentops"
 * import * as Serverless from "effect-agentops/export/Serverless"
 *
 * const TracingLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "orders" })))
 *
 * const handler = Serverless.handler(TracingLive, (event: { readonly id: number }) =>
 *   Effect.succeed(`order ${event.id}`).pipe(traceTool("find_order")))
 *
 * await handler({ id: 7 }) // => "order 7"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const handler = <Args extends ReadonlyArray<unknown>, A, E, ROut, E2>(
  layer: Layer.Layer<ROut | AgentOps, E2>,
  handle: (...args: Args) => Effect.Effect<A, E, NoInfer<ROut> | AgentOps>,
  options?: { readonly flushTimeout?: Duration.Input | undefined }
): (...args: Args) => Promise<A> => {
  const runtime = ManagedRuntime.make(layer)
  const flush = Effect.flatMap(AgentOps, (agentOps) => agentOps.flush(options?.flushTimeout ?? "2 seconds"))
  return (...args) => runtime.runPromise(Effect.suspend(() => handle(...args)).pipe(Effect.ensuring(flush)))
}
