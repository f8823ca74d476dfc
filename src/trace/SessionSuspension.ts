/**
 * Suspends a session, so that it can be resumed later, even in another process.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { dualAt } from "../core/internal/dualAt.ts"
import { isStream, isTraceable } from "../core/internal/inspect.ts"
import { run, runStream } from "./internal/session/run.ts"
import { suspendSession } from "./internal/session/suspend.ts"
import { readToken } from "./internal/session/token.ts"
import type { Options } from "./SessionOptions.ts"
import type { Session } from "./SessionService.ts"
import type { InvalidToken, Key } from "./SessionToken.ts"
import type { Traceable } from "./Traceable.ts"

export { InvalidToken, type Key } from "./SessionToken.ts"

/**
 * The options of {@link suspend}.
 *
 * @category models
 * @since 0.1.0
 */
export interface SuspendOptions {
  /**
   * The secret that signs the token, of 32 bytes or more. Without it, anybody who has a token can change its content.
   * Default: no secret, only a checksum against mistakes.
   */
  readonly key?: Key | undefined
  /** How long the session may be resumed. Default 7 days. */
  readonly within?: Duration.Input | undefined
}

/**
 * The options of {@link resume}. A token has no tags, metadata, user or content, so pass them again here.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResumeOptions extends Omit<Options, "id" | "remote" | "trust"> {
  /** The secret that signed the token. */
  readonly key?: Key | undefined
}

/**
 * Suspends the session and returns a token, with which {@link resume} continues it later or in another process.
 *
 * **Details**
 *
 * The token has ids, times and totals, and up to 100 characters each of the session's name and its conversation. It is
 * about 400 characters long and has no content. The session's span in this process ends with its effect, as
 * `Indeterminate` with the reason `suspended` unless the effect fails or the program set its end state. If nobody
 * resumes the session, this is its final state.
 *
 * **Gotchas**
 *
 * The token's totals do not include spans that start after the suspension, so suspend last. Resume a token only once.
 * If two processes resume it, each has the totals of its own part.
 *
 * **Example** (waiting for a person)
 *
 * ```ts
 * import { Effect, pipe } from "effect"
 * import { Session, traceTool } from "effect-agentops"
 *
 * const ask = Effect.void.pipe(traceTool("ask"), Effect.andThen(Session.suspend()), Session.withSession({ name: "refund" }))
 *
 * const answer = (token: string) =>
 *   pipe(Effect.void, traceTool("pay"), Session.resume(token, { onEnd: ({ toolCalls }) => Effect.log(toolCalls) }))
 *
 * const program = Effect.flatMap(ask, answer) // two tool calls, in one trace
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const suspend = (options?: SuspendOptions): Effect.Effect<string, never, Session> =>
  suspendSession(options?.key, Duration.fromInputUnsafe(options?.within ?? "7 days"))

/**
 * The type of an effect or a stream in a resumed session.
 *
 * @category models
 * @since 0.1.0
 */
export type Resumed<T> = T extends Stream.Stream<infer A, infer E, infer R>
  ? Stream.Stream<A, E | InvalidToken, Exclude<R, Session>>
  : T extends Effect.Effect<infer A, infer E, infer R> ? Effect.Effect<A, E | InvalidToken, Exclude<R, Session>>
  : never

/**
 * Continues a session that {@link suspend} has suspended, in this process or another.
 *
 * **Details**
 *
 * Trace, id and name stay the same. The totals include all parts, and so does its budget. `duration` is all the time
 * since the session began, of which `waited` is the time while it was suspended. Fails with {@link InvalidToken},
 * before anything runs, if the token is invalid.
 *
 * @category combinators
 * @since 0.1.0
 */
export const resume: {
  /** Continues a suspended session. */
  (token: string, options?: ResumeOptions): <T extends Traceable>(self: T) => Resumed<T>
  /** Continues a suspended session. */
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    token: string,
    options?: ResumeOptions
  ): Effect.Effect<A, E | InvalidToken, Exclude<R, Session>>
  /** Continues a suspended session for as long as a stream runs. */
  <A, E, R>(
    self: Stream.Stream<A, E, R>,
    token: string,
    options?: ResumeOptions
  ): Stream.Stream<A, E | InvalidToken, Exclude<R, Session>>
} = dualAt(
  isTraceable,
  (site, token: string, options: ResumeOptions | undefined) => (self: Traceable): Traceable => {
    const session = readToken(token, options?.key)
    return isStream(self)
      ? Stream.unwrap(Effect.map(session, (suspended) => runStream(self, options, site, suspended)))
      : Effect.flatMap(session, (suspended) => run(self, options, site, undefined, suspended))
  }
)
