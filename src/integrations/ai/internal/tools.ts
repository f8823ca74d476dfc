/**
 * Traces the tools of a toolkit at the point where it gets the model's calls.
 *
 * @internal
 */
import * as Tool from "effect/ai/Tool"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { errorType } from "../../../core/internal/failure.ts"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import * as Event from "../../../trace/Event.ts"
import type { fields } from "../../../trace/ToolEvent.ts"
import { ToolEvent } from "../../../trace/ToolEvent.ts"
import { replayedResult } from "./replayed.ts"
import { spanView } from "./spanView.ts"

/** A toolkit with its handlers, with any tools. @internal */
export interface AnyToolkit {
  readonly tools: Record<string, Tool.Any>
  readonly handle: (
    name: string,
    params: unknown,
    toolCallId?: string,
    options?: unknown
  ) => Effect.Effect<Stream.Stream<Tool.HandlerResult<Tool.Any>, unknown, unknown>, unknown, unknown>
}

/** The call to which a toolkit is passed. @internal */
export interface Call {
  readonly event: Event.StartedEvent
  /**
   * Whether the model has answered when its tools run. It has not if they run while the answer is streamed, or if a
   * person's approval lets them run before the call.
   */
  readonly hasAnswered: () => boolean
}

type Started = Event.StartedEvent<typeof fields>

const optionsOf = (
  name: string,
  callId: string | undefined,
  parameters: unknown,
  tool: Tool.Any | undefined
): Event.StartOptions<typeof fields> => ({
  name,
  callId,
  parameters: parameters as object,
  type: "function",
  description: tool === undefined ? undefined : tryOrUndefined(() => Tool.getDescription(tool)),
  below: null
})

/**
 * The context of the tool. `Toolkit.handle` writes the raw parameters on the current span. The event already has them,
 * subject to the conventions and content policies, so those two attributes are discarded.
 */
const insideOf = ({ context, isTraced }: Started): Context.Context<never> => {
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  if (!isTraced || span?._tag !== "Span") return context
  const written = new Set(["tool", "parameters"])
  return Context.add(context, Tracer.ParentSpan, spanView(span, { attribute: (key) => written.delete(key) }))
}

/** Adds the tool's results to the event, and ends the event with the stream. */
const settling = <E, R>(
  event: Started,
  results: Stream.Stream<Tool.HandlerResult<Tool.Any>, E, R>
): Stream.Stream<Tool.HandlerResult<Tool.Any>, E, R> => {
  let failure: string | undefined
  return results.pipe(
    Stream.mapArray((outputs) => {
      for (const { encodedResult, isFailure, preliminary, result } of outputs) {
        if (preliminary) continue
        event.add({ result: encodedResult })
        if (isFailure) failure = errorType(result)
      }
      return outputs
    }),
    Stream.onExit((exit) =>
      Effect.sync(() => {
        if (failure !== undefined && exit._tag === "Success") event.unsuccessful(failure)
        else event.end(exit)
      })
    )
  )
}

/** Traces every tool call of a toolkit as a child of the model call that requested it. @internal */
export const traceToolkit = <T>(toolkit: T, call: Call | undefined): T => {
  const known = toolkit as unknown as AnyToolkit
  const handle: AnyToolkit["handle"] = (name, params, toolCallId, options) =>
    Effect.suspend(() => {
      let event: Started | undefined
      const handled = Effect.contextWith((context: Context.Context<never>) => {
        if (call?.hasAnswered() === true) call.event.endAttempt()
        const span = call?.event.span
        const started = event = Event.startUnsafe(
          span === undefined ? context : Context.add(context, Tracer.ParentSpan, span),
          ToolEvent,
          optionsOf(name, toolCallId, params, known.tools[name])
        )
        return (replayedResult(started, known.tools[name]) ?? known.handle(name, params, toolCallId, options)).pipe(
          Effect.provideContext(insideOf(started)),
          Effect.map((results) => started.isTraced ? settling(started, results) : results)
        )
      })
      return Effect.onExit(handled, (exit) => Effect.sync(() => exit._tag === "Failure" && event?.end(exit)))
    })
  return { ...toolkit, handle }
}

/** Traces the toolkit in a call's options, whether it is resolved or an effect. @internal */
export const traceToolkitOf = (toolkit: unknown, call: Call): unknown =>
  Effect.isEffect(toolkit)
    ? Effect.map(toolkit, (resolved) => traceToolkit(resolved, call))
    : Predicate.hasProperty(toolkit, "handle")
    ? traceToolkit(toolkit, call)
    : toolkit

/** The handler of a tool, as a toolkit's layer provides it. */
type Handler = Pick<Tool.Handler<string>, "name" | "context" | "handler">

/** @internal */
export const isHandler = (key: string, value: unknown): value is Handler =>
  key.startsWith("effect/ai/Tool/") && Predicate.hasProperty(value, "handler") && typeof value.handler === "function"

/** Traces a handler, unless the calling toolkit already does. @internal */
export const traceHandler = (self: Handler): Handler => ({
  ...self,
  handler: (params, ctx: { readonly toolCallId?: string | undefined } | undefined) =>
    Effect.flatMap(Event.enclosing(ToolEvent), (tool) =>
      tool?.name === self.name
        ? self.handler(params, ctx)
        : Event.traceWith(ToolEvent, optionsOf(self.name, ctx?.toolCallId, params, undefined), (event) =>
          Effect.map(self.handler(params, ctx), (result) => {
            event.add({ result })
            return result
          })))
})
