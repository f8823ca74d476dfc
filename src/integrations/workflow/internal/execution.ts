/**
 * The session of an execution: one session for all runs in this process, and a continuation of it in any other process.
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

/** The name prefix of the library's own activities. They are not steps of the workflow and have no spans. @internal */
export const ownActivity = "effect-agentops/"

/** The start of the session, as the engine stores it. */
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
  /** The activities whose totals are already in the session's totals. */
  readonly #counted = new Set<string>()
  /** When the execution was last suspended, if it was suspended in this process. */
  #suspendedAt: bigint | undefined
  #timer: Fiber.Fiber<void> | undefined
  /** The latest end of an activity of another process. */
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

  /** Detaches the session in which the execution started, if it has ended. */
  #leaveWhole(): void {
    const { state } = this
    if (state.whole?.endTime !== undefined) state.whole = undefined
  }

  /** The context for code of a run outside of its activities. */
  inside<R>(context: Context.Context<R>): Context.Context<R> {
    this.#leaveWhole()
    const tracer = ownTracer(context as Context.Context<never>)
    const within = provide(context, this.#service)
    return tracer === undefined ? within : Context.add(within, Tracer.Tracer, new LazyTracer(baseOf(tracer))) as never
  }

  /** A part of the session for one activity. Its totals also count for the session. */
  part(): SessionState {
    this.#leaveWhole()
    const { budgets, id, name, tenant, traceId } = this.state
    const part = new SessionState(id, traceId, name, this.#now)
    part.whole = this.state
    part.budgets = budgets
    part.tenant = tenant
    return part
  }

  /** The context for code of an activity. */
  insidePart<R>(context: Context.Context<R>, part: SessionState, span: Tracer.Span | undefined): Context.Context<R> {
    const root = span ?? this.active.span
    const service = makeService({ ...this.active, state: part, span: root })
    // Setters apply to the whole session.
    const { addMetadata, addTags, setAgent, setEndState, setInput, setOutput, setTags, setUserId } = this.#service
    Object.assign(service, { addMetadata, addTags, setAgent, setEndState, setInput, setOutput, setTags, setUserId })
    const tracer = ownTracer(context as Context.Context<never>)
    const within = provide(context, service)
    return tracer === undefined ? within : Context.add(within, Tracer.Tracer, baseOf(tracer)) as never
  }

  totals(part: SessionState): Totals {
    return totalsOfPart(part, this.state.waitedNanos, this.#now)
  }

  /** Records that an activity ran here, so its totals are in the session's totals. */
  ran(activity: string): void {
    this.#counted.add(activity)
  }

  /** Adds the totals of an activity that ran earlier, possibly in another process. */
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

  /** Ends this process's part of the session. Another process or a later run continues it. */
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

/** Whether the execution starts in a session, or was started by another process that may have one. */
const isInside = (context: Context.Context<never>): boolean => {
  if (currentSession(context) !== undefined) return true
  let span = Option.getOrUndefined(currentParent(context))
  while (span?._tag === "Span") span = Option.getOrUndefined(span.parent)
  return span !== undefined
}

const flagsOf = (span: Tracer.Span): number =>
  span instanceof RecordedSpan ? span.traceFlags : span.sampled ? sampledFlag : 0

/** The running and waiting executions of this process. @internal */
export const makeExecutions = Effect.fnUntraced(function*(
  { keepOpen, session, site }: ExecutionOptions
): Effect.fn.Return<Executions, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const open = new Map<string, Execution>()

  // Waiting executions continue in another process.
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      const all = Array.from(open.values())
      open.clear()
      return Effect.forEach(all, (execution) => execution.leave(), { discard: true })
    })
  )

  const optionsOf = (workflow: Workflow.Any, payload: unknown, executionId: string): SessionOptions => {
    const name = workflow._tag
    // The function is the program's, and its errors must not fail the workflow.
    const given = Effect.runSync(Effect.option(Effect.try(() => session?.(workflow, payload, executionId))))
    return { name, ...Option.getOrUndefined(given) }
  }

  /** Continues a session whose start the engine has stored. */
  const goOn = (context: Context.Context<never>, options: SessionOptions, begun: Begun): ActiveSession => {
    const zero = { llmCalls: 0, toolCalls: 0, actions: 0, errors: 0, unpricedCalls: 0, costNanos: 0, spentNanos: 0 }
    const now = toMillis(clockTime(context))
    const { began, ...root } = begun
    // The fiber that resumes the execution may still be inside of the ended part.
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
    // If the caller's session runs in this process, the work done here counts for it.
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

  /** Handles the end of a run, which may be final or a suspension. */
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

/** How a run ended: with a result, suspended, or left to another process. @internal */
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
