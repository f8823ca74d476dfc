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
import { shallow, textOf, tryOrUndefined } from "../core/internal/inspect.ts"
import type { SessionId } from "../core/SessionId.ts"
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
import { remoteContext } from "./RemoteTrace.ts"
import type { Summary } from "./SessionSummary.ts"
import { EndState } from "./SessionSummary.ts"

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
  return remote === undefined ? context : tryOrUndefined(() => remoteContext(context, remote, false)) ?? context
}

/** @internal */
export const provide = <R>(context: Context.Context<R>, session: Session["Service"]): Context.Context<R> =>
  // One flat map, because Effect copies a context that has many layers for each span that is added to it.
  Context.merge(
    withBaggageOf(context, providedBy(session)?.state),
    Context.makeUnsafe<Session>(
      new Map<string, unknown>([
        [Tracer.ParentSpan.key, session.span],
        [CurrentSession.key, providedBy(session)?.state],
        [Session.key, session]
      ])
    )
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
