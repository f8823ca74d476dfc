/**
 * An event with its ends in two places: a stream, a call of another library.
 *
 * Where one function cannot wrap the whole of what is traced, it is opened, told
 * what becomes known, and ended: once, whoever is first.
 *
 * A model call that another traced model call makes is the same call seen twice,
 * by a framework and by the SDK under it. It then opens no event of its own: it is
 * an attempt at the outer one, and the outer one gets its facts.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as References from "effect/References"
import type * as Tracer from "effect/Tracer"
import type { CallSite } from "../../../core/internal/callSite.ts"
import * as Usage from "../../../model/Usage.ts"
import { whenRoom } from "../backpressure.ts"
import { seconds } from "../measure/event.ts"
import { currentSession } from "../session/currentSession.ts"
import type { SessionState } from "../session/sessionState.ts"
import { currentParent, ownTracer, roleOf, spanTime, tracerEnabled } from "../startSpan.ts"
import type { EventRecord } from "./activeEvent.ts"
import { maximumGaps } from "./activeEvent.ts"
import type { Plan } from "./traceEvent.ts"
import { finishRecord, makeRecord, startAttempt, startRecord, withSpanInContext } from "./traceEvent.ts"

/** Where a span that is seen through keeps the span itself. @internal */
export const SeenThrough: unique symbol = Symbol.for("effect-agentops/SeenThrough")

/** The nearest span that stands for an event of a kind, or an attempt at it, and has not ended. */
const enclosingSpan = (context: Context.Context<never>, kind: string): Tracer.Span | undefined => {
  let span = Option.getOrUndefined(currentParent(context))
  while (span !== undefined && span._tag === "Span") {
    const role = roleOf(span)
    if (role !== undefined) {
      return role._tag !== "Session" && role.record.kind.name === kind && role.record.span?.status._tag === "Started"
        ? (span as { readonly [SeenThrough]?: Tracer.Span })[SeenThrough] ?? span
        : undefined
    }
    span = Option.getOrUndefined(span.parent)
  }
  return undefined
}

const recordOf = (span: Tracer.Span | undefined): EventRecord | undefined => {
  const role = span === undefined ? undefined : roleOf(span)
  return role === undefined || role._tag === "Session" ? undefined : role.record
}

/** The event of a kind that is under way here, if what is done here is part of it. @internal */
export const enclosingCall = (context: Context.Context<never>, kind: string): EventRecord | undefined =>
  recordOf(enclosingSpan(context, kind))

/** The attempt that a call inside of a call is: the one under way, else a further one. */
const attemptAt = (
  record: EventRecord,
  around: Tracer.Span,
  start: () => Tracer.Span
): Tracer.Span => {
  const { implicitAttempt } = record
  if (implicitAttempt !== undefined) {
    record.implicitAttempt = undefined
    return implicitAttempt
  }
  return around !== record.span && around.status._tag === "Started" ? around : start()
}

/** Fills in what is not known yet. Usage of further calls of the same event adds up. @internal */
export const addFields = (
  target: Record<string, unknown>,
  fields: Readonly<Record<string, unknown>> | undefined
): void => {
  for (const field in fields) {
    if (fields[field] !== undefined && target[field] === undefined) target[field] = fields[field]
  }
}

/** @internal */
export class OpenEvent {
  /** Of the event, or of the outer event that this is the inside of. */
  readonly record: EventRecord
  /** What is known of this call alone; the record's own fields, unless it is the inside of another event. */
  readonly fields: Record<string, unknown>
  readonly plan: Plan
  readonly outer: Context.Context<never>
  readonly session: SessionState | undefined
  readonly site: CallSite | undefined
  readonly startTime: bigint
  /** Whether it opened an event, rather than being the inside of another. */
  readonly own: boolean
  #attempt: Tracer.Span | undefined
  #inside: Context.Context<never> | undefined = undefined
  readonly #clock: Clock.Clock | undefined
  ended = false

  constructor(context: Context.Context<never>, plan: Plan, site: CallSite | undefined) {
    this.outer = context
    this.plan = plan
    this.site = site
    this.session = currentSession(context)
    this.startTime = spanTime(context)
    this.#clock = Context.get(context, References.TracerTimingEnabled) ? Context.get(context, Clock.Clock) : undefined
    const around = plan.kind.name === "llm" ? enclosingSpan(context, "llm") : undefined
    const enclosing = recordOf(around)
    const record = makeRecord(plan, site)
    this.own = enclosing === undefined
    this.fields = record.fields
    if (around === undefined || enclosing === undefined) {
      this.record = record
      startRecord(context, record, this.session, plan, this.startTime)
      this.#attempt = record.implicitAttempt
    } else {
      this.record = enclosing
      this.#attempt = attemptAt(
        enclosing,
        around,
        () => startAttempt(context, enclosing, this.session, this.startTime)
      )
    }
  }

  /** The span of the event. */
  get span(): Tracer.Span {
    return this.record.span!
  }

  /** The attempt under way. */
  get attempt(): Tracer.Span | undefined {
    return this.#attempt
  }

  /** For what is done to make the call: its spans are children of the attempt. */
  get inside(): Context.Context<never> {
    return this.#inside ??= this.contextOf(this.outer)
  }

  contextOf(context: Context.Context<never>): Context.Context<never> {
    return withSpanInContext(context, this.#attempt ?? this.span, this.plan.kind.span, this.site)
  }

  /** Starts the next attempt, after the one before has ended. */
  nextAttempt(): void {
    if (this.ended || this.record.kind.attempt === undefined) return
    const now = spanTime(this.outer)
    this.#endAttempt(now, succeeded)
    this.#attempt = startAttempt(this.outer, this.record, this.session, now)
    this.#inside = undefined
  }

  /** Ends the attempt under way: what follows is no longer the call itself. */
  endAttempt(exit: Exit.Exit<unknown, unknown>): void {
    if (!this.ended) this.#endAttempt(spanTime(this.outer), exit)
  }

  #endAttempt(time: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.#attempt?.end(time, exit)
    if (this.own) this.record.implicitAttempt = undefined
    this.#attempt = undefined
  }

  /** Fills in what is not known yet. */
  add(fields: Readonly<Record<string, unknown>> | undefined): void {
    if (this.ended) return
    for (const field in fields) {
      if (fields[field] !== undefined && this.fields[field] === undefined && !this.plan.omitted.includes(field)) {
        this.fields[field] = fields[field]
      }
    }
  }

  /** The time, from what the context said at the start: it is asked for with every chunk. */
  now(): bigint {
    return this.#clock === undefined ? this.startTime : this.#clock.currentTimeNanosUnsafe()
  }

  /** Notes that chunks came in together, and gives the time. */
  chunks(count: number): bigint {
    const now = this.now()
    const { chunks } = this.record
    if (chunks === undefined) {
      const gaps: Array<number> = []
      for (let i = 1; i < count && i < maximumGaps; i++) gaps.push(0)
      this.record.chunks = { last: now, count, gaps }
      this.fields["timeToFirstChunk"] ??= seconds(this.startTime, now)
      return now
    }
    const gap = seconds(chunks.last, now)
    chunks.last = now
    chunks.count += count
    for (let i = 0; i < count && chunks.gaps.length < maximumGaps; i++) chunks.gaps.push(i === 0 ? gap : 0)
    return now
  }

  /** What came back was a failure, though nothing failed. */
  unsuccessful(): void {
    if (!this.ended) this.record.unsuccessful = true
  }

  /** The error's name, where the one that the exit has is not what the provider calls it. */
  errorType(type: string): void {
    if (!this.ended) this.span.attribute("error.type", type)
  }

  /** Ends the event; the effect that is left tells whoever runs the program. */
  end(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    if (this.ended) return undefined
    this.ended = true
    const { record, session } = this
    const now = spanTime(this.outer)
    this.#endAttempt(now, exit)
    if (!this.own) {
      foldInto(record.fields, this.fields)
      return undefined
    }
    finishRecord(this.outer, record, session, ownTracer(this.outer)?.content ?? true, exit, now)
    record.span!.end(now, exit)
    return session?.budget?.warning()
  }

  /** Ends the event where no effect can be run, in another library's callback. */
  endUnsafe(exit: Exit.Exit<unknown, unknown>): void {
    const left = this.end(exit)
    if (left !== undefined) Effect.runForkWith(this.outer)(left)
  }
}

const foldInto = (outer: Record<string, unknown>, inner: Readonly<Record<string, unknown>>): void => {
  const before = outer["usage"] as Usage.Usage | undefined
  const usage = inner["usage"] as Usage.Usage | undefined
  const another = outer["responseId"] !== undefined && outer["responseId"] !== inner["responseId"]
  addFields(outer, inner)
  if (before !== undefined && usage !== undefined && another) outer["usage"] = Usage.add(before, usage)
}

/** Opens an event, if the program wants to be traced here. @internal */
export const openEvent = (
  context: Context.Context<never>,
  plan: Plan,
  site: CallSite | undefined
): OpenEvent | undefined => tracerEnabled(context) ? new OpenEvent(context, plan, site) : undefined

/**
 * Traces an effect as an event that is told about while it happens. `self` gets the
 * event, or nothing where nothing is traced.
 *
 * @internal
 */
export const traceOpen = <A, E, R>(
  self: (event: OpenEvent | undefined) => Effect.Effect<A, E, R>,
  plan: Plan,
  site: CallSite | undefined,
  onSuccess: (event: OpenEvent, value: A) => void
): Effect.Effect<A, E, R> =>
  whenRoom(Effect.suspend(() => {
    let event: OpenEvent | undefined
    return Effect.onExitPrimitive(
      Effect.updateContext(Effect.suspend(() => self(event)), (context: Context.Context<R>): Context.Context<R> => {
        event = openEvent(context as Context.Context<never>, plan, site)
        return event === undefined ? context : event.inside as Context.Context<R>
      }),
      (exit) => {
        if (event === undefined) return undefined
        if (exit._tag === "Success") onSuccess(event, exit.value)
        return event.end(exit)
      }
    )
  }))

/** @internal */
export const succeeded: Exit.Exit<unknown, never> = Exit.void
