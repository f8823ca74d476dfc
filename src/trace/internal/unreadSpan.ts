/**
 * A span that nobody reads, of a program without a layer: Effect's own, which knows what it stands for.
 *
 * It is there for what looks at spans while the program runs: a session counts its events by them, and what is told to
 * other processes goes past them.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { ActiveEvent } from "./event/activeEvent.ts"
import type { SessionState } from "./session/sessionState.ts"
import type { Purpose, SpanOptions } from "./span.ts"

/** @internal */
export class UnreadSpan extends Tracer.NativeSpan implements Purpose {
  readonly record: ActiveEvent | undefined
  readonly attemptNumber: number
  readonly isSession: boolean
  readonly session: SessionState | undefined
  /** As those of a `RecordedSpan`. */
  within: Context.Context<never> | undefined = undefined
  inherited: unknown = undefined

  constructor(options: SpanOptions) {
    super(options)
    this.record = options.record
    this.attemptNumber = options.attemptNumber
    this.isSession = options.isSession
    this.session = options.session
    // The trace is the session's.
    if (options.isSession && Option.isNone(options.parent)) this._traceId = options.session?.traceId
  }
}
