/**
 * The totals of a session, and its end state.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { SessionId } from "../core/SessionId.ts"
import * as Usage from "../model/Usage.ts"

/**
 * The end state of a session.
 *
 * @category models
 * @since 0.1.0
 */
export const EndState = Schema.Literals(["Success", "Fail", "Indeterminate"])

/**
 * The end state of a session.
 *
 * @category models
 * @since 0.1.0
 */
export type EndState = typeof EndState.Type

/**
 * The totals of a session so far.
 *
 * **Details**
 *
 * `errors` counts each failure once, even if it passed through several spans. `costNanos` is in nano-dollars, see
 * `Pricing`, over the LLM calls of known cost, and `unpricedCalls` counts the others. Times are in milliseconds, up to
 * now while the session runs. `duration` is the sum of `waited`, the time while it was suspended, and `worked`.
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
  duration: Schema.Finite,
  worked: Schema.Finite,
  waited: Schema.Finite
})

/**
 * The totals of a session so far.
 *
 * @category models
 * @since 0.1.0
 */
export interface Totals extends Schema.Schema.Type<typeof Totals> {}

/**
 * Adds up the totals of sessions, such as a batch or the turns of a conversation.
 *
 * **Example** (two sessions)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session, traceLlmWith } from "effect-agentops"
 *
 * const turn = Effect.void.pipe(traceLlmWith({ cost: 0.01 }), Session.withSummary({ name: "turn" }))
 * const [[first], [second]] = await Effect.runPromise(Effect.all([turn, turn]))
 * Session.combine([first, second]).costNanos // => 20_000_000
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const combine = (all: Iterable<Totals>): Totals => {
  const sum = {
    llmCalls: 0,
    toolCalls: 0,
    actions: 0,
    errors: 0,
    usage: Usage.zero,
    costNanos: 0,
    unpricedCalls: 0,
    duration: 0,
    worked: 0,
    waited: 0
  }
  for (const totals of all) {
    for (const key of counts) sum[key] += totals[key]
    sum.usage = Usage.add(sum.usage, totals.usage)
  }
  return sum
}

const counts = [
  "llmCalls",
  "toolCalls",
  "actions",
  "errors",
  "costNanos",
  "unpricedCalls",
  "duration",
  "worked",
  "waited"
] as const

/**
 * The state of a conversation for its next turn. It can be stored as JSON, where the program stores the conversation
 * itself.
 *
 * **Details**
 *
 * `turns` is the number of ended turns. `last` is the root span of the last turn, to which the next turn links.
 * `totals` are those of all turns.
 *
 * @category models
 * @since 0.1.0
 */
export const Conversation = Schema.Struct({
  id: Schema.String,
  turns: Schema.Natural,
  last: Schema.optional(Schema.Struct({ traceId: Schema.String, spanId: Schema.String, sampled: Schema.Boolean })),
  totals: Schema.optional(Totals)
})

/**
 * The state of a conversation for its next turn.
 *
 * @category models
 * @since 0.1.0
 */
export interface Conversation extends Schema.Schema.Type<typeof Conversation> {}

/**
 * The summary of a session, at its end or while it runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Summary extends Totals {
  readonly id: SessionId
  readonly traceId: string
  readonly name: string
  /** `undefined` while the session runs, unless the program has set it. */
  readonly endState: EndState | undefined
  readonly endStateReason: string | undefined
  readonly tags: ReadonlyArray<string>
  readonly metadata: Readonly<Record<string, unknown>>
  /** The input: set by the program, otherwise the input of the first model call. It is content. */
  readonly input: unknown
  /** The output: set by the program, otherwise the answer of the last model call. It is content. */
  readonly output: unknown
  readonly userId: string | undefined
  readonly agent: string | undefined
  /** The state of the conversation after this turn, for the next turn. */
  readonly conversation: Conversation | undefined
}
