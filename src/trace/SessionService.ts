/**
 * The session that an effect runs in, as a service, and how a session is asked for.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { attempt, shallow, textOf } from "../core/internal/look.ts"
import type { SessionId } from "../core/SessionId.ts"
import type { Budget, Limit } from "./Budget.ts"
import type { Remote } from "./Carrier.ts"
import type { Plain } from "./Event.ts"
import {
  CurrentSession,
  currentSession,
  providedBy,
  registerService,
  serviceKey
} from "./internal/session/currentSession.ts"
import type { ActiveSession } from "./internal/session/runSession.ts"
import type { SessionState } from "./internal/session/sessionState.ts"
import { optionalText } from "./internal/session/sessionState.ts"
import { toSummary } from "./internal/session/summary.ts"
import type { Time } from "./InvalidTime.ts"
import type { Trust } from "./RemoteTrace.ts"
import { remoteContext } from "./RemoteTrace.ts"
import type { Conversation, Summary } from "./SessionSummary.ts"
import { EndState } from "./SessionSummary.ts"

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
  /**
   * When it began, where that was before: an import, say. Nanoseconds since the epoch as a `bigint`, milliseconds as a
   * number, or a `Date`. Default: now, or when the first event began that is recorded in it. A session that began
   * before, and in which nothing happens but what is recorded, ends when the last of that did.
   */
  readonly startTime?: Time | undefined
  /**
   * What the session was given: content. Default: what a person said last in its first model call, else what its first
   * agent was given; `null` for nothing.
   */
  readonly input?: unknown
  /**
   * What came out of it: content. Default: the text of its last model call that answered in text, else what its last
   * agent gave back; `null` for nothing.
   */
  readonly output?: Plain | undefined
  /**
   * The conversation that the session is a turn of: its id, or what `summary.conversation` told after the turn before.
   * Every span has it as `gen_ai.conversation.id`, and the session is linked to the turn before. Of an id alone, that
   * is the one that ended last in this process.
   */
  readonly conversation?: string | Conversation | undefined
  /**
   * The caller whose session it goes on with, from `Propagation.extract`: the session is the part of it in this process,
   * with the caller's baggage. Without a trace in it, it is a session of its own.
   */
  readonly remote?: Option.Option<Remote> | Remote | undefined
  /** What is taken of the caller, see `Propagation.Trust`. Default `continue`. */
  readonly trust?: Trust | undefined
  /** Spans elsewhere that the session refers to. */
  readonly links?: ReadonlyArray<Tracer.SpanLink> | undefined
  /** The agent whose session it is. */
  readonly agent?: string | undefined
  /** What the session's LLM calls may cost, and what happens past it: its own limit, or a budget that it shares. */
  readonly budget?: Limit | Budget | undefined
  /**
   * Whether the sessions inside of it count for its totals too, as those of a batch. Default `false`: each counts what
   * it did itself. Budgets count all in every case.
   */
  readonly sums?: boolean | undefined
  /** Told when the session has ended, however it did. */
  readonly onEnd?: ((summary: Summary) => Effect.Effect<void>) | undefined
}

/**
 * How a session of an effect starts, where its output may be read off the effect's value.
 *
 * @category models
 * @since 0.1.0
 */
export interface OptionsOf<A> extends Omit<Options, "output"> {
  /** What came out of it, or a function that reads it off the success value: content. */
  readonly output?: Plain | ((value: A) => unknown) | undefined
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
  /** What the session was given: content. `null` for nothing. */
  readonly setInput: (input: unknown) => Effect.Effect<void>
  /** What came out of it: content. `null` for nothing. */
  readonly setOutput: (output: unknown) => Effect.Effect<void>
  readonly setUserId: (userId: string) => Effect.Effect<void>
  readonly setAgent: (agent: string) => Effect.Effect<void>
  readonly setEndState: (state: EndState, reason?: string) => Effect.Effect<void>
}>()(serviceKey) {}

const isEndState = Schema.is(EndState)

/** @internal */
export const makeService = (active: ActiveSession): Session["Service"] => {
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
    setInput: (input) => change((state) => void (state.input = input)),
    setOutput: (output) => change((state) => void (state.output = output)),
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

const withBaggageOf = <R>(context: Context.Context<R>, state: SessionState | undefined): Context.Context<R> => {
  const remote = state?.remote
  return remote === undefined ? context : attempt(() => remoteContext(context, remote, false)) ?? context
}

/** @internal */
export const provide = <R>(context: Context.Context<R>, session: Session["Service"]): Context.Context<R> =>
  withBaggageOf(context, providedBy(session)?.state).pipe(
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
