/**
 * The session of an execution: one, through all of its runs in this process, and a part of it in any other.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import * as Activity from "effect/workflow/Activity"
import type * as Workflow from "effect/workflow/Workflow"
import type { WorkflowEngine, WorkflowInstance } from "effect/workflow/WorkflowEngine"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { sampledFlag } from "../../../core/internal/traceState.ts"
import * as Usage from "../../../model/Usage.ts"
import { isLoaded, load } from "../../../trace/internal/onDemand.ts"
import { CurrentSession, currentSession, sessionOf } from "../../../trace/internal/session/currentSession.ts"
import type { ActiveSession } from "../../../trace/internal/session/runSession.ts"
import { endSession, startSession } from "../../../trace/internal/session/runSession.ts"
import { SessionState } from "../../../trace/internal/session/sessionState.ts"
import { RecordedSpan } from "../../../trace/internal/span.ts"
import { clockTime, currentParent, ownTracer } from "../../../trace/internal/startSpan.ts"
import type { Options as SessionOptions } from "../../../trace/SessionOptions.ts"
import { makeService, provide, Session } from "../../../trace/SessionService.ts"
import type { Totals } from "./envelope.ts"
import { totalsOfPart } from "./envelope.ts"
import { baseOf, LazyTracer } from "./lazyTracer.ts"

/** Of the library's own activities: they are no steps of the workflow, and have no spans. @internal */
export const ownActivity = "effect-agentops/"

/** Where the session began, as the engine keeps it. */
const Begun = Schema.Struct({
  traceId: Schema.String,
  spanId: Schema.String,
  flags: Schema.Natural,
  began: Schema.Finite
})

type Begun = typeof Begun.Type

const nanosPerMilli = BigInt(1_000_000)
const toMillis = (nanos: bigint): number => Number(nanos / nanosPerMilli)

/** @internal */
export class Execution {
  readonly active: ActiveSession
  readonly #options: SessionOptions
  readonly #service: ReturnType<typeof makeService>
  readonly #startTime: bigint
  /** Activities whose totals are in the session's. */
  readonly #counted = new Set<string>()
  /** When it stopped last, where this process knows. */
  #suspendedAt: bigint | undefined
  #timer: Fiber.Fiber<void> | undefined
  /** The end of the last activity that another process has done, and how long the session had waited by then. */
  #lastEnded = -1
  isInterrupted = false

  constructor(active: ActiveSession, options: SessionOptions) {
    this.active = active
    this.#options = options
    this.#service = makeService(active)
    this.#startTime = active.state.startTime
  }

  get state(): SessionState {
    return this.active.state
  }

  get #now(): bigint {
    return clockTime(this.active.context)
  }

  /** Where it was started may have ended, and counts no more. */
  #settleWhole(): void {
    const { state } = this
    if (state.whole?.endTime !== undefined) state.whole = undefined
  }

  /** For what a run does outside of its activities. */
  inside<R>(context: Context.Context<R>): Context.Context<R> {
    this.#settleWhole()
    const tracer = ownTracer(context as Context.Context<never>)
    const within = provide(context, this.#service)
    return tracer === undefined ? within : Context.add(within, Tracer.Tracer, new LazyTracer(baseOf(tracer))) as never
  }

  /** A part of the session for one activity, which counts for the session too. */
  part(): SessionState {
    this.#settleWhole()
    const { budgets, id, name, tenant, traceId } = this.state
    const part = new SessionState(id, traceId, name, this.#now)
    part.whole = this.state
    part.budgets = budgets
    part.tenant = tenant
    return part
  }

  /** For what an activity does. */
  insidePart<R>(context: Context.Context<R>, part: SessionState, span: Tracer.Span | undefined): Context.Context<R> {
    const root = span ?? this.active.span
    const service = makeService({ ...this.active, state: part, span: root })
    // What is set of the session is set of the whole.
    const { addMetadata, addTags, setAgent, setEndState, setInput, setOutput, setTags, setUserId } = this.#service
    Object.assign(service, { addMetadata, addTags, setAgent, setEndState, setInput, setOutput, setTags, setUserId })
    const tracer = ownTracer(context as Context.Context<never>)
    const within = provide(context, service)
    return tracer === undefined ? within : Context.add(within, Tracer.Tracer, baseOf(tracer)) as never
  }

  totals(part: SessionState): Totals {
    return totalsOfPart(part, this.state.waitedNanos, this.#now)
  }

  /** An activity has run here: its totals are in the session's. */
  ran(activity: string): void {
    this.#counted.add(activity)
  }

  /** An activity was done in an earlier run, maybe in another process. */
  replayed(activity: string, totals: Totals | undefined): void {
    if (totals === undefined || this.#counted.has(activity)) return
    this.#counted.add(activity)
    const { state } = this
    state.llmCalls += totals.llmCalls
    state.toolCalls += totals.toolCalls
    state.actions += totals.actions
    state.errors += totals.errors
    state.unpricedCalls += totals.unpricedCalls
    state.costNanos += totals.costNanos
    state.usage = Usage.add(state.usage, totals.usage)
    if (totals.ended <= this.#lastEnded) return
    this.#lastEnded = totals.ended
    const waited = toMillis(this.#startTime) - totals.ended
    state.waitedNanos = BigInt(Math.round(totals.waited + Math.max(0, waited))) * nanosPerMilli
  }

  resumed(): Effect.Effect<void> {
    if (this.#suspendedAt !== undefined) this.state.waitedNanos += this.#now - this.#suspendedAt
    this.#suspendedAt = undefined
    const timer = this.#timer
    this.#timer = undefined
    return timer === undefined ? Effect.void : Fiber.interrupt(timer)
  }

  suspended(timer: Effect.Effect<Fiber.Fiber<void>>): Effect.Effect<void> {
    this.#suspendedAt = this.#now
    return Effect.map(timer, (fiber) => void (this.#timer = fiber))
  }

  /** Ends the part that is here; another process, or a later run, has the rest. */
  leave(): Effect.Effect<void> {
    const { onEnd: _, output: __, ...options } = this.#options
    this.state.isSuspended = true
    return endSession(this.active, Exit.void, options) ?? Effect.void
  }

  end(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    return endSession(this.active, exit, this.#options) ?? Effect.void
  }
}

/** @internal */
export interface ExecutionOptions {
  readonly site: CallSite
  readonly keepOpen: Duration.Duration
  readonly session: ((workflow: Workflow.Any, payload: unknown, executionId: string) => SessionOptions) | undefined
}

/** Whether it is started in a session, or by another process, which may have one. */
const isInside = (context: Context.Context<never>): boolean => {
  if (currentSession(context) !== undefined) return true
  let span = Option.getOrUndefined(currentParent(context))
  while (span?._tag === "Span") span = Option.getOrUndefined(span.parent)
  return span !== undefined
}

const flagsOf = (span: Tracer.Span): number =>
  span instanceof RecordedSpan ? span.traceFlags : span.sampled ? sampledFlag : 0

/** The executions that are under way, or wait, in this process. @internal */
export const makeExecutions = Effect.fnUntraced(function*(
  { keepOpen, session, site }: ExecutionOptions
): Effect.fn.Return<Executions, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const open = new Map<string, Execution>()

  // Those that wait when the runtime ends go on elsewhere.
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      const all = Array.from(open.values())
      open.clear()
      return Effect.forEach(all, (execution) => execution.leave(), { discard: true })
    })
  )

  const optionsOf = (workflow: Workflow.Any, payload: unknown, executionId: string): SessionOptions => {
    const name = workflow._tag
    // It is the program's, and what it throws is not to fail the workflow.
    const given = Effect.runSync(Effect.option(Effect.try(() => session?.(workflow, payload, executionId))))
    return { name, ...Option.getOrUndefined(given) }
  }

  /** Goes on with a session whose beginning the engine has kept. */
  const goOn = (context: Context.Context<never>, options: SessionOptions, begun: Begun): ActiveSession => {
    const zero = { llmCalls: 0, toolCalls: 0, actions: 0, errors: 0, unpricedCalls: 0, costNanos: 0, spentNanos: 0 }
    const now = toMillis(clockTime(context))
    const { began, ...root } = begun
    // Whoever wakes it may still be in the part that has ended.
    const outside = Context.omit(Tracer.ParentSpan, Session, CurrentSession)(context) as Context.Context<never>
    const active = startSession(outside, options, site, {
      ...root,
      ...zero,
      name: options.name!,
      turns: 0,
      began,
      suspended: now,
      deadline: now,
      waited: 0,
      usage: Usage.zero
    })
    // A session of the caller's that runs in this process counts what is done here.
    const caller = sessionOf(Tracer.externalSpan({ traceId: begun.traceId, spanId: begun.spanId }))
    if (caller !== active.state) active.state.whole ??= caller
    return active
  }

  const enter = Effect.fnUntraced(function*(workflow: Workflow.Any, payload: unknown, executionId: string) {
    if (!isLoaded()) yield* load
    const known = open.get(executionId)
    if (known !== undefined) {
      yield* known.resumed()
      return known
    }
    const context = yield* Effect.context<never>()
    const options = optionsOf(workflow, payload, executionId)
    let started: ActiveSession | undefined
    const begin = Activity.make({
      name: `${ownActivity}session`,
      success: Begun,
      execute: Effect.sync(() => {
        started = startSession(context, options, site, isInside(context))
        const { span, state } = started
        return { traceId: span.traceId, spanId: span.spanId, flags: flagsOf(span), began: toMillis(state.startTime) }
      })
    })
    const begun = yield* Effect.withTracerEnabled(begin, false)
    const execution = new Execution(started ?? goOn(context, options, begun), options)
    open.set(executionId, execution)
    return execution
  })

  /** A run stops: for a while, or for good. */
  const exited = (executionId: string, execution: Execution, exit: Exit.Exit<unknown, unknown>, how: RunEnd) =>
    Effect.suspend((): Effect.Effect<void> => {
      if (how === "suspended") {
        const leave = Effect.suspend(() => {
          if (open.get(executionId) !== execution) return Effect.void
          open.delete(executionId)
          return execution.leave()
        })
        return execution.suspended(
          Duration.isFinite(keepOpen)
            ? Effect.forkIn(Effect.delay(leave, keepOpen), scope)
            : Effect.forkIn(Effect.never, scope)
        )
      }
      open.delete(executionId)
      return how === "abandoned" ? execution.leave() : execution.end(exit)
    })

  const interrupted = (executionId: string) =>
    Effect.sync(() => {
      const execution = open.get(executionId)
      if (execution !== undefined) execution.isInterrupted = true
    })

  return { enter, exited, interrupted }
})

/** How a run stopped: it has its result, waits, or is left to another process. @internal */
export type RunEnd = "complete" | "suspended" | "abandoned"

/** @internal */
export interface Executions {
  readonly enter: (
    workflow: Workflow.Any,
    payload: unknown,
    executionId: string
  ) => Effect.Effect<Execution, never, WorkflowEngine | WorkflowInstance>
  readonly exited: (
    executionId: string,
    execution: Execution,
    exit: Exit.Exit<unknown, unknown>,
    how: RunEnd
  ) => Effect.Effect<void>
  readonly interrupted: (executionId: string) => Effect.Effect<void>
}
