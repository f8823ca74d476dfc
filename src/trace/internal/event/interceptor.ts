/**
 * Somebody who answers calls in the place of what the program would do: a recording that is replayed.
 *
 * The engines ask here before they run what is traced. While nobody answers in the whole process that is one look at a
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
 * Who answers. Each function gives `undefined` where the call is to be made.
 *
 * @internal
 */
export interface Interceptor {
  /** An effect that a combinator traces. */
  readonly effect: (
    event: ActiveEvent,
    plan: Plan,
    context: Context.Context<never>
  ) => Effect.Effect<unknown, unknown> | undefined
  /** The chunks of a stream that a combinator traces. */
  readonly chunks: (event: ActiveEvent, plan: Plan) => Stream.Stream<unknown, unknown> | undefined
  /** The elements of a stream that is traced as a call of a tool. */
  readonly elements: (event: ActiveEvent, plan: Plan) => Stream.Stream<unknown, unknown> | undefined
  /** A request of an SDK. */
  readonly respond: (event: ActiveEvent, request: HttpRequest) => Promise<Response> | undefined
  /** A call of a model, for a library whose answers are made from facts. */
  readonly answer: (event: ActiveEvent) => Effect.Effect<LlmCall, unknown> | undefined
  /** A call of a tool, for a library that decodes the result itself. */
  readonly result: (event: ActiveEvent) => Effect.Effect<unknown, unknown> | undefined
}

/** @internal */
export const CurrentInterceptor: Context.Reference<Interceptor | undefined> = Context.Reference<
  Interceptor | undefined
>("effect-agentops/trace/Interceptor", { defaultValue: () => undefined })

/** How many layers with an interceptor there are in the process. @internal */
export const intercepting = { layers: 0 }

/** @internal */
export const interceptorOf = (context: Context.Context<never>): Interceptor | undefined =>
  intercepting.layers === 0 ? undefined : Context.get(context, CurrentInterceptor)

/** What is done in the place of an effect that is traced, or the effect itself. @internal */
export const instead = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  event: ActiveEvent,
  plan: Plan,
  context: Context.Context<never>
): Effect.Effect<A, E, R> =>
  intercepting.layers === 0
    ? self
    : (interceptorOf(context)?.effect(event, plan, context) as Effect.Effect<A, E, R> | undefined) ?? self
