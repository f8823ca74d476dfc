/**
 * An event that starts and ends in different places: a stream, a call of another library.
 *
 * It is for work that one function cannot wrap. The event is opened, its facts are added as they become known, and it
 * ends once, with the first call of `end`.
 *
 * A model call inside another traced model call opens no event of its own: see `fold`.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { notBefore, seconds } from "../../../core/internal/time.ts"
import { whenRoom } from "../backpressure.ts"
import { isBudgeted } from "../budget/budgetsInForce.ts"
import type { SessionState } from "../session/sessionState.ts"
import { RecordedSpan } from "../span.ts"
import type { SpanSettings } from "../startSpan.ts"
import { spanSettings, timeOf, tracerEnabled } from "../startSpan.ts"
import type { ActiveEvent } from "./activeEvent.ts"
import { maximumGaps } from "./activeEvent.ts"
import { setAttemptFacts, settleCharge } from "./charge.ts"
import { fieldOf } from "./facts.ts"
import { attemptAt, enclosingSpan, eventOf, foldInto } from "./fold.ts"
import { endEvent, startAttempt, startEvent, withSpanInContext } from "./lifecycle.ts"
import type { Plan } from "./plan.ts"
import { attributesOf, beginEvent, linksOf } from "./plan.ts"

/** @internal */
export class OpenEvent {
  /** The event, or the outer event of a call inside it. */
  readonly record: ActiveEvent
  /** The facts of this call alone. It is the event itself, unless the call is inside another. */
  readonly #known: ActiveEvent
  readonly plan: Plan
  readonly outer: Context.Context<never>
  readonly site: CallSite | undefined
  readonly startTime: bigint
  /** Whether the call opened an event of its own. */
  readonly own: boolean
  readonly #settings: SpanSettings
  #attempt: Tracer.Span | undefined
  #inside: Context.Context<never> | undefined = undefined
  ended = false

  constructor(context: Context.Context<never>, plan: Plan, site: CallSite | undefined, startTime?: bigint) {
    this.outer = context
    this.plan = plan
    this.site = site
    const settings = this.#settings = spanSettings(context)
    this.startTime = startTime ?? timeOf(settings)
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

  /** The fields of this call alone. */
  get fields(): Record<string, unknown> {
    return this.#known.fields
  }

  /** The call that is compared with recordings. */
  get asked(): ActiveEvent {
    return this.#known
  }

  /** The session for which the event counts. */
  get session(): SessionState | undefined {
    return this.#settings.session
  }

  /** The span of the event. */
  get span(): Tracer.Span {
    return this.record.span!
  }

  /** The current attempt. */
  get attempt(): Tracer.Span | undefined {
    return this.#attempt
  }

  /** The context for making the call. Its spans are children of the attempt. */
  get inside(): Context.Context<never> {
    return this.#inside ??= this.contextOf(this.outer)
  }

  contextOf(context: Context.Context<never>): Context.Context<never> {
    return withSpanInContext(context, this.#attempt ?? this.span, this.plan.kind.span, this.site)
  }

  /** Starts the next attempt, and ends the current one if it has not ended. */
  nextAttempt(): void {
    if (this.ended || this.record.kind.attempt === undefined) return
    const now = this.now()
    this.#endAttempt(now, succeeded)
    this.#attempt = startAttempt(this.#settings, this.record, now)
    this.#inside = undefined
  }

  /** Ends the current attempt. Later spans do not belong to the call itself. */
  endAttempt(exit: Exit.Exit<unknown, unknown>): void {
    if (!this.ended) this.#endAttempt(this.now(), exit)
  }

  #endAttempt(time: bigint, exit: Exit.Exit<unknown, unknown>): void {
    setAttemptFacts(this.#attempt, this.#known)
    this.#attempt?.end(time, exit)
    if (this.own) this.record.implicitAttempt = undefined
    this.#attempt = undefined
  }

  /** Fills in fields that are not known yet. */
  add(fields: Readonly<Record<string, unknown>> | undefined): void {
    if (!this.ended) this.#known.fillIn(fields)
  }

  /** The time of the start's clock, which is not looked up again for every chunk. */
  now(): bigint {
    return timeOf(this.#settings)
  }

  /** Records chunks that arrived together, and returns the time. */
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

  /** The first chunk of a model or agent is also the first chunk of the enclosing agent and session. */
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

  /** Marks the answer as a failure, although nothing threw. */
  unsuccessful(): void {
    if (!this.ended) this.record.success = false
  }

  /** Sets the `error.type`, if the provider has its own name for the error. */
  errorType(type: string): void {
    if (!this.ended) this.span.attribute("error.type", type)
  }

  /** Ends the event, by default now. The returned effect logs warnings and updates budgets. */
  end(exit: Exit.Exit<unknown, unknown>, endTime?: bigint): Effect.Effect<void> | undefined {
    if (this.ended) return undefined
    this.ended = true
    const { record } = this
    const { session } = this.#settings
    const now = endTime === undefined ? this.now() : notBefore(this.startTime, endTime)
    if (this.own) settleCharge(this.outer, record, session, exit)
    else foldInto(this.outer, record, this.#known, session, exit)
    this.#endAttempt(now, exit)
    if (!this.own) return undefined
    return endEvent(this.outer, this.#settings, record, exit, now)
  }

  /** Ends the event in another library's callback, where no effect can run. */
  endUnsafe(exit: Exit.Exit<unknown, unknown>, endTime?: bigint): void {
    const left = this.end(exit, endTime)
    if (left !== undefined) Effect.runForkWith(this.outer)(left)
  }
}

/** Opens an event if tracing is enabled or a budget counts here. @internal */
export const openEvent = (
  context: Context.Context<never>,
  plan: Plan,
  site: CallSite | undefined,
  startTime?: bigint
): OpenEvent | undefined =>
  tracerEnabled(context) || isBudgeted(context) ? new OpenEvent(context, plan, site, startTime) : undefined

/**
 * Traces an effect as an event whose facts are added while it runs. `self` receives the event, or `undefined` if
 * nothing is traced.
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
