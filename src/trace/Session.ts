/**
 * A session: one run of an agent from start to end, which is one trace.
 *
 * Everything that is traced inside of {@link withSession} belongs to the session
 * and counts for it. The session's id is its trace's id, its root span is a real
 * root, and its end state comes from how the effect ended unless the program sets
 * it. Sessions may run side by side in one process; a fiber is in the session that
 * its effect was wrapped in.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { callSite, throughPipe } from "../core/internal/callSite.ts"
import { isEffect, isStream, isTraceable, shallow, textOf } from "../core/internal/look.ts"
import type { SessionId } from "../core/SessionId.ts"
import type { Fields } from "../model/Field.ts"
import * as Usage from "../model/Usage.ts"
import type { Budget } from "./Budget.ts"
import type { Event, Traceable } from "./Event.ts"
import { whenRoom } from "./internal/backpressure.ts"
import type { RecordOptions } from "./internal/event/pastEvent.ts"
import { InvalidTime, recordEvent } from "./internal/event/pastEvent.ts"
import {
  CurrentSession,
  currentSession,
  providedBy,
  registerService,
  serviceKey
} from "./internal/session/currentSession.ts"
import { keepOpen } from "./internal/session/keepOpen.ts"
import type { ActiveSession } from "./internal/session/runSession.ts"
import { endSession, startSession, toSummary } from "./internal/session/runSession.ts"
import type { SessionState } from "./internal/session/sessionState.ts"
import { optionalText } from "./internal/session/sessionState.ts"
import { SessionStream } from "./internal/session/sessionStream.ts"
import { insideOf } from "./internal/stream/insideOf.ts"

export {
  /** A time given to {@link record} that no span can have. */
  InvalidTime
}

/**
 * How a session ended.
 *
 * @category models
 * @since 0.1.0
 */
export const EndState = Schema.Literals(["Success", "Fail", "Indeterminate"])

/**
 * How a session ended.
 *
 * @category models
 * @since 0.1.0
 */
export type EndState = typeof EndState.Type

/**
 * What happened in a session so far.
 *
 * **Details**
 *
 * `errors` counts each failure once, however many spans it passed through.
 * `costNanos` is in nano-dollars, see `Pricing`, over the LLM calls whose cost is
 * known; `unpricedCalls` counts the others. `duration` is in milliseconds, up to
 * now while the session runs.
 *
 * @category models
 * @since 0.1.0
 */
export const Totals = Schema.Struct({
  llmCalls: Schema.Natural,
  toolCalls: Schema.Natural,
  actions: Schema.Natural,
  errors: Schema.Natural,
  usage: Usage.Reported,
  costNanos: Schema.Natural,
  unpricedCalls: Schema.Natural,
  duration: Schema.Finite
})

/**
 * What happened in a session so far.
 *
 * @category models
 * @since 0.1.0
 */
export interface Totals extends Schema.Schema.Type<typeof Totals> {}

/**
 * A session that has ended, or as it stands now.
 *
 * @category models
 * @since 0.1.0
 */
export interface Summary extends Totals {
  readonly id: SessionId
  readonly traceId: string
  readonly name: string
  /** `undefined` while the session runs and nobody has set it. */
  readonly endState: EndState | undefined
  readonly endStateReason: string | undefined
  readonly tags: ReadonlyArray<string>
  readonly metadata: Readonly<Record<string, unknown>>
  readonly userId: string | undefined
  readonly agent: string | undefined
}

/**
 * How a session starts.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The session's id, and so its trace's. Default: a new UUID of version 7. */
  readonly id?: SessionId | undefined
  /** What people call this kind of session. Default `session`. */
  readonly name?: string | undefined
  /** Words to find it by, beside the default tags of `AgentOps.layer`. */
  readonly tags?: ReadonlyArray<string> | undefined
  /** Anything else to know it by. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly userId?: string | undefined
  /** Spans elsewhere that the session refers to. */
  readonly links?: ReadonlyArray<Tracer.SpanLink> | undefined
  /** The agent whose session it is. */
  readonly agent?: string | undefined
  /** What the session's LLM calls may cost, and what happens past it. */
  readonly budget?: Budget | undefined
  /** Told when the session has ended, however it did. */
  readonly onEnd?: ((summary: Summary) => Effect.Effect<void>) | undefined
}

/**
 * The session that an effect runs in.
 *
 * **Details**
 *
 * What is added or set while it runs is on the root span when it ends. The end
 * state that was set last wins over the one from the exit.
 *
 * **Example** (judging the outcome)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session } from "effect-agentops"
 *
 * const program = Effect.gen(function*() {
 *   const session = yield* Session.Session
 *   yield* session.addTags("refund")
 *   yield* session.setEndState("Fail", "the customer gave up")
 *   return session.name
 * })
 * await Effect.runPromise(program.pipe(Session.withSession({ name: "support" }))) // => "support"
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Session extends Context.Service<Session, {
  readonly id: SessionId
  readonly traceId: string
  readonly name: string
  /** The root span. */
  readonly span: Tracer.Span
  /** The session as it stands. */
  readonly summary: Effect.Effect<Summary>
  readonly addTags: (...tags: ReadonlyArray<string>) => Effect.Effect<void>
  readonly setTags: (tags: ReadonlyArray<string>) => Effect.Effect<void>
  readonly addMetadata: (metadata: Readonly<Record<string, unknown>>) => Effect.Effect<void>
  readonly setUserId: (userId: string) => Effect.Effect<void>
  readonly setAgent: (agent: string) => Effect.Effect<void>
  readonly setEndState: (state: EndState, reason?: string) => Effect.Effect<void>
}>()(serviceKey) {}

const isEndState = Schema.is(EndState)

const makeService = (active: ActiveSession): Session["Service"] => {
  const { span, state } = active
  // Once the root span has gone out, a change would show nowhere.
  const change = (f: (state: SessionState) => void) =>
    Effect.sync(() => {
      if (state.endTime === undefined) f(state)
    })
  const service = Session.of({
    id: state.id,
    traceId: span.traceId,
    name: state.name,
    span,
    summary: toSummary(state),
    addTags: (...tags) => change((state) => state.addTags(tags)),
    setTags: (tags) =>
      change((state) => {
        state.tags.clear()
        state.addTags(tags)
      }),
    addMetadata: (metadata) => change((state) => void Object.assign(state.metadata, shallow(metadata))),
    setUserId: (userId) => change((state) => void (state.userId = textOf(userId))),
    setAgent: (agent) => change((state) => void (state.agent = textOf(agent))),
    setEndState: (endState, reason) =>
      change((state) => {
        if (isEndState(endState)) state.endState = endState
        state.endStateReason = optionalText(reason)
      })
  })
  registerService(service, { state, span })
  return service
}

const provide = <R>(context: Context.Context<R>, session: Session["Service"]): Context.Context<R> =>
  context.pipe(
    Context.add(Tracer.ParentSpan, session.span),
    Context.add(CurrentSession, providedBy(session)?.state),
    Context.add(Session, session)
  )

/**
 * An effect or a stream that runs in a session: it needs none any more.
 *
 * @category models
 * @since 0.1.0
 */
export type InSession<T> = T extends Stream.Stream<infer A, infer E, infer R> ? Stream.Stream<A, E, Exclude<R, Session>>
  : T extends Effect.Effect<infer A, infer E, infer R> ? Effect.Effect<A, E, Exclude<R, Session>>
  : never

/** @internal */
export const runJoinedSession = (
  self: Traceable,
  options: (context: Context.Context<never>) => Options | undefined,
  site: ReturnType<typeof callSite>
): Traceable =>
  isStream(self)
    ? runStream(self, options, site, true)
    : Effect.contextWith((context: Context.Context<never>) => run(self, options(context), site, undefined, true))

const openStream = (
  context: Context.Context<never>,
  options: Options | undefined,
  site: ReturnType<typeof callSite>,
  join: boolean
): SessionStream => {
  const active = startSession(context, options, site, join)
  const service = makeService(active)
  return new SessionStream(active, options, (context) => provide(context, service))
}

const runStream = <A, E, R>(
  self: Stream.Stream<A, E, R>,
  options: (context: Context.Context<never>) => Options | undefined,
  site: ReturnType<typeof callSite>,
  join: boolean
): Stream.Stream<A, E, R> =>
  insideOf<SessionStream, A, E, R>(() => self, (context) => openStream(context, options(context), site, join))

const run = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  options: Options | undefined,
  site: ReturnType<typeof callSite>,
  onStart?: (state: SessionState) => void,
  join = false
): Effect.Effect<A, E, Exclude<R, Session>> =>
  whenRoom(Effect.suspend(() => {
    let active: ActiveSession | undefined
    return Effect.onExitPrimitive(
      Effect.updateContext(self, (context: Context.Context<R>): Context.Context<R> => {
        active = startSession(context as Context.Context<never>, options, site, join)
        onStart?.(active.state)
        return provide(context, makeService(active))
      }),
      (exit) => active === undefined ? undefined : endSession(active, exit, options)
    )
  })) as Effect.Effect<A, E, Exclude<R, Session>>

type Any = Effect.Effect<unknown, unknown, unknown>

// `dual` would hide the caller's line: data-last, it calls back after the caller has returned.
const dataFirstOrLast = (args: ReadonlyArray<unknown>, f: (self: Any, options: Options | undefined) => Any) =>
  isEffect(args[0])
    ? f(args[0], args[1] as Options | undefined)
    : (self: Any) => f(self, args[0] as Options | undefined)

/**
 * Runs an effect or a stream as a session.
 *
 * **Details**
 *
 * The value or elements and the error stay as they are. The session of a stream lasts until the
 * stream has ended and its finalisers have run: drained, failed, interrupted or let go. Where an effect's
 * value is itself read in parts, use {@link untilConsumed}. Inside another session this is a new
 * trace, linked to the outer one. The end state is `Success` when the effect
 * succeeds, `Fail` when it fails, `Indeterminate` when it is interrupted, or what
 * the program set.
 *
 * **Gotchas**
 *
 * An `id` that reached it unchecked from untyped code and is no UUID is replaced
 * by a new one, with a warning: telemetry does not fail the effect. Check ids from
 * outside with `SessionId.fromString`, which fails with a typed error.
 *
 * **Example** (a session)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session } from "effect-agentops"
 *
 * const program = Effect.succeed("done").pipe(Session.withSession({ name: "support-ticket", tags: ["prod"] }))
 * await Effect.runPromise(program) // => "done"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const withSession: {
  /**
   * Runs an effect as a session.
   *
   * **Details**
   *
   * The value and the error stay as they are. Inside another session this is a new
   * trace, linked to the outer one. The end state is `Success` when the effect
   * succeeds, `Fail` when it fails, `Indeterminate` when it is interrupted, or what
   * the program set.
   *
   * **Gotchas**
   *
   * An `id` that reached it unchecked from untyped code and is no UUID is replaced
   * by a new one, with a warning: telemetry does not fail the effect. Check ids from
   * outside with `SessionId.fromString`, which fails with a typed error.
   */
  (options?: Options): <T extends Traceable>(self: T) => InSession<T>
  /**
   * Runs an effect as a session.
   *
   * **Details**
   *
   * The value and the error stay as they are. Inside another session this is a new
   * trace, linked to the outer one. The end state is `Success` when the effect
   * succeeds, `Fail` when it fails, `Indeterminate` when it is interrupted, or what
   * the program set.
   *
   * **Gotchas**
   *
   * An `id` that reached it unchecked from untyped code and is no UUID is replaced
   * by a new one, with a warning: telemetry does not fail the effect. Check ids from
   * outside with `SessionId.fromString`, which fails with a typed error.
   */
  <A, E, R>(self: Effect.Effect<A, E, R>, options?: Options): Effect.Effect<A, E, Exclude<R, Session>>
  /** Runs a stream as a session, which ends when the stream has. */
  <A, E, R>(self: Stream.Stream<A, E, R>, options?: Options): Stream.Stream<A, E, Exclude<R, Session>>
} = ((...args: ReadonlyArray<unknown>) => {
  const first = args[0]
  const traceable = isTraceable(first)
  const site = callSite(withSession, traceable ? throughPipe : undefined)
  const start = (self: Traceable, options: Options | undefined) =>
    isStream(self) ? runStream(self, () => options, site, false) : run(self, options, site)
  return traceable
    ? start(first, args[1] as Options | undefined)
    : (self: Traceable) => start(self, first as Options | undefined)
}) as never

/**
 * Runs an effect as a session that stays open until the effect's value has been read.
 *
 * **Details**
 *
 * For an effect that answers with a `Stream`, a `ReadableStream`, an async iterable, or a `Response` with a body. The
 * value that comes back is of the same type, and what is read from it belongs to the session, which ends when
 * it has been read to its end, has failed, or was let go. Nobody reading on for five minutes ends it as `Indeterminate`,
 * with a warning. With any other value the session ends with the effect, as it does where the effect fails.
 *
 * **Gotchas**
 *
 * A value is read once: of a `Stream`, the run that ends first ends the session. A `Response` is a new one with the same
 * status and headers.
 *
 * **Example** (a route that streams its answer)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Session, traceLlmStreamWith } from "effect-agentops"
 *
 * const answer = Effect.succeed(Stream.make("Hel", "lo!").pipe(traceLlmStreamWith({ model: "gpt-4o" })))
 * const route = answer.pipe(Session.untilConsumed({ name: "chat" }))
 *
 * const words = await Effect.runPromise(Stream.runCollect(Stream.unwrap(route)))
 * words // => ["Hel", "lo!"]
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const untilConsumed: {
  /** Runs an effect as a session that stays open until the effect's value has been read. */
  (
    options?: Options
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<Consumed<A>, E, Exclude<R, Session>>
  /** Runs an effect as a session that stays open until the effect's value has been read. */
  <A, E, R>(self: Effect.Effect<A, E, R>, options?: Options): Effect.Effect<Consumed<A>, E, Exclude<R, Session>>
} = ((...args: ReadonlyArray<unknown>) => {
  const site = callSite(untilConsumed, isEffect(args[0]) ? throughPipe : undefined)
  return dataFirstOrLast(args, (self, options) =>
    whenRoom(Effect.suspend(() => {
      let life: SessionStream | undefined
      const inside = Effect.updateContext(self, (context: Context.Context<unknown>): Context.Context<unknown> => {
        life = openStream(context as Context.Context<never>, options, site, false)
        return life.contextOf(context as Context.Context<never>) as Context.Context<unknown>
      })
      return Effect.onExitPrimitive(
        Effect.map(inside, (value) => keepOpen(value, life!)),
        (exit) => life === undefined || life.kept ? undefined : life.close(exit)
      )
    })))
}) as never

/**
 * The value of an effect whose session stays open for it: a stream among it needs no session any more.
 *
 * @category models
 * @since 0.1.0
 */
export type Consumed<A> = A extends Stream.Stream<infer X, infer E, infer R> ? Stream.Stream<X, E, Exclude<R, Session>>
  : A

/**
 * Runs an effect as a session, and returns the session's summary beside the value.
 *
 * **Details**
 *
 * As `Effect.timed` does with the duration. Where the effect fails there is no
 * value to stand beside: use the `onEnd` option, which is told in every case.
 *
 * **Example** (what did it take)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session, traceTool } from "effect-agentops"
 *
 * const program = Effect.succeed(1).pipe(traceTool("count"), Session.withSummary({ name: "counting" }))
 * const [summary, value] = await Effect.runPromise(program)
 * summary.toolCalls // => 1
 * summary.endState // => "Success"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const withSummary: {
  /**
   * Runs an effect as a session, and returns the session's summary beside the value.
   *
   * **Details**
   *
   * As `Effect.timed` does with the duration. Where the effect fails there is no
   * value to stand beside: use the `onEnd` option, which is told in every case.
   */
  (options?: Options): <A, E, R>(
    self: Effect.Effect<A, E, R>
  ) => Effect.Effect<readonly [summary: Summary, value: A], E, Exclude<R, Session>>
  /**
   * Runs an effect as a session, and returns the session's summary beside the value.
   *
   * **Details**
   *
   * As `Effect.timed` does with the duration. Where the effect fails there is no
   * value to stand beside: use the `onEnd` option, which is told in every case.
   */
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options?: Options
  ): Effect.Effect<readonly [summary: Summary, value: A], E, Exclude<R, Session>>
} = ((...args: ReadonlyArray<unknown>) => {
  const site = callSite(withSummary, isEffect(args[0]) ? throughPipe : undefined)
  return dataFirstOrLast(args, (self, options) =>
    Effect.suspend(() => {
      let state: SessionState
      return run(self, options, site, (started) => state = started).pipe(
        Effect.flatMap((value) => Effect.map(toSummary(state), (summary) => [summary, value] as const))
      )
    }))
}) as never

/**
 * Starts a session that lasts as long as the scope.
 *
 * **Details**
 *
 * Ends with the exit that the scope is closed with. Provide the session to an
 * effect with {@link provideTo}.
 *
 * **Example** (a chat, whose session outlives each message)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session, traceTool } from "effect-agentops"
 *
 * const answer = (text: string) => Effect.succeed(text.toUpperCase()).pipe(traceTool("shout"))
 * const chat = Effect.gen(function*() {
 *   const session = yield* Session.make({ name: "chat" })
 *   yield* answer("hi").pipe(Session.provideTo(session))
 *   yield* answer("bye").pipe(Session.provideTo(session))
 *   return (yield* session.summary).toolCalls
 * })
 * await Effect.runPromise(Effect.scoped(chat)) // => 2
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options?: Options): Effect.Effect<Session["Service"], never, Scope.Scope> =>
  Effect.map(makeScoped(options, callSite(make)), ([, active]) => makeService(active))

/**
 * Runs an effect or a stream in a session that {@link make} started.
 *
 * @category combinators
 * @since 0.1.0
 */
export const provideTo: {
  /** Runs an effect in a session that {@link make} started. */
  (session: Session["Service"]): <T extends Traceable>(self: T) => InSession<T>
  /** Runs an effect in a session that {@link make} started. */
  <A, E, R>(self: Effect.Effect<A, E, R>, session: Session["Service"]): Effect.Effect<A, E, Exclude<R, Session>>
  /** Runs a stream in a session that {@link make} started. */
  <A, E, R>(self: Stream.Stream<A, E, R>, session: Session["Service"]): Stream.Stream<A, E, Exclude<R, Session>>
} = dual(2, (self: Traceable, session: Session["Service"]): Traceable => {
  const into = (context: Context.Context<unknown>): Context.Context<unknown> => provide(context, session)
  return isStream(self) ? Stream.updateContext(self, into) : Effect.updateContext(self, into)
})

const makeScoped = (options: Options | undefined, site: ReturnType<typeof callSite>) =>
  Effect.uninterruptible(
    Effect.gen(function*() {
      const context = yield* Effect.context<Scope.Scope>()
      const active = startSession(context, options, site)
      yield* Scope.addFinalizerExit(
        Context.get(context, Scope.Scope),
        (exit: Exit.Exit<unknown, unknown>) => endSession(active, exit, options) ?? Effect.void
      )
      return [context, active] as const
    })
  )

/**
 * A session that lasts as long as the layer: for a process that is one session.
 *
 * **Details**
 *
 * Whatever the layer is provided to runs in the session. It must be provided
 * inside of `AgentOps.layer`, which holds the tracer.
 *
 * **Example** (a command line tool)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session, traceAction } from "effect-agentops"
 *
 * const main = Effect.succeed(0).pipe(traceAction("run"), Effect.provide(Session.layer({ name: "cli" })))
 * await Effect.runPromise(main) // => 0
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<Session | Tracer.ParentSpan> => {
  const site = callSite(layer)
  return Layer.effectContext(
    Effect.map(
      makeScoped(options, site),
      ([, active]) => provide(Context.empty(), makeService(active)) as Context.Context<Session | Tracer.ParentSpan>
    )
  )
}

/**
 * The session that the effect runs in, where there is one.
 *
 * @category accessors
 * @since 0.1.0
 */
export const current: Effect.Effect<Option.Option<Session["Service"]>> = Effect.serviceOption(Session)

/**
 * The id of the session that the effect runs in, where there is one.
 *
 * @category accessors
 * @since 0.1.0
 */
export const currentId: Effect.Effect<Option.Option<SessionId>> = Effect.contextWith((
  context: Context.Context<never>
) => Effect.succeed(Option.map(Option.fromUndefinedOr(currentSession(context)), (state) => state.id)))

/**
 * The page of a session on AgentOps.
 *
 * **Details**
 *
 * `appUrl` is `https://app.agentops.ai` unless AgentOps is hosted elsewhere.
 *
 * **Example** (a link)
 *
 * ```ts
 * import { Session } from "effect-agentops"
 *
 * Session.replayUrl({ traceId: "0192f0c17e1a7c3e9d5b3a1f0c9e2b44" })
 * // => "https://app.agentops.ai/sessions?trace_id=0192f0c17e1a7c3e9d5b3a1f0c9e2b44"
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const replayUrl = (session: { readonly traceId: string }, appUrl = "https://app.agentops.ai"): string =>
  `${appUrl.replace(/\/+$/, "")}/sessions?trace_id=${session.traceId}`

/**
 * Records an event that already happened, as the same spans that tracing it would have made.
 *
 * **Details**
 *
 * For imports, tests and replays. The event is a child of the current span, has
 * its own start and end, and counts for the session. A time is nanoseconds since
 * the epoch as a `bigint`, milliseconds as a number, or a `Date`; one that no span can
 * have fails with {@link InvalidTime}. Without `endTime` it ends now, without
 * `startTime` it has no duration. With `error` it failed; an `ErrorEvent` always has.
 *
 * **Example** (importing a tool call)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session, ToolEvent } from "effect-agentops"
 *
 * const program = Session.record(ToolEvent.ToolEvent.make({ name: "search", result: 3 }), {
 *   startTime: 1_700_000_000_000_000_000n,
 *   endTime: 1_700_000_000_250_000_000n
 * }).pipe(Session.withSummary({ name: "import" }))
 * const [summary] = await Effect.runPromise(program)
 * summary.toolCalls // => 1
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const record: {
  /** Records an event that already happened, and that ends now: the same spans that tracing it would have made. */
  <F extends Fields>(
    event: Event<F>,
    options?: RecordOptions & { readonly startTime?: undefined; readonly endTime?: undefined }
  ): Effect.Effect<void>
  /**
   * Records an event that already happened, as the same spans that tracing it would have made. Times are nanoseconds
   * since the epoch as a `bigint`, milliseconds as a number, or a `Date`; one that no span can have fails.
   */
  <F extends Fields>(event: Event<F>, options: RecordOptions | undefined): Effect.Effect<void, InvalidTime>
} = ((event: Event<Fields>, options?: RecordOptions): Effect.Effect<void, InvalidTime> => {
  const site = callSite(record)
  return Effect.contextWith((context: Context.Context<never>) =>
    Effect.suspend(() => {
      const invalid = recordEvent(context, event, options, site)
      if (invalid !== undefined) return Effect.fail(invalid)
      return currentSession(context)?.budgetWarning() ?? Effect.void
    })
  )
}) as never
