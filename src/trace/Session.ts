/**
 * A session: one run of an agent from start to end, which is one trace.
 *
 * All spans inside {@link withSession} belong to the session and count for it. The session's id is its trace's id, its
 * root span has no parent, and its end state follows from the effect's exit unless the program sets it. Several
 * sessions may run concurrently in one process. A fiber belongs to the session that its effect was wrapped in.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import { callSite, throughPipe } from "../core/internal/callSite.ts"
import { dualAt } from "../core/internal/dualAt.ts"
import { isEffect, isStream, isTraceable } from "../core/internal/inspect.ts"
import { whenRoom } from "./internal/backpressure.ts"
import { keepOpen } from "./internal/session/keepOpen.ts"
import { makeScoped, openStream, run, runStream } from "./internal/session/run.ts"
import type { SessionState } from "./internal/session/sessionState.ts"
import type { SessionStream } from "./internal/session/sessionStream.ts"
import { toSummary } from "./internal/session/summary.ts"
import type { Options, OptionsOf } from "./SessionOptions.ts"
import type { InSession, Session } from "./SessionService.ts"
import { makeService, provide } from "./SessionService.ts"
import type { Summary } from "./SessionSummary.ts"
import type { Traceable } from "./Traceable.ts"

export {
  /** A time given to {@link record} that a span cannot have. */
  InvalidTime,
  type RecordOptions,
  type Time
} from "./InvalidTime.ts"
export type { Options, OptionsOf } from "./SessionOptions.ts"
export { record } from "./SessionRecord.ts"
export { current, currentId, type InSession, Session } from "./SessionService.ts"
export { combine, Conversation, EndState, type Summary, Totals } from "./SessionSummary.ts"
export {
  InvalidToken,
  resume,
  type Resumed,
  type ResumeOptions,
  suspend,
  type SuspendOptions
} from "./SessionSuspension.ts"

type Any = Effect.Effect<unknown, unknown, unknown>

/**
 * Runs an effect or a stream as a session.
 *
 * **Details**
 *
 * The value or elements and the error stay as they are. The session of a stream lasts until the stream has ended and
 * its finalizers have run, whether it was drained, failed, was interrupted or was not read to its end. If an effect
 * returns a stream, the session ends with that stream. For a value that is read in parts in another way, use
 * {@link untilConsumed}. Inside another session this is a new trace, linked to the outer one. The end state is
 * `Success` if the effect succeeds, `Fail` if it fails, `Indeterminate` if it is interrupted, or the state that the
 * program set.
 *
 * **Gotchas**
 *
 * An `id` from untyped code that is not a UUID is replaced by a new one, with a warning, because telemetry must not
 * fail the effect. Check external ids with `SessionId.fromString`, which fails with a typed error.
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
 * **Example** (the input and the output)
 *
 * ```ts
 * import { Effect, pipe } from "effect"
 * import { Session } from "effect-agentops"
 *
 * const program = pipe(
 *   Effect.succeed({ text: "Rain", tokens: 12 }),
 *   Session.withSummary({ name: "weather", input: "What is the weather?", output: (answer) => answer.text })
 * )
 * const [summary] = await Effect.runPromise(program)
 * summary.output // => "Rain"
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
   * The value and the error stay as they are. Inside another session this is a new trace, linked to the outer one. The
   * end state is `Success` if the effect succeeds, `Fail` if it fails, `Indeterminate` if it is interrupted, or the
   * state that the program set.
   *
   * **Gotchas**
   *
   * An `id` from untyped code that is not a UUID is replaced by a new one, with a warning, because telemetry must not
   * fail the effect. Check external ids with `SessionId.fromString`, which fails with a typed error.
   */
  (options?: Options): <T extends Traceable>(self: T) => InSession<T>
  /** Runs an effect as a session. `output` may be a function that reads it from the effect's value. */
  <A>(options: OptionsOf<A>): <E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Session>>
  /**
   * Runs an effect as a session: the effect first. `output` may be a function that reads it from the effect's value.
   */
  <A, E, R>(self: Effect.Effect<A, E, R>, options?: OptionsOf<A>): Effect.Effect<A, E, Exclude<R, Session>>
  /** Runs a stream as a session, which ends when the stream has. */
  <A, E, R>(self: Stream.Stream<A, E, R>, options?: Options): Stream.Stream<A, E, Exclude<R, Session>>
} = dualAt(
  isTraceable,
  (site, options: Options | undefined) => (self: Traceable) =>
    isStream(self) ? runStream(self, options, site, false) : run(self, options, site),
  throughPipe
)

/**
 * Runs an effect as a session that stays open until the effect's value has been read.
 *
 * **Details**
 *
 * Use it for an effect that returns a `Stream`, a `ReadableStream`, an async iterable, or a `Response` with a body. The
 * returned value has the same type. Reading it belongs to the session, which ends when the value has been read to its
 * end, has failed, or was abandoned by its reader. If nobody reads for five minutes, the session ends as
 * `Indeterminate`, with a warning. With any other value, and on failure, the session ends with the effect.
 *
 * **Gotchas**
 *
 * A value can be read once. If a `Stream` runs several times, the run that ends first ends the session. A `Response` is
 * a new one with the same status and headers.
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
} = dualAt(
  isEffect,
  (site, options: Options | undefined) => (self: Any) =>
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
    })),
  throughPipe
)

/**
 * The value of an effect whose session stays open for it. If it is a stream, it no longer requires a session.
 *
 * @category models
 * @since 0.1.0
 */
export type Consumed<A> = A extends Stream.Stream<infer X, infer E, infer R> ? Stream.Stream<X, E, Exclude<R, Session>>
  : A

/**
 * Runs an effect as a session, and returns the value with the session's summary.
 *
 * **Details**
 *
 * It resembles `Effect.timed`, which returns the duration. If the effect fails, there is no value and no summary. Use
 * the `onEnd` option, which is called in every case.
 *
 * **Example** (the cost of an effect)
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
  /** Runs an effect as a session, and returns the value with the session's summary. */
  (options?: Options): <A, E, R>(
    self: Effect.Effect<A, E, R>
  ) => Effect.Effect<readonly [summary: Summary, value: A], E, Exclude<R, Session>>
  /** The same, but `output` may be a function that reads it from the effect's value. */
  <A>(options: OptionsOf<A>): <E, R>(
    self: Effect.Effect<A, E, R>
  ) => Effect.Effect<readonly [summary: Summary, value: A], E, Exclude<R, Session>>
  /** Runs an effect as a session, and returns the value with the session's summary. Data-first. */
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options?: OptionsOf<A>
  ): Effect.Effect<readonly [summary: Summary, value: A], E, Exclude<R, Session>>
} = dualAt(
  isEffect,
  (site, options: Options | undefined) => (self: Any) =>
    Effect.suspend(() => {
      let state: SessionState
      return run(self, options, site, (started) => state = started).pipe(
        Effect.flatMap((value) => Effect.map(toSummary(state), (summary) => [summary, value] as const))
      )
    }),
  throughPipe
)

/**
 * Starts a session that lasts as long as the scope.
 *
 * **Details**
 *
 * It ends with the exit of the scope. Provide the session to an effect with {@link provideTo}.
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

/**
 * A session that lasts as long as the layer: for a process that is one session.
 *
 * **Details**
 *
 * Effects with this layer run in the session. Provide it inside `AgentOps.layer`, which has the tracer.
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
 * The URL of a session's page on AgentOps.
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
