/**
 * Traces an effect as an event: the engine under every combinator.
 *
 * One finalizer ends the event's spans, so an interruption between two steps leaves no span open. The spans start
 * inside it, together with the context in which they are the parent.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import { afterRoom, backpressureOf } from "../backpressure.ts"
import { isBudgeted } from "../budget/budgetsInForce.ts"
import { isLoaded, load } from "../onDemand.ts"
import { currentSession } from "../session/currentSession.ts"
import type { SpanSettings } from "../startSpan.ts"
import { currentParent, inherit, purposeOf, spanSettings, spanTime, timeOf, tracerEnabled } from "../startSpan.ts"
import { ActiveEvent } from "./activeEvent.ts"
import { setAttemptFacts, settleCall, settleCharge } from "./charge.ts"
import { callFields } from "./facts.ts"
import { attemptAt, CurrentCall, enclosingSpan, eventOf, foldInto } from "./fold.ts"
import { interceptEffect, intercepting } from "./interceptor.ts"
import { endEvent, startAttempt, startEvent, withSpanInContext } from "./lifecycle.ts"
import type { Plan } from "./plan.ts"
import { attributesOf, beginEvent, linksOf, readSuccess } from "./plan.ts"

/** Makes a call an attempt at its enclosing event. */
const insideOf = (
  context: Context.Context<never>,
  settings: SpanSettings,
  call: ActiveEvent,
  enclosing: ActiveEvent,
  around: Tracer.Span,
  site: CallSite | undefined
): Context.Context<never> => {
  call.implicitAttempt = attemptAt(enclosing, around, () => startAttempt(settings, enclosing))
  call.outer = enclosing.outer ?? enclosing
  call.span = enclosing.span
  return Context.add(withSpanInContext(context, call.implicitAttempt, call.kind.span, site), CurrentCall, call)
}

const endInside = (
  context: Context.Context<never>,
  settings: SpanSettings,
  call: ActiveEvent,
  enclosing: ActiveEvent,
  exit: Exit.Exit<unknown, unknown>,
  endTime: bigint
): void => {
  if (call.folded !== undefined) settleCharge(context, call, settings.session, exit)
  call.span = undefined
  foldInto(context, enclosing, call, settings.session, exit)
  setAttemptFacts(call.implicitAttempt, call)
  call.implicitAttempt?.end(endTime, exit)
}

/** Sets the facts of one attempt at a model call, read from its value. */
const settleAttempt = (context: Context.Context<never>, span: Tracer.Span, exit: Exit.Exit<unknown, unknown>): void => {
  const event = purposeOf(span)?.record
  if (event?.kind.category !== "modelCall") return
  const { fields, kind } = event
  const known: Record<string, unknown> = {}
  const { model, provider } = callFields(kind)
  for (const field of [provider, model]) if (field !== undefined) known[field] = fields[field]
  const call = new ActiveEvent(kind, known, [], undefined)
  if (exit._tag === "Success") call.fillIn(tryOrUndefined(() => kind.readValue?.(exit.value)))
  settleCall(context, call, undefined, exit)
  setAttemptFacts(span, call)
}

/** Traces an effect as an event. @internal */
export const traceEvent = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  plan: Plan,
  site: CallSite | undefined
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const { tracer, tracerEnabled } = fiber.cache
    const outer = fiber.context
    // Budgets count calls without spans, and a replay answers them.
    if (!tracerEnabled && intercepting.layers === 0 && !isBudgeted(outer)) return self
    // Nobody reads the spans of the native tracer. Without a session or a budget nobody counts the event either.
    if (
      (tracer === undefined || tracer === Tracer.nativeTracer) && intercepting.layers === 0 &&
      currentSession(outer) === undefined && !isBudgeted(outer)
    ) return self
    if (!isLoaded()) return Effect.flatMap(load, () => traceEvent(self, plan, site))
    let event: ActiveEvent | undefined
    let enclosing: ActiveEvent | undefined
    let settings: SpanSettings
    const traced = Effect.onExitPrimitive(
      // The span starts after its finalizer is on the fiber's stack.
      Effect.withFiber(() => {
        settings = spanSettings(outer)
        event = beginEvent(plan, site)
        const around = plan.kind.category === "modelCall" ? enclosingSpan(outer, plan.kind) : undefined
        enclosing = eventOf(outer, around)
        if (enclosing !== undefined) {
          fiber.setContext(insideOf(outer, settings, event, enclosing, around!, site))
          return interceptEffect(self, event, plan, fiber.context)
        }
        const span = startEvent(outer, settings, event, attributesOf(plan), linksOf(plan), timeOf(settings))
        const inner = withSpanInContext(outer, span, plan.kind.span, site)
        inherit(span, inner, settings)
        fiber.setContext(inner)
        return interceptEffect(self, event, plan, inner)
      }),
      (exit) => {
        fiber.setContext(outer)
        if (event === undefined) return undefined
        const endTime = timeOf(settings)
        if (exit._tag === "Success") readSuccess(plan, event, exit.value)
        if (enclosing !== undefined) {
          endInside(outer, settings, event, enclosing, exit, endTime)
          return undefined
        }
        settleCharge(outer, event, settings.session, exit)
        return endEvent(outer, settings, event, exit, endTime)
      }
    )
    const destinations = backpressureOf(tracer)
    return destinations === undefined ? traced : afterRoom(destinations, traced)
  })

const currentAttempt = (context: Context.Context<never>): ActiveEvent | undefined => {
  let span = Option.getOrUndefined(currentParent(context))
  while (span !== undefined) {
    const purpose = purposeOf(span)
    if (purpose !== undefined) return purpose.attemptNumber === 0 ? undefined : eventOf(context, span as Tracer.Span)
    if (span._tag !== "Span") return undefined
    span = Option.getOrUndefined(span.parent)
  }
  return undefined
}

/** Marks an effect as one attempt at the event around it. @internal */
export const traceAttempt = <A, E, R>(self: Effect.Effect<A, E, R>, site: CallSite): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    let outer: Context.Context<never>
    let span: Tracer.Span | undefined
    return Effect.onExitPrimitive(
      Effect.updateContext(self, (context: Context.Context<R>): Context.Context<R> => {
        outer = context as Context.Context<never>
        const event = tracerEnabled(outer) ? currentAttempt(outer) : undefined
        if (event === undefined || event.span?.status._tag === "Ended") return context
        if (event.implicitAttempt !== undefined) {
          span = event.implicitAttempt
          event.implicitAttempt = undefined
          return context
        }
        span = startAttempt(spanSettings(outer), event)
        return withSpanInContext(outer, span, event.kind.attempt!, site) as Context.Context<R>
      }),
      (exit) => {
        if (span !== undefined) settleAttempt(outer, span, exit)
        span?.end(spanTime(outer), exit)
        return undefined
      }
    )
  })
