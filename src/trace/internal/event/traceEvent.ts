/**
 * Traces an effect as an event: the engine under every combinator.
 *
 * One finaliser ends the event's spans, so a fiber that is interrupted between
 * two steps leaves none open. The spans start inside of it, together with the
 * context that makes them the parent of what the effect does.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import type { Attributes } from "../../../core/Attribute.ts"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { attempt, attemptWith, copyOf, listed, shallow } from "../../../core/internal/look.ts"
import type { Fields } from "../../../model/Field.ts"
import { redactAttributes } from "../../../privacy/internal/redact.ts"
import { credentials } from "../../../privacy/Redactor.ts"
import type { Kind } from "../../Event.ts"
import { Span } from "../../Span.ts"
import { afterRoom, backpressureOf } from "../backpressure.ts"
import { measureEvent } from "../measure/event.ts"
import { currentSession } from "../session/currentSession.ts"
import type { SessionState } from "../session/sessionState.ts"
import type { SpanSettings } from "../startSpan.ts"
import { currentParent, ownTracer, roleOf, spanSettings, spanTime, startSpan, tracerEnabled } from "../startSpan.ts"
import type { EventRecord } from "./activeEvent.ts"
import { settleContent } from "./content.ts"
import { addCost } from "./cost.ts"

/** What a combinator was told, sorted by when it can be known. @internal */
export interface Plan {
  readonly kind: Kind<Fields>
  /** Reads fields when the event starts, and only if it is traced; fields that are given win. */
  readonly readBefore: (() => Readonly<Record<string, unknown>> | undefined) | undefined
  readonly known: ReadonlyArray<readonly [field: string, value: unknown]>
  /** Fields that are given as `null`, which leaves them out, also where they could be read. */
  readonly omitted: ReadonlyArray<string>
  readonly late: ReadonlyArray<readonly [field: string, read: (value: unknown) => unknown]>
  readonly success: ((value: unknown) => boolean) | undefined
  readonly attributes: Readonly<Record<string, unknown>> | undefined
  readonly links: ReadonlyArray<Tracer.SpanLink> | undefined
}

const noEntries: ReadonlyArray<never> = []

/** Sorts options into what is known now and what is read from the value. @internal */
export const makePlan = (
  kind: Kind<Fields>,
  options: object | undefined,
  readBefore?: Plan["readBefore"]
): Plan => {
  if (options === undefined) {
    return {
      kind,
      readBefore,
      known: noEntries,
      omitted: noEntries,
      late: noEntries,
      success: undefined,
      attributes: undefined,
      links: undefined
    }
  }
  const given: Readonly<Record<string, unknown>> = shallow(options)
  const known: Array<readonly [string, unknown]> = []
  const omitted: Array<string> = []
  const late: Array<readonly [string, (value: unknown) => unknown]> = []
  for (const field in given) {
    if (!Object.hasOwn(kind.fields, field)) continue
    const value = given[field]
    if (typeof value === "function" && !("input" in kind.fields[field]!)) {
      late.push([field, value as (value: unknown) => unknown])
    } else if (value === null) omitted.push(field)
    else if (value !== undefined) known.push([field, value])
  }
  return {
    kind,
    readBefore,
    known,
    omitted,
    late,
    success: given["success"] as Plan["success"],
    attributes: given["attributes"] as Plan["attributes"],
    links: given["links"] as Plan["links"]
  }
}

/** A record of an event that starts now. @internal */
export const makeRecord = (plan: Plan, site: CallSite | undefined): EventRecord => {
  const fields: Record<string, unknown> = plan.readBefore === undefined ? {} : shallow(attempt(plan.readBefore))
  for (const [field, value] of plan.known) {
    // A list of messages usually goes on growing in the program.
    fields[field] = listed(value) ?? value
  }
  for (const field of plan.omitted) delete fields[field]
  return {
    kind: plan.kind,
    fields,
    site,
    attributes: undefined,
    unsuccessful: false,
    span: undefined,
    attempts: 0,
    implicitAttempt: undefined
  }
}

const readValue = (plan: Plan, record: EventRecord, value: unknown): void => {
  const { fields, kind } = record
  if (kind.readValue !== undefined) {
    const read = shallow(attemptWith(value, kind.readValue))
    for (const field in read) {
      if (read[field] !== undefined && fields[field] === undefined && !plan.omitted.includes(field)) {
        fields[field] = read[field]
      }
    }
  }
  for (const [field, late] of plan.late) {
    const result = attempt(() => late(value))
    if (result === null) delete fields[field]
    else if (result !== undefined) fields[field] = result
  }
  if (plan.success !== undefined) record.unsuccessful = attempt(() => plan.success!(value)) === false
}

/** Settles an event's fields, attributes and totals, before its span ends. @internal */
export const finishRecord = (
  context: Context.Context<never>,
  record: EventRecord,
  session: SessionState | undefined,
  content: boolean,
  exit: Exit.Exit<unknown, unknown>,
  endTime: bigint
): void => {
  const { span } = record
  if (record.kind.name === "llm") addCost(context, record.fields)
  if (span instanceof Span) {
    // A value may be plain at one look and not at the next: then it is copied, and looked at once more.
    const settled = attempt(() => (settleContent(span, record, content), true))
    if (settled === undefined) {
      attempt(() => {
        for (const name in record.fields) record.fields[name] = copyOf(record.fields[name])
        settleContent(span, record, content)
      })
    }
  }
  // Nobody reads the spans of the native tracer: without a layer only the session's totals are wanted.
  if (span !== undefined && span.sampled && Context.get(context, Tracer.Tracer) !== Tracer.nativeTracer) {
    record.attributes = attempt(() => record.kind.toAttributes(record.fields, { content })) as
      | Record<string, Attributes[string]>
      | undefined
    if (!(span instanceof Span) || span.role === undefined) {
      // Another library's tracer: it has no convention, so the event is written out on its span.
      const attributes = redactAttributes(credentials, ["attributes"], record.attributes ?? {})
      for (const key in attributes) span.attribute(key, attributes[key])
      span.attribute("agentops.event.kind", record.kind.name)
      if (session !== undefined) span.attribute("session.id", session.id)
    }
  }
  session?.count(record, exit)
  measureEvent(context, record, exit, endTime)
}

/** Starts the span of an event, and of its first attempt. @internal */
export const startRecord = (
  context: Context.Context<never>,
  record: EventRecord,
  session: SessionState | undefined,
  plan: Pick<Plan, "attributes" | "links">,
  startTime = spanTime(context)
): Tracer.Span => {
  const { kind } = record
  const settings = spanSettings(context)
  const creationAttributes = () => kind.toAttributes(record.fields, { content: false })
  const span = startSpan(context, {
    name: kind.span,
    kind: kind.spanKind,
    role: { _tag: "Event", record },
    session,
    parent: currentParent(context),
    root: false,
    links: plan.links,
    attributes: plan.attributes,
    creationAttributes,
    startTime
  }, settings)
  record.span = span
  if (kind.attempt === undefined) return span
  record.implicitAttempt = startAttempt(context, record, session, startTime, settings)
  return record.implicitAttempt
}

/** Starts the span of an event's next attempt. @internal */
export const startAttempt = (
  context: Context.Context<never>,
  record: EventRecord,
  session: SessionState | undefined,
  startTime?: bigint,
  settings?: SpanSettings
): Tracer.Span => {
  record.attempts++
  return startSpan(context, {
    name: record.kind.attempt!,
    kind: record.kind.spanKind,
    role: { _tag: "Attempt", record, number: record.attempts },
    session,
    parent: Option.some(record.span!),
    root: false,
    links: undefined,
    attributes: undefined,
    creationAttributes: () => record.kind.toAttributes(record.fields, { content: false }),
    startTime
  }, settings)
}

/** Makes `span` the parent of what runs in the context, in error traces too. @internal */
export const withSpanInContext = (
  context: Context.Context<never>,
  span: Tracer.Span,
  name: string,
  site: CallSite | undefined
): Context.Context<never> => {
  const withParent = Context.add(context, Tracer.ParentSpan, span)
  if (site === undefined) return withParent
  return Context.add(withParent, References.CurrentStackFrame, {
    name,
    stack: site.frame,
    parent: Context.get(context, References.CurrentStackFrame)
  })
}

/** Traces an effect as an event. @internal */
export const traceEvent = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  plan: Plan,
  site: CallSite | undefined
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const { tracer, tracerEnabled } = fiber.cache
    if (!tracerEnabled) return self
    const outer = fiber.context
    const session = currentSession(outer)
    // Nobody reads the spans of the native tracer, and without a session nobody counts either.
    if ((tracer === undefined || tracer === Tracer.nativeTracer) && session === undefined) return self
    let record: EventRecord | undefined
    const traced = Effect.onExitPrimitive(
      // The span starts once its end is on the fiber's stack.
      Effect.withFiber(() => {
        record = makeRecord(plan, site)
        const span = startRecord(outer, record, session, plan)
        fiber.setContext(withSpanInContext(outer, span, plan.kind.span, site))
        return self
      }),
      (exit) => {
        fiber.setContext(outer)
        if (record === undefined || record.span === undefined) return undefined
        const endTime = spanTime(outer)
        record.implicitAttempt?.end(endTime, exit)
        if (exit._tag === "Success") readValue(plan, record, exit.value)
        finishRecord(outer, record, session, ownTracer(outer)?.content ?? true, exit, endTime)
        record.span.end(endTime, exit)
        return session?.budget?.warning()
      }
    )
    const destinations = backpressureOf(tracer)
    return destinations === undefined ? traced : afterRoom(destinations, traced)
  })

const currentAttempt = (context: Context.Context<never>): EventRecord | undefined => {
  let span = Option.getOrUndefined(currentParent(context))
  while (span !== undefined) {
    const role = roleOf(span)
    if (role?._tag === "Attempt") return role.record
    if (role !== undefined || span._tag !== "Span") return undefined
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
        const record = tracerEnabled(outer) ? currentAttempt(outer) : undefined
        if (record === undefined || record.span?.status._tag === "Ended") return context
        if (record.implicitAttempt !== undefined) {
          span = record.implicitAttempt
          record.implicitAttempt = undefined
          return context
        }
        span = startAttempt(outer, record, currentSession(outer))
        return withSpanInContext(outer, span, record.kind.attempt!, site) as Context.Context<R>
      }),
      (exit) => {
        span?.end(spanTime(outer), exit)
        return undefined
      }
    )
  })
