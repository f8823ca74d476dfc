/**
 * Sessions that wait: for a person, for tomorrow, for another process to go on with them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { callSite, throughPipe } from "../core/internal/callSite.ts"
import { isStream, isTraceable } from "../core/internal/look.ts"
import { run, runStream } from "./internal/session/run.ts"
import { suspendSession } from "./internal/session/suspend.ts"
import { readToken } from "./internal/session/token.ts"
import type { InvalidToken } from "./InvalidToken.ts"
import type { Options, Session } from "./SessionService.ts"
import type { Traceable } from "./Traceable.ts"

/**
 * A secret that tokens are signed with.
 *
 * @category models
 * @since 0.1.0
 */
export type Key = Redacted.Redacted | string

export { InvalidToken } from "./InvalidToken.ts"

/**
 * How a session is suspended.
 *
 * @category models
 * @since 0.1.0
 */
export interface SuspendOptions {
  /**
   * The secret that the token is signed with, of 32 bytes or more. Without it anybody who has a token may change what it
   * says. Default: none, and a checksum against mistakes.
   */
  readonly key?: Key | undefined
  /** For how long it may be resumed. Default 7 days. */
  readonly within?: Duration.Input | undefined
}

/**
 * How a session goes on: what it is told here, since a token holds no tags, metadata, user, or content.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResumeOptions extends Omit<Options, "id" | "remote" | "trust"> {
  /** The secret that the token was signed with. */
  readonly key?: Key | undefined
}

/**
 * Suspends the session: gives a token, with which {@link resume} goes on with it in another process, tomorrow.
 *
 * **Details**
 *
 * The token has ids, times and totals, the session's name and its conversation, up to 100 characters of each: some 400 characters, and no content.
 * The session ends here where its effect does, as `Indeterminate` with the reason `suspended` unless it fails or the
 * program set its end state. One that nobody resumes has ended so.
 *
 * **Gotchas**
 *
 * What is traced in the session after it was suspended is not in the token's totals: suspend it last. Resume a token once:
 * of one that two processes resume, each has the totals of its own part.
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
 * An effect or a stream in a session that is resumed.
 *
 * @category models
 * @since 0.1.0
 */
export type Resumed<T> = T extends Stream.Stream<infer A, infer E, infer R>
  ? Stream.Stream<A, E | InvalidToken, Exclude<R, Session>>
  : T extends Effect.Effect<infer A, infer E, infer R> ? Effect.Effect<A, E | InvalidToken, Exclude<R, Session>>
  : never

/**
 * Goes on with a session that {@link suspend} has suspended, in this process or another.
 *
 * **Details**
 *
 * It is the same trace, id and name, and the totals are those of all its parts, also for its budget. `duration` is all
 * the time since it began, of which it `waited` while it was suspended. Fails with {@link InvalidToken}, before anything
 * runs, where the token is no good.
 *
 * @category combinators
 * @since 0.1.0
 */
export const resume: {
  /** Goes on with a suspended session. */
  (token: string, options?: ResumeOptions): <T extends Traceable>(self: T) => Resumed<T>
  /** Goes on with a suspended session. */
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    token: string,
    options?: ResumeOptions
  ): Effect.Effect<A, E | InvalidToken, Exclude<R, Session>>
  /** Goes on with a suspended session, for as long as a stream runs. */
  <A, E, R>(
    self: Stream.Stream<A, E, R>,
    token: string,
    options?: ResumeOptions
  ): Stream.Stream<A, E | InvalidToken, Exclude<R, Session>>
} = ((...args: ReadonlyArray<unknown>) => {
  const site = callSite(resume, isTraceable(args[0]) ? throughPipe : undefined)
  const start = (self: Traceable, token: string, options: ResumeOptions | undefined): Traceable => {
    const session = readToken(token, options?.key)
    return isStream(self)
      ? Stream.unwrap(Effect.map(session, (suspended) => runStream(self, options, site, suspended)))
      : Effect.flatMap(session, (suspended) => run(self, options, site, undefined, suspended))
  }
  return isTraceable(args[0])
    ? start(args[0], args[1] as string, args[2] as ResumeOptions | undefined)
    : (self: Traceable) => start(self, args[0] as string, args[1] as ResumeOptions | undefined)
}) as never
