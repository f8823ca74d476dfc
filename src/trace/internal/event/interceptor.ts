/**
 * Answers calls instead of making them, for replays of a recording.
 *
 * The engines ask here before they run a traced effect. Without an interceptor in the process this costs one read of a
 * number.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { LlmCall } from "../../../model/LlmCall.ts"
import type { HttpRequest } from "../../HttpRequest.ts"
import type { ActiveEvent } from "./activeEvent.ts"
import type { Plan } from "./plan.ts"

/**
 * Answers calls. Each function returns `undefined` if the call should be made.
 *
 * @internal
 */
export interface Interceptor {
  /** An effect under a combinator. */
  readonly effect: (
    event: ActiveEvent,
    plan: Plan,
    context: Context.Context<never>
  ) => Effect.Effect<unknown, unknown> | undefined
  /** The chunks of a stream under a combinator. */
  readonly chunks: (event: ActiveEvent, plan: Plan) => Stream.Stream<unknown, unknown> | undefined
  /** The elements of a stream that is traced as a tool call. */
  readonly elements: (event: ActiveEvent, plan: Plan) => Stream.Stream<unknown, unknown> | undefined
  /** A request of an SDK. */
  readonly respond: (event: ActiveEvent, request: HttpRequest) => Promise<Response> | undefined
  /** A model call, for a library that builds answers from facts. */
  readonly answer: (event: ActiveEvent) => Effect.Effect<LlmCall, unknown> | undefined
  /** A tool call, for a library that decodes the result itself. */
  readonly result: (event: ActiveEvent) => Effect.Effect<unknown, unknown> | undefined
}

/** @internal */
export const CurrentInterceptor: Context.Reference<Interceptor | undefined> = Context.Reference<
  Interceptor | undefined
>("effect-agentops/trace/Interceptor", { defaultValue: () => undefined })

/** The number of layers with an interceptor in the process. @internal */
export const intercepting = { layers: 0 }

/** @internal */
export const interceptorOf = (context: Context.Context<never>): Interceptor | undefined =>
  intercepting.layers === 0 ? undefined : Context.get(context, CurrentInterceptor)

/** The interceptor's answer to a traced effect, or the effect itself. @internal */
export const interceptEffect = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  event: ActiveEvent,
  plan: Plan,
  context: Context.Context<never>
): Effect.Effect<A, E, R> =>
  intercepting.layers === 0
    ? self
    : (interceptorOf(context)?.effect(event, plan, context) as Effect.Effect<A, E, R> | undefined) ?? self
