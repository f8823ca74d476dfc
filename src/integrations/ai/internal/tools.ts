/**
 * Traces the tools of a toolkit, where the model's calls are handed to them.
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
import { attempt } from "../../../core/internal/look.ts"
import type { ChatMessage } from "../../../model/Message.ts"
import { isInsideTool } from "../../../trace/internal/event/fold.ts"
import type { OpenEvent } from "../../../trace/internal/event/openEvent.ts"
import { openEvent, succeeded, traceOpen } from "../../../trace/internal/event/openEvent.ts"
import { makePlan } from "../../../trace/internal/event/plan.ts"
import { ToolEvent } from "../../../trace/ToolEvent.ts"
import { replayedResult } from "./replayed.ts"
import { spanView } from "./spanView.ts"

/** A toolkit with its handlers, whatever its tools. @internal */
export interface AnyToolkit {
  readonly tools: Record<string, Tool.Any>
  readonly handle: (
    name: string,
    params: unknown,
    toolCallId?: string,
    options?: unknown
  ) => Effect.Effect<Stream.Stream<Tool.HandlerResult<Tool.Any>, unknown, unknown>, unknown, unknown>
}

const planOf = (name: string, callId: string | undefined, parameters: unknown, tool: Tool.Any | undefined) =>
  makePlan(ToolEvent, {
    name,
    callId,
    parameters,
    type: "function",
    description: tool === undefined ? undefined : attempt(() => Tool.getDescription(tool))
  })

/**
 * Where the tool runs. `Toolkit.handle` writes the parameters, as they are, on the
 * span that it finds: here the event has them, under the conventions and policies
 * of content, so this once they are left out.
 */
const insideOf = (event: OpenEvent, context: Context.Context<never>): Context.Context<never> => {
  const span = event.attempt
  if (span === undefined) return event.contextOf(context)
  const written = new Set(["tool", "parameters"])
  return Context.add(
    event.contextOf(context),
    Tracer.ParentSpan,
    spanView(span, { attribute: (key) => written.delete(key) })
  )
}

const settle = (event: OpenEvent, output: Tool.HandlerResult<Tool.Any>): void => {
  if (output.preliminary) return
  event.add({ result: output.encodedResult })
  if (output.isFailure) {
    event.unsuccessful()
    event.errorType(errorType(output.result))
  }
}

/**
 * Whether the model has answered when its tools run: not where they run while the
 * answer is streamed, nor where a person's approval lets them run before the call.
 */
const hasAnswered = ({ fields }: OpenEvent): boolean =>
  fields["stream"] !== true &&
  (fields["inputMessages"] as ReadonlyArray<ChatMessage> | undefined)?.some(({ parts }) =>
      parts.some((part) => part.type === "tool-approval-response")
    ) !== true

/** Traces every tool that a toolkit is asked for, as a child of the call that asked. @internal */
export const traceToolkit = <T>(toolkit: T, call: OpenEvent | undefined): T => {
  const known = toolkit as unknown as AnyToolkit
  const handle: AnyToolkit["handle"] = (name, params, toolCallId, options) =>
    Effect.suspend(() => {
      let event: OpenEvent | undefined
      return Effect.onExitPrimitive(
        Effect.updateContext(
          Effect.suspend(() =>
            replayedResult(event, known.tools[name]) ?? known.handle(name, params, toolCallId, options)
          ),
          (context: Context.Context<unknown>): Context.Context<unknown> => {
            if (call !== undefined && hasAnswered(call)) call.endAttempt(succeeded)
            const outer = call === undefined
              ? context as Context.Context<never>
              : Context.add(context as Context.Context<never>, Tracer.ParentSpan, call.span)
            event = openEvent(outer, planOf(name, toolCallId, params, known.tools[name]), undefined)
            return event === undefined ? context : insideOf(event, outer) as Context.Context<unknown>
          }
        ),
        (exit) => {
          return exit._tag === "Failure" ? event?.end(exit) : undefined
        }
      ).pipe(Effect.map((results) =>
        event === undefined ? results : results.pipe(
          Stream.mapArray((outputs) => {
            for (const output of outputs) settle(event!, output)
            return outputs
          }),
          Stream.onExit((exit) =>
            Effect.suspend(() => event!.end(exit._tag === "Success" ? succeeded : exit) ?? Effect.void)
          )
        )
      ))
    })
  return { ...toolkit, handle }
}

/** Traces the toolkit of a call's options, resolved or not. @internal */
export const traceToolkitOf = (toolkit: unknown, call: OpenEvent): unknown =>
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

/** Traces a handler, unless the toolkit that calls it does. @internal */
export const traceHandler = (self: Handler): Handler => ({
  ...self,
  handler: (params, ctx: { readonly toolCallId?: string | undefined } | undefined) =>
    Effect.contextWith((context: Context.Context<never>) =>
      isInsideTool(context, self.name)
        ? self.handler(params, ctx)
        : traceOpen(
          () => self.handler(params, ctx),
          planOf(self.name, ctx?.toolCallId, params, undefined),
          undefined,
          (event, result) => event.add({ result })
        )
    )
})
