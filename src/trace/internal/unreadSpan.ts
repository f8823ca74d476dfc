/**
 * A span of Effect's native tracer with its purpose, for a program without a layer. Nobody exports it.
 *
 * The library itself reads it while the program runs. A session counts its events by it, and propagation skips it.
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
  /** As in `RecordedSpan`. */
  within: Context.Context<never> | undefined = undefined
  inherited: unknown = undefined

  constructor(options: SpanOptions) {
    super(options)
    this.record = options.record
    this.attemptNumber = options.attemptNumber
    this.isSession = options.isSession
    this.session = options.session
    // The root has the session's trace id.
    if (options.isSession && Option.isNone(options.parent)) this._traceId = options.session?.traceId
  }
}
