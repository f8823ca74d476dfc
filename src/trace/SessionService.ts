/**
 * The session of an effect, as a service.
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
 * The options of a session.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The session's id, which is also its trace's. Default: a new UUID of version 7. */
  readonly id?: SessionId | undefined
  /** The name of this kind of session. Default `session`. */
  readonly name?: string | undefined
  /** Tags, in addition to the default tags of `AgentOps.layer`. */
  readonly tags?: ReadonlyArray<string> | undefined
  /** Further facts about the session. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly userId?: string | undefined
  /**
   * The start, for a session that began earlier, such as an import. Nanoseconds since the epoch as a `bigint`,
   * milliseconds as a number, or a `Date`. Default: now, or the start of the first event recorded in it. If a session
   * began earlier and contains only recorded events, it ends with the last of them.
   */
  readonly startTime?: Time | undefined
  /**
   * The input of the session, which is content. Default: the last user message of its first model call, otherwise the
   * input of its first agent. `null` leaves it out.
   */
  readonly input?: unknown
  /**
   * The output of the session, which is content. Default: the text of its last model call that answered in text,
   * otherwise the output of its last agent. `null` leaves it out.
   */
  readonly output?: Plain | undefined
  /**
   * The conversation in which the session is a turn: its id, or `summary.conversation` of the previous turn. Every span
   * has it as `gen_ai.conversation.id`, and the session links to the previous turn. If only the id is given, that is
   * the turn that ended last in this process.
   */
  readonly conversation?: string | Conversation | undefined
  /**
   * The caller's trace, from `Propagation.extract`. The session becomes this process's part of the caller's session,
   * with its baggage. Without a trace in it, the session is a new one.
   */
  readonly remote?: Option.Option<Remote> | Remote | undefined
  /** How far the caller is trusted, see `Propagation.Trust`. Default `continue`. */
  readonly trust?: Trust | undefined
  /** Spans elsewhere that the session refers to. */
  readonly links?: ReadonlyArray<Tracer.SpanLink> | undefined
  /** The name of the session's agent. */
  readonly agent?: string | undefined
  /** The limit for the cost of the session's LLM calls, or a budget that it shares. */
  readonly budget?: Limit | Budget | undefined
  /**
   * Whether nested sessions count for its totals too, as for a batch. Default `false`: each session counts its own
   * calls. Budgets always count all calls.
   */
  readonly sums?: boolean | undefined
  /** Called after the session has ended, with any outcome. */
  readonly onEnd?: ((summary: Summary) => Effect.Effect<void>) | undefined
}

/**
 * The options of a session whose output may be read from the effect's value.
 *
 * @category models
 * @since 0.1.0
 */
export interface OptionsOf<A> extends Omit<Options, "output"> {
  /** The output of the session, or a function that reads it from the success value. It is content. */
  readonly output?: Plain | ((value: A) => unknown) | undefined
}

/**
 * The session that an effect runs in.
 *
 * **Details**
 *
 * Tags, metadata and state that are set while it runs are on the root span when it ends. An end state that the program
 * set replaces the one from the exit.
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
  /** The current summary. */
  readonly summary: Effect.Effect<Summary>
  readonly addTags: (...tags: ReadonlyArray<string>) => Effect.Effect<void>
  readonly setTags: (tags: ReadonlyArray<string>) => Effect.Effect<void>
  readonly addMetadata: (metadata: Readonly<Record<string, unknown>>) => Effect.Effect<void>
  /** Sets the input of the session, which is content. `null` leaves it out. */
  readonly setInput: (input: unknown) => Effect.Effect<void>
  /** Sets the output of the session, which is content. `null` leaves it out. */
  readonly setOutput: (output: unknown) => Effect.Effect<void>
  readonly setUserId: (userId: string) => Effect.Effect<void>
  readonly setAgent: (agent: string) => Effect.Effect<void>
  readonly setEndState: (state: EndState, reason?: string) => Effect.Effect<void>
}>()(serviceKey) {}

const isEndState = Schema.is(EndState)

/** @internal */
export const makeService = (active: ActiveSession): Session["Service"] => {
  const { span, state } = active
  // After the root span has been exported, a change would have no effect.
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
 * The type of an effect or a stream in a session. It no longer requires one.
 *
 * @category models
 * @since 0.1.0
 */
export type InSession<T> = T extends Stream.Stream<infer A, infer E, infer R> ? Stream.Stream<A, E, Exclude<R, Session>>
  : T extends Effect.Effect<infer A, infer E, infer R> ? Effect.Effect<A, E, Exclude<R, Session>>
  : never

/**
 * The session of the effect, if there is one.
 *
 * @category accessors
 * @since 0.1.0
 */
export const current: Effect.Effect<Option.Option<Session["Service"]>> = Effect.serviceOption(Session)

/**
 * The id of the effect's session, if there is one.
 *
 * @category accessors
 * @since 0.1.0
 */
export const currentId: Effect.Effect<Option.Option<SessionId>> = Effect.contextWith((
  context: Context.Context<never>
) => Effect.succeed(Option.map(Option.fromUndefinedOr(currentSession(context)), (state) => state.id)))
