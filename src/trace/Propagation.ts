/**
 * One trace across processes: adds the trace to an outgoing message, and continues the trace of an incoming one.
 *
 * A carrier has names and texts: HTTP headers, the attributes of a queue's message, the environment of a child process.
 * {@link inject} returns the entries to add to it, {@link extract} reads them, and {@link continueTrace} or
 * {@link continueSession} runs the receiver's work as a part of the same trace.
 *
 * Follows W3C Trace Context (Level 2) and W3C Baggage, and Zipkin's B3. Incoming data is untrusted: an entry that is
 * invalid or too large counts as absent. A process that traces nothing passes the incoming context on.
 *
 * @see https://opentelemetry.io/docs/specs/otel/context/api-propagators/
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import { dualAt } from "../core/internal/dualAt.ts"
import { isTraceable } from "../core/internal/inspect.ts"
import { runJoinedSession } from "./internal/session/run.ts"
import type { Remote } from "./Remote.ts"
import type * as Session from "./Session.ts"
import type { Traceable } from "./Traceable.ts"

export * from "./Baggage.ts"
export * from "./Carrier.ts"
export * from "./RemoteTrace.ts"

type JoinOptions = Omit<Session.Options, "id" | "remote">

/**
 * Runs an effect as this process's part of the session to whose trace the current span belongs.
 *
 * **Details**
 *
 * Use it if something else has already continued the trace, such as Effect's HTTP or rpc server. The trace and the
 * session id stay the same. With the {@link Trust} `session`, the session's name, tags and user come from
 * {@link CurrentBaggage} unless given. Events inside count for the session here, and the span of this part has the
 * counts. Without a current span, it is a new session.
 *
 * **Example** (an rpc handler)
 *
 * ```ts
 * import { Effect, Tracer } from "effect"
 * import { Propagation, Session } from "effect-agentops"
 *
 * const handler = Effect.map(Session.Session, (session) => session.id).pipe(Propagation.joinSession({ name: "rpc" }))
 *
 * const caller = Tracer.externalSpan({ traceId: "0192f0c17e1a7c3e9d5b3a1f0c9e2b44", spanId: "00f067aa0ba902b7" })
 * await Effect.runPromise(Effect.withParentSpan(handler, caller)) // => "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44"
 * ```
 *
 * @category propagation
 * @since 0.1.0
 */
export const joinSession: {
  /**
   * Runs an effect as this process's part of the session to whose trace the current span belongs.
   *
   * **Details**
   *
   * Use it if something else has already continued the trace, such as Effect's HTTP or rpc server. The trace and the
   * session id stay the same. With the {@link Trust} `session`, the session's name, tags and user come from
   * {@link CurrentBaggage} unless given. Events inside count for the session here, and the span of this part has the
   * counts. Without a current span, it is a new session.
   */
  (options?: JoinOptions): <T extends Traceable>(self: T) => Session.InSession<T>
  /**
   * Runs an effect as this process's part of the session to whose trace the current span belongs.
   *
   * **Details**
   *
   * Use it if something else has already continued the trace, such as Effect's HTTP or rpc server. The trace and the
   * session id stay the same. With the {@link Trust} `session`, the session's name, tags and user come from
   * {@link CurrentBaggage} unless given. Events inside count for the session here, and the span of this part has the
   * counts. Without a current span, it is a new session.
   */
  <A, E, R>(self: Effect.Effect<A, E, R>, options?: JoinOptions): Effect.Effect<A, E, Exclude<R, Session.Session>>
  /** Runs a stream as this process's part of the session to whose trace the current span belongs. */
  <A, E, R>(self: Stream.Stream<A, E, R>, options?: JoinOptions): Stream.Stream<A, E, Exclude<R, Session.Session>>
} = dualAt(
  isTraceable,
  (site, options: JoinOptions | undefined) => (self: Traceable) => runJoinedSession(self, options, site, true)
)

/**
 * Runs an effect as this process's part of a session that began in another process.
 *
 * **Details**
 *
 * Combines {@link continueTrace} and {@link joinSession}. Without a remote, and with trust `link` or `ignore`, it is a
 * new session.
 *
 * **Example** (a worker takes a message)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Propagation, Session } from "effect-agentops"
 *
 * const message = { attributes: { traceparent: "00-0192f0c17e1a7c3e9d5b3a1f0c9e2b44-00f067aa0ba902b7-01" } }
 * const work = Effect.map(Session.Session, (session) => session.id)
 *
 * const program = Propagation.continueSession(work, Propagation.extract(message.attributes), { name: "worker" })
 * await Effect.runPromise(program) // => "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44"
 * ```
 *
 * @category propagation
 * @since 0.1.0
 */
export const continueSession: {
  /**
   * Runs an effect as this process's part of a session that began in another process.
   *
   * **Details**
   *
   * Combines {@link continueTrace} and {@link joinSession}. Without a remote, and with trust `link` or `ignore`, it is
   * a new session.
   */
  (
    remote: Option.Option<Remote>,
    options?: JoinOptions
  ): <T extends Traceable>(self: T) => Session.InSession<T>
  /**
   * Runs an effect as this process's part of a session that began in another process.
   *
   * **Details**
   *
   * Combines {@link continueTrace} and {@link joinSession}. Without a remote, and with trust `link` or `ignore`, it is
   * a new session.
   */
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    remote: Option.Option<Remote>,
    options?: JoinOptions
  ): Effect.Effect<A, E, Exclude<R, Session.Session>>
  /** Runs a stream as this process's part of a session that began in another process. */
  <A, E, R>(
    self: Stream.Stream<A, E, R>,
    remote: Option.Option<Remote>,
    options?: JoinOptions
  ): Stream.Stream<A, E, Exclude<R, Session.Session>>
} = dualAt(
  isTraceable,
  (site, remote: Option.Option<Remote>, options: JoinOptions | undefined) => (self: Traceable) =>
    runJoinedSession(self, { ...options, remote }, site, false)
)
