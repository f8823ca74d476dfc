/**
 * An event with its ends in two places: a stream, a call of another library.
 *
 * Where one function cannot wrap the whole of what is traced, it is opened, told
 * what becomes known, and ended: once, whoever is first.
 *
 * A model call that another traced model call makes opens no event of its own: see
 * `fold`.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { whenRoom } from "../backpressure.ts"
import { isBudgeted } from "../budget/budgetsInForce.ts"
import { seconds } from "../measure/event.ts"
import type { SessionState } from "../session/sessionState.ts"
import { RecordedSpan } from "../span.ts"
import type { SpanSettings } from "../startSpan.ts"
import { spanSettings, timeOf, tracerEnabled } from "../startSpan.ts"
import type { ActiveEvent } from "./activeEvent.ts"
import { maximumGaps } from "./activeEvent.ts"
import { settleCharge, tellAttempt } from "./charge.ts"
import { fieldOf } from "./facts.ts"
import { attemptAt, enclosingSpan, eventOf, foldInto } from "./fold.ts"
import { endEvent, startAttempt, startEvent, withSpanInContext } from "./lifecycle.ts"
import type { Plan } from "./plan.ts"
import { attributesOf, beginEvent, linksOf } from "./plan.ts"

/** @internal */
export class OpenEvent {
  /** The event, or the outer event that this is the inside of. */
  readonly record: ActiveEvent
  /** What is known of this call alone; the event itself, unless it is the inside of another. */
  readonly #known: ActiveEvent
  readonly plan: Plan
  readonly outer: Context.Context<never>
  readonly site: CallSite | undefined
  readonly startTime: bigint
  /** Whether it opened an event, rather than being the inside of another. */
  readonly own: boolean
  readonly #settings: SpanSettings
  #attempt: Tracer.Span | undefined
  #inside: Context.Context<never> | undefined = undefined
  ended = false

  constructor(context: Context.Context<never>, plan: Plan, site: CallSite | undefined) {
    this.outer = context
    this.plan = plan
    this.site = site
    const settings = this.#settings = spanSettings(context)
    this.startTime = timeOf(settings)
    const around = plan.kind.category === "modelCall" ? enclosingSpan(context, plan.kind) : undefined
    const enclosing = eventOf(context, around)
    const known = this.#known = beginEvent(plan, site)
    this.own = enclosing === undefined
    if (around === undefined || enclosing === undefined) {
      this.record = known
      startEvent(context, settings, known, attributesOf(plan), linksOf(plan), this.startTime)
      this.#attempt = known.implicitAttempt
    } else {
      this.record = enclosing
      this.#attempt = attemptAt(enclosing, around, () => startAttempt(settings, enclosing, this.startTime))
    }
  }

  /** What is known of this call alone. */
  get fields(): Record<string, unknown> {
    return this.#known.fields
  }

  /** What is asked by this call alone. */
  get asked(): ActiveEvent {
    return this.#known
  }

  /** The session that it counts for. */
  get session(): SessionState | undefined {
    return this.#settings.session
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
    const now = this.now()
    this.#endAttempt(now, succeeded)
    this.#attempt = startAttempt(this.#settings, this.record, now)
    this.#inside = undefined
  }

  /** Ends the attempt under way: what follows is no longer the call itself. */
  endAttempt(exit: Exit.Exit<unknown, unknown>): void {
    if (!this.ended) this.#endAttempt(this.now(), exit)
  }

  #endAttempt(time: bigint, exit: Exit.Exit<unknown, unknown>): void {
    tellAttempt(this.#attempt, this.#known)
    this.#attempt?.end(time, exit)
    if (this.own) this.record.implicitAttempt = undefined
    this.#attempt = undefined
  }

  /** Fills in what is not known yet. */
  add(fields: Readonly<Record<string, unknown>> | undefined): void {
    if (!this.ended) this.#known.fillIn(fields)
  }

  /** The time, from what the context said at the start: it is asked for with every chunk. */
  now(): bigint {
    return timeOf(this.#settings)
  }

  /** Notes that chunks came in together, and gives the time. */
  chunks(count: number): bigint {
    const now = this.now()
    const { chunks } = this.record
    if (chunks === undefined) {
      const gaps: Array<number> = []
      for (let i = 1; i < count && i < maximumGaps; i++) gaps.push(0)
      this.record.chunks = { last: now, count, gaps }
      this.#firstChunk(now)
      const field = fieldOf(this.#known.kind, "timeToFirstChunk")
      if (field !== undefined) this.#known.fillIn({ [field]: seconds(this.startTime, now) })
      return now
    }
    const gap = seconds(chunks.last, now)
    chunks.last = now
    chunks.count += count
    for (let i = 0; i < count && chunks.gaps.length < maximumGaps; i++) chunks.gaps.push(i === 0 ? gap : 0)
    return now
  }

  /** The first chunk of a model or an agent is that of the agent around it, and of the session. */
  #firstChunk(now: bigint): void {
    const { category } = this.record.kind
    if (category !== "modelCall" && category !== "agent") return
    this.#settings.session?.firstChunk(now)
    const { span } = this.record
    const agent = span instanceof RecordedSpan ? span.agent : undefined
    const field = agent === undefined ? undefined : fieldOf(agent.kind, "timeToFirstChunk")
    if (agent?.span !== undefined && field !== undefined) {
      agent.fillIn({ [field]: seconds(agent.span.status.startTime, now) })
    }
  }

  /** What came back was a failure, though nothing failed. */
  unsuccessful(): void {
    if (!this.ended) this.record.success = false
  }

  /** The error's name, where the one that the exit has is not what the provider calls it. */
  errorType(type: string): void {
    if (!this.ended) this.span.attribute("error.type", type)
  }

  /** Ends the event; the effect that is left tells whoever runs the program. */
  end(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    if (this.ended) return undefined
    this.ended = true
    const { record } = this
    const { session } = this.#settings
    const now = this.now()
    if (this.own) settleCharge(this.outer, record, session, exit)
    else foldInto(this.outer, record, this.#known, session, exit)
    this.#endAttempt(now, exit)
    if (!this.own) return undefined
    return endEvent(this.outer, this.#settings, record, exit, now)
  }

  /** Ends the event where no effect can be run, in another library's callback. */
  endUnsafe(exit: Exit.Exit<unknown, unknown>): void {
    const left = this.end(exit)
    if (left !== undefined) Effect.runForkWith(this.outer)(left)
  }
}

/** Opens an event, if the program wants to be traced here. @internal */
export const openEvent = (
  context: Context.Context<never>,
  plan: Plan,
  site: CallSite | undefined
): OpenEvent | undefined =>
  tracerEnabled(context) || isBudgeted(context) ? new OpenEvent(context, plan, site) : undefined

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
