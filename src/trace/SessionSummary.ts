/**
 * What happened in a session: its totals, and how it ended.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { SessionId } from "../core/SessionId.ts"
import * as Usage from "../model/Usage.ts"

/**
 * How a session ended.
 *
 * @category models
 * @since 0.1.0
 */
export const EndState = Schema.Literals(["Success", "Fail", "Indeterminate"])

/**
 * How a session ended.
 *
 * @category models
 * @since 0.1.0
 */
export type EndState = typeof EndState.Type

/**
 * What happened in a session so far.
 *
 * **Details**
 *
 * `errors` counts each failure once, however many spans it passed through.
 * `costNanos` is in nano-dollars, see `Pricing`, over the LLM calls whose cost is
 * known; `unpricedCalls` counts the others. `duration` is in milliseconds, up to
 * now while the session runs.
 *
 * @category models
 * @since 0.1.0
 */
export const Totals = Schema.Struct({
  llmCalls: Schema.Natural,
  toolCalls: Schema.Natural,
  actions: Schema.Natural,
  errors: Schema.Natural,
  usage: Usage.Reported,
  costNanos: Schema.Natural,
  unpricedCalls: Schema.Natural,
  duration: Schema.Finite
})

/**
 * What happened in a session so far.
 *
 * @category models
 * @since 0.1.0
 */
export interface Totals extends Schema.Schema.Type<typeof Totals> {}

/**
 * A session that has ended, or as it stands now.
 *
 * @category models
 * @since 0.1.0
 */
export interface Summary extends Totals {
  readonly id: SessionId
  readonly traceId: string
  readonly name: string
  /** `undefined` while the session runs and nobody has set it. */
  readonly endState: EndState | undefined
  readonly endStateReason: string | undefined
  readonly tags: ReadonlyArray<string>
  readonly metadata: Readonly<Record<string, unknown>>
  /** What went in: as the program told it, else what the first model call was asked. Content. */
  readonly input: unknown
  /** What came out: as the program told it, else what the last model call answered. Content. */
  readonly output: unknown
  readonly userId: string | undefined
  readonly agent: string | undefined
}
