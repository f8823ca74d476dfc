/**
 * The options of a session.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { SessionId } from "../core/SessionId.ts"
import type { Budget, Limit } from "./Budget.ts"
import type { Plain } from "./EventOptions.ts"
import type { Time } from "./InvalidTime.ts"
import type { Remote } from "./Remote.ts"
import type { Trust } from "./RemoteTrace.ts"
import type { Conversation, Summary } from "./SessionSummary.ts"

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
