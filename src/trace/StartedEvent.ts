/**
 * Events that start and end in different places, such as two callbacks of another library, or the request and the last
 * chunk of its answer.
 *
 * If one effect covers the whole event, trace that effect with `traceLlm`, `traceTool` and similar functions. Otherwise
 * {@link start} the event, add its facts as they become known, and end it. Only the first end counts. The library's own
 * integrations are written this way.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import type { CallSite } from "../core/internal/callSite.ts"
import { errorType } from "../core/internal/failure.ts"
import { shallow, textOf, tryOrUndefined } from "../core/internal/inspect.ts"
import { isFixed64 } from "../core/internal/time.ts"
import * as ApiError from "../model/ApiError.ts"
import type { Fields, Values } from "../model/Field.ts"
import type { Caller } from "./Caller.ts"
import { siteOf } from "./Caller.ts"
import type { Kind } from "./EventKind.ts"
import type { StaticOptions } from "./EventOptions.ts"
import { whenRoom } from "./internal/backpressure.ts"
import { fieldsAs } from "./internal/event/facts.ts"
import { enclosingEvent } from "./internal/event/fold.ts"
import { contentFields, isContentLeftOut } from "./internal/event/leftOut.ts"
import type { OpenEvent } from "./internal/event/openEvent.ts"
import { openEvent, succeeded, traceOpen } from "./internal/event/openEvent.ts"
import type { Plan } from "./internal/event/plan.ts"
import { makePlan } from "./internal/event/plan.ts"

/**
 * An event that has started.
 *
 * **Details**
 *
 * Its functions take effect immediately, so any callback can call them, and none of them throws. After the event has
 * ended they do nothing. If the program is not traced they never do anything.
 *
 * @category models
 * @since 0.1.0
 */
export interface StartedEvent<in F extends Fields = never> {
  /** Whether there is a span. Without one, expensive facts need not be computed. */
  readonly isTraced: boolean
  /** The span of the event, above those of its attempts. `undefined` if the event is not traced. */
  readonly span: Tracer.Span | undefined
  /**
   * The context inside the event: spans and events that start in it are children of the event's current attempt. Read
   * it again after {@link nextAttempt}.
   */
  readonly context: Context.Context<never>
  /** Fills in fields that are not known yet. `undefined` adds nothing. */
  readonly add: (fields: Values<F> | undefined) => void
  /** Records that chunks of a streamed answer arrived now, by default one. */
  readonly chunk: (count?: number) => void
  /** Starts the next attempt, for a retry. The first attempt started with the event. */
  readonly nextAttempt: () => void
  /** Ends the current attempt while the event continues. It failed if there is an `error`. */
  readonly endAttempt: (...error: readonly [error?: unknown]) => void
  /** Marks the answer of the event as a failure, although nothing threw. `type` is its `error.type`. */
  readonly unsuccessful: (type?: string) => void
  /**
   * Ends the event with an exception of another library. Its `error.type` is the API's own code, see {@link ApiError}.
   * An aborted call counts as interrupted, not as failed. The end is now, or `endTime`, in nanoseconds since the epoch.
   */
  readonly fail: (error: unknown, endTime?: bigint) => void
  /** Ends the event, by default successfully and now. `endTime` is in nanoseconds since the epoch. */
  readonly end: (exit?: Exit.Exit<unknown, unknown>, endTime?: bigint) => void
}

/**
 * The options of an event at its start: its fields, `attributes` and `links`, and a function that reads more fields.
 *
 * @category models
 * @since 0.1.0
 */
export type Options<F extends Fields> = StaticOptions<F> & {
  /**
   * Reads further fields, only if the event is traced. Given fields take precedence. An exception is ignored.
   */
  readonly read?: (() => Values<F> | undefined) | undefined
  /**
   * The function of your library that the program has called. The event then has the source location of its caller. If
   * that call is already over, pass its {@link Caller}. Default: the line that starts the event. `null`: no location,
   * for a callback that the program did not cause directly.
   */
  readonly below?: ((...args: never) => unknown) | Caller | null | undefined
}

/**
 * The start of an event that is reported later.
 *
 * @category models
 * @since 0.1.0
 */
export interface StartTime {
  /** Nanoseconds since the epoch. The default is now, also in place of a time that a span cannot have. */
  readonly startTime?: bigint | undefined
}

class Started<F extends Fields> implements StartedEvent<F> {
  readonly open: OpenEvent | undefined
  readonly #outer: Context.Context<never>

  constructor(open: OpenEvent | undefined, outer: Context.Context<never>) {
    this.open = open
    this.#outer = outer
  }

  get isTraced(): boolean {
    return this.open !== undefined
  }

  get span(): Tracer.Span | undefined {
    return this.open?.span
  }

  get context(): Context.Context<never> {
    return this.open?.inside ?? this.#outer
  }

  readonly add = (fields: Values<F> | undefined): void => this.open?.add(shallow(fields))

  readonly chunk = (count = 1): void => {
    if (this.open !== undefined && !this.open.ended) this.open.chunks(Number.isSafeInteger(count) ? count : 1)
  }

  readonly nextAttempt = (): void => this.open?.nextAttempt()

  readonly endAttempt = (...error: readonly [error?: unknown]): void =>
    this.open?.endAttempt(error.length === 0 ? succeeded : Exit.fail(error[0]))

  readonly unsuccessful = (type?: string): void => {
    this.open?.unsuccessful()
    if (type !== undefined) this.open?.errorType(textOf(type))
    this.end()
  }

  readonly fail = (error: unknown, endTime?: bigint): void => {
    if (this.open === undefined) return
    const { code, interrupted } = tryOrUndefined(() => ApiError.read(error)) ??
      { code: errorType(error), interrupted: false }
    if (interrupted) return this.end(Exit.interrupt(), endTime)
    this.open.errorType(code)
    this.end(Exit.fail(error), endTime)
  }

  readonly end = (exit: Exit.Exit<unknown, unknown> = succeeded, endTime?: bigint): void =>
    this.open?.endUnsafe(exit, isFixed64(endTime) ? endTime : undefined)
}

/** The open event inside a started one. @internal */
export const openOf = (event: StartedEvent): OpenEvent | undefined => (event as Started<Fields>).open

/** @internal */
export const planOf = <F extends Fields>(kind: Kind<F>, options: Options<F> | undefined): Plan => {
  const { below: _, read, startTime: __, ...rest } = shallow(options) as Options<Fields> & StartTime
  return makePlan(kind as unknown as Kind<Fields>, rest, read)
}

const startAt = <F extends Fields>(
  kind: Kind<F>,
  options: (Options<F> & StartTime) | undefined,
  context: Context.Context<never>,
  site: CallSite | undefined
): StartedEvent<F> => {
  const plan = planOf(kind, options)
  const isLeftOut = isContentLeftOut(context)
  const startTime = isFixed64(options?.startTime) ? options.startTime : undefined
  const open = openEvent(context, isLeftOut ? withoutContent(plan) : plan, site, startTime)
  if (isLeftOut && open?.own === true) open.record.isLeftOut = true
  return new Started(open, context)
}

const withoutContent = (plan: Plan): Plan => {
  const options: Record<string, unknown> = { ...plan.options }
  for (const name of contentFields(plan.kind)) options[name] = null
  return { ...plan, options }
}

/**
 * Starts an event.
 *
 * **Details**
 *
 * The event is a child of the current span and counts for the current session. A model call inside a traced model call
 * is the same call, seen by a framework and by the SDK under it. It becomes an attempt at the outer call, which gets
 * its facts.
 *
 * **Gotchas**
 *
 * You must end the event. An event that is never ended is never exported.
 *
 * **Example** (a request and its answer, in two callbacks)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Event, Exporter, ToolEvent } from "effect-agentops"
 *
 * const program = Effect.gen(function*() {
 *   const search = yield* Event.start(ToolEvent.ToolEvent, { name: "search", parameters: { query: "shoes" } })
 *   const onResult = (result: string) => {
 *     search.add({ result })
 *     search.end()
 *   }
 *   yield* Effect.promise(() => Promise.resolve("3 pairs").then(onResult))
 *   const memory = yield* Exporter.Memory
 *   return (yield* memory.spans).map((span) => span.name)
 * })
 * const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
 * await Effect.runPromise(Effect.provide(program, TestLive)) // => ["tool.execution", "agent.tool"]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = <F extends Fields>(
  kind: Kind<F>,
  options?: Options<F> & StartTime
): Effect.Effect<StartedEvent<F>> => {
  const site = siteOf(options?.below, start)
  return whenRoom(
    Effect.contextWith((context: Context.Context<never>) => Effect.sync(() => startAt(kind, options, context, site)))
  )
}

/**
 * Starts an event in a given context, synchronously: for the callbacks of another library.
 *
 * **Details**
 *
 * The context is that of an effect, from `Effect.context()`, or that of another started event, which becomes the
 * parent.
 *
 * **Example** (a tool inside an agent)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentEvent, AgentOps, Event, Exporter, ToolEvent } from "effect-agentops"
 *
 * const program = Effect.gen(function*() {
 *   const context = yield* Effect.context()
 *   const agent = Event.startUnsafe(context, AgentEvent.AgentEvent, { name: "planner" })
 *   const tool = Event.startUnsafe(agent.context, ToolEvent.ToolEvent, { name: "search" })
 *   tool.end()
 *   agent.end()
 *   const memory = yield* Exporter.Memory
 *   const [, search, planner] = yield* memory.spans
 *   return search.parentSpanId === planner.spanId
 * })
 * const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
 * await Effect.runPromise(Effect.provide(program, TestLive)) // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const startUnsafe = <F extends Fields>(
  context: Context.Context<never>,
  kind: Kind<F>,
  options?: Options<F> & StartTime
): StartedEvent<F> => startAt(kind, options, context, siteOf(options?.below, startUnsafe))

/**
 * Traces an effect as an event whose facts are added while it runs.
 *
 * **When to use**
 *
 * If one effect covers the whole event, but its facts become known step by step, such as the attempts of a client or
 * the server that it calls.
 *
 * **Details**
 *
 * The event ends with the effect, whatever its exit.
 *
 * **Example** (a client that retries by itself)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Event, ToolEvent } from "effect-agentops"
 *
 * const client = { get: (onRetry: () => void) => Promise.resolve().then(onRetry).then(() => "3 pairs") }
 *
 * const search = Event.traceWith(ToolEvent.ToolEvent, { name: "search" }, (event) =>
 *   Effect.promise(() => client.get(event.nextAttempt)).pipe(
 *     Effect.tap((result) => Effect.sync(() => event.add({ result })))
 *   ))
 * await Effect.runPromise(search) // => "3 pairs"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceWith = <F extends Fields, A, E, R>(
  kind: Kind<F>,
  options: Options<F>,
  self: (event: StartedEvent<F>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const site = siteOf(options.below, traceWith)
  return traceOpen(
    (event) =>
      event === undefined
        ? Effect.contextWith((context: Context.Context<never>) => self(new Started(undefined, context)))
        : self(new Started(event, event.outer)),
    planOf(kind, options),
    site,
    () => {}
  )
}

/**
 * The known fields of the current event of a kind, if the effect runs inside one. Otherwise `undefined`.
 *
 * **When to use**
 *
 * In an integration, to skip an event that the program already traces itself.
 *
 * **Example** (a tool that the program traces)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Event, Session, ToolEvent, traceTool } from "effect-agentops"
 *
 * const name = Effect.map(Event.enclosing(ToolEvent.ToolEvent), (tool) => tool?.name)
 * await Effect.runPromise(name.pipe(traceTool("search"), Session.withSession({ name: "s" }))) // => "search"
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export const enclosing = <F extends Fields>(kind: Kind<F>): Effect.Effect<Values<F> | undefined> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.sync(() => {
      const event = enclosingEvent(context, kind)
      return event === undefined ? undefined : fieldsAs(event, kind)
    })
  )

/** Wraps an open event for use from outside. @internal */
export const startedOf = <F extends Fields>(
  open: OpenEvent | undefined,
  outer: Context.Context<never>
): StartedEvent<F> => new Started<F>(open, outer)
