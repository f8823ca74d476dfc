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
 * known; `unpricedCalls` counts the others. Times are in milliseconds, up to now while the session runs: `duration` is
 * all of it, of which it `waited` while it was suspended, and `worked` for the rest.
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
 * What happened in a session so far.
 *
 * @category models
 * @since 0.1.0
 */
export interface Totals extends Schema.Schema.Type<typeof Totals> {}

/**
 * Adds up the totals of sessions: of a batch, of the turns of a conversation.
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
 * A conversation, as its next turn needs to know it: a value that goes through JSON, to be kept where the program keeps
 * the conversation itself.
 *
 * **Details**
 *
 * `turns` have ended. `last` is the root span of the last one, which the next one is linked to. `totals` are those of all
 * turns.
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
 * A conversation, as its next turn needs to know it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Conversation extends Schema.Schema.Type<typeof Conversation> {}

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
  /** The conversation that the session is a turn of, with this turn: for the next one. */
  readonly conversation: Conversation | undefined
}
