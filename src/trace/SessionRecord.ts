/**
 * Records events that already happened.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { callSite } from "../core/internal/callSite.ts"
import type { Fields } from "../model/Field.ts"
import type { Event } from "./Event.ts"
import { recordEvent } from "./internal/event/pastEvent.ts"
import type { InvalidTime, RecordOptions } from "./InvalidTime.ts"

/**
 * Records an event that already happened, with the same spans as tracing it would have made.
 *
 * **Details**
 *
 * For imports, tests and replays. The event is a child of the current span, has its own start and end, and counts for
 * the session. A time is nanoseconds since the epoch as a `bigint`, milliseconds as a number, or a `Date`. An invalid
 * time fails with {@link InvalidTime}. Without `endTime` the event ends now, and without `startTime` it has no
 * duration. With `error` it has failed. An `ErrorEvent` has always failed.
 *
 * **Example** (importing a tool call)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session, ToolEvent } from "effect-agentops"
 *
 * const program = Session.record(ToolEvent.ToolEvent.make({ name: "search", result: 3 }), {
 *   startTime: 1_700_000_000_000_000_000n,
 *   endTime: 1_700_000_000_250_000_000n
 * }).pipe(Session.withSummary({ name: "import" }))
 * const [summary] = await Effect.runPromise(program)
 * summary.toolCalls // => 1
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const record: {
  /** Records an event that already happened and ends now, with the same spans as tracing it would have made. */
  <F extends Fields>(
    event: Event<F>,
    options?: RecordOptions & { readonly startTime?: undefined; readonly endTime?: undefined }
  ): Effect.Effect<void>
  /**
   * Records an event that already happened, with the same spans as tracing it would have made. Times are nanoseconds
   * since the epoch as a `bigint`, milliseconds as a number, or a `Date`. An invalid time fails.
   */
  <F extends Fields>(event: Event<F>, options: RecordOptions | undefined): Effect.Effect<void, InvalidTime>
} = ((event: Event<Fields>, options?: RecordOptions): Effect.Effect<void, InvalidTime> => {
  const site = callSite(record)
  return Effect.contextWith((context: Context.Context<never>) =>
    Effect.suspend(() => recordEvent(context, event, options, site) ?? Effect.void)
  )
}) as never
