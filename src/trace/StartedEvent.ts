/**
 * An event whose two ends are in different places: in two callbacks of another
 * library, at the request and at the last chunk of its answer.
 *
 * Where one effect is the whole of what happens, trace that effect, by `traceLlm`,
 * `traceTool` and their kin. Where it is not, {@link start} the event, tell it what
 * becomes known, and end it: once, whoever is first. This is what the library's own
 * integrations are written with.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import type { CallSite } from "../core/internal/callSite.ts"
import { callSite } from "../core/internal/callSite.ts"
import { errorType } from "../core/internal/failure.ts"
import { attempt, shallow, textOf } from "../core/internal/look.ts"
import * as ApiError from "../model/ApiError.ts"
import type { Fields, Values } from "../model/Field.ts"
import type { Kind } from "./EventKind.ts"
import type { StaticOptions } from "./EventOptions.ts"
import { whenRoom } from "./internal/backpressure.ts"
import { fieldsAs } from "./internal/event/facts.ts"
import { enclosingEvent } from "./internal/event/fold.ts"
import type { OpenEvent } from "./internal/event/openEvent.ts"
import { openEvent, succeeded, traceOpen } from "./internal/event/openEvent.ts"
import type { Plan } from "./internal/event/plan.ts"
import { makePlan } from "./internal/event/plan.ts"

/**
 * An event that has begun.
 *
 * **Details**
 *
 * Its functions take effect at once, so that they can be called from any callback;
 * none of them throws. After the event has ended they do nothing. Where the program
 * is not traced they never do anything.
 *
 * @category models
 * @since 0.1.0
 */
export interface StartedEvent<in F extends Fields = never> {
  /** Whether there is a span. What costs time to find out need not be told where there is none. */
  readonly isTraced: boolean
  /** The span of the event, above those of its attempts; nothing where the event is not traced. */
  readonly span: Tracer.Span | undefined
  /**
   * For what happens inside of the event: spans and events that start in this context are its
   * children. It is of the attempt under way, so ask for it anew after {@link nextAttempt}.
   */
  readonly context: Context.Context<never>
  /** Fills in fields that are not known yet; `undefined` tells nothing. */
  readonly add: (fields: Values<F> | undefined) => void
  /** Notes that so many chunks of a streamed answer have come now; default 1. */
  readonly chunk: (count?: number) => void
  /** The next attempt begins: a retry. The first one began with the event. */
  readonly nextAttempt: () => void
  /** The attempt is over while the event goes on: it failed with `error`, or came to its end. */
  readonly endAttempt: (...error: readonly [error?: unknown]) => void
  /** Ends the event with an answer that is a failure, though nothing failed; `type` is its `error.type`. */
  readonly unsuccessful: (type?: string) => void
  /**
   * Ends the event by what another library threw. Its `error.type` is the API's own code, see
   * {@link ApiError}; an aborted call has not failed, but was interrupted.
   */
  readonly fail: (error: unknown) => void
  /** Ends the event; by default, in success. */
  readonly end: (exit?: Exit.Exit<unknown, unknown>) => void
}

/**
 * What an event can be told when it starts: its fields, `attributes` and `links`, and how to
 * find out more.
 *
 * @category models
 * @since 0.1.0
 */
export type Options<F extends Fields> = StaticOptions<F> & {
  /**
   * Reads further fields, only where the event is traced. Fields that are given win. What it
   * throws is let go.
   */
  readonly read?: (() => Values<F> | undefined) | undefined
  /**
   * The function of your library that the program has called: the event names the line of its
   * caller. Or that {@link Caller}, where the call is over by now. Default: the line that starts
   * the event. `null`: no line, where a callback starts it that none of the program's has called.
   */
  readonly below?: ((...args: never) => unknown) | Caller | null | undefined
}

/**
 * Who called a function of your library, see {@link caller}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Caller {
  /** The frame as the runtime writes it, such as `at main (file:///app/agent.ts:12:3)`, if there is one. */
  readonly frame: () => string | undefined
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

  readonly fail = (error: unknown): void => {
    if (this.open === undefined) return
    const { code, interrupted } = attempt(() => ApiError.read(error)) ?? { code: errorType(error), interrupted: false }
    if (interrupted) return this.end(Exit.interrupt())
    this.open.errorType(code)
    this.end(Exit.fail(error))
  }

  readonly end = (exit: Exit.Exit<unknown, unknown> = succeeded): void => this.open?.endUnsafe(exit)
}

/** The event behind a started one. @internal */
export const openOf = (event: StartedEvent): OpenEvent | undefined => (event as Started<Fields>).open

/** @internal */
export const planOf = <F extends Fields>(kind: Kind<F>, options: Options<F> | undefined): Plan => {
  const { below: _, read, ...rest } = shallow(options) as Options<Fields>
  return makePlan(kind as unknown as Kind<Fields>, rest, read)
}

type Below = Options<Fields>["below"]

/** The line of whoever called the function of the library, or this one. @internal */
export const siteOf = (below: Below, own: (...args: never) => unknown): CallSite | undefined =>
  below === null ? undefined : typeof below === "object" ? below : callSite(below ?? own)

/**
 * Remembers who calls a function of your library, for events that start when that call is over.
 *
 * **When to use**
 *
 * In a wrapper that lends a client: its calls are made later, by code of the SDK's own.
 *
 * **Example** (a client that is lent)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Event, LlmEvent } from "effect-agentops"
 *
 * const lend = <A>(f: (ask: () => Promise<string>) => Promise<A>): Effect.Effect<A> => {
 *   const below = Event.caller(lend)
 *   return Effect.contextWith((context) =>
 *     Effect.promise(() =>
 *       f(async () => {
 *         const event = Event.startUnsafe(context, LlmEvent.LlmEvent, { model: "gpt-4o", below })
 *         event.end()
 *         return "Hello!"
 *       })
 *     )
 *   )
 * }
 * await Effect.runPromise(lend((ask) => ask())) // => "Hello!"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const caller = (below: (...args: never) => unknown): Caller => callSite(below)

const startAt = <F extends Fields>(
  kind: Kind<F>,
  options: Options<F> | undefined,
  context: Context.Context<never>,
  site: CallSite | undefined
): StartedEvent<F> => new Started(openEvent(context, planOf(kind, options), site), context)

/**
 * Starts an event where the effect runs.
 *
 * **Details**
 *
 * The event is a child of the span that it starts in, and counts for the session
 * there. A model call that starts inside of a traced model call is the same call
 * seen twice, by a framework and by the SDK under it: it is an attempt at the outer
 * one, which gets its facts.
 *
 * **Gotchas**
 *
 * Nobody ends it but you: an event that is never ended is never exported.
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
  options?: Options<F>
): Effect.Effect<StartedEvent<F>> => {
  const site = siteOf(options?.below, start)
  return whenRoom(
    Effect.contextWith((context: Context.Context<never>) => Effect.sync(() => startAt(kind, options, context, site)))
  )
}

/**
 * Starts an event in a context, at once: for the callbacks of another library.
 *
 * **Details**
 *
 * The context is that of an effect, from `Effect.context()`, or that of another
 * started event, whose child the new one then is.
 *
 * **Example** (a tool inside of an agent)
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
  options?: Options<F>
): StartedEvent<F> => startAt(kind, options, context, siteOf(options?.below, startUnsafe))

/**
 * Traces an effect as an event that is told about while it happens.
 *
 * **When to use**
 *
 * Where one effect is the whole of what happens, but what is known of it becomes known
 * bit by bit: the attempts that a client makes by itself, the server that it talks to.
 *
 * **Details**
 *
 * The event ends with the effect, however it ends.
 *
 * **Example** (a client that tries again by itself)
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
 * What is known of the event of a kind that is under way where the effect runs, if what is done
 * there is a part of it; else `undefined`.
 *
 * **When to use**
 *
 * In an integration: to leave out an event that the program has already made itself.
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

/** An event that is open, as it is told about from outside. @internal */
export const startedOf = <F extends Fields>(
  open: OpenEvent | undefined,
  outer: Context.Context<never>
): StartedEvent<F> => new Started<F>(open, outer)
