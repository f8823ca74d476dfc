/**
 * What every exporter of spans can be told.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Convention from "../convention/Convention.ts"
import type * as Content from "../privacy/Content.ts"
import type { Span } from "../trace/Span.ts"

/**
 * What every exporter can be told of what it sends and when.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The vocabulary. Default {@link Convention.standard}, for AgentOps {@link Convention.agentOps}. */
  readonly convention?: Convention.Convention | undefined
  /** How far prompts, completions, a tool's arguments and results, and what errors say may go. */
  readonly content?: Content.Policy | boolean | undefined
  /** Whose messages errors tell where content is off. Default `outside`: of those that are of no event. */
  readonly errors?: Content.ErrorPolicy | undefined
  /**
   * Which spans go there: those of `sessions`, and what is around a session in its trace, or those that a function
   * wants. What is left out counts nowhere. Default: each. A child goes with its parent or not as the filter says, so
   * that a tree may have holes.
   */
  readonly filter?: "sessions" | ((span: Span) => boolean) | undefined
  /**
   * Which attempts are told: all, or `several`, which is only where an event took more than one. One that was the only
   * one says nothing that its event does not, and is every second span. What happens inside of a first attempt is then
   * told as inside of the event, since it leaves before anybody knows whether another attempt follows. Default `all`.
   */
  readonly attempts?: "all" | "several" | undefined
  /** Spans that may wait. Default a million: what bounds the queue is its bytes. */
  readonly maxQueueSize?: number | undefined
  /**
   * Bytes that may wait. Default 256 MiB, or an eighth of the memory that the process may have where that is known and
   * less, as in a container.
   */
  readonly maxQueueBytes?: number | undefined
  /**
   * What goes, counted as `queue_full`, when a span ends and the queue is full: that span, or the one that waited
   * longest. With `wait`, nothing does: while the queue is full, the next event or session waits before it starts. So a
   * program is as fast as its backend. It waits no longer than 30 seconds in which the backend takes nothing.
   * Spans of events that had started by then are taken in, up to twice the bounds of the queue. Spans that cannot wait,
   * such as those of `Effect.withSpan`, are dropped. With `Exporter.durable` the disk takes what memory cannot, and nobody
   * waits; nor does anybody for log records. Default `dropNewest`.
   */
  readonly whenFull?: "dropNewest" | "dropOldest" | "wait" | undefined
  /** Spans sent at once. Default 1,024. */
  readonly maxBatchSize?: number | undefined
  /** Bytes sent at once, before compression. Default 4 MiB. A larger span is sent alone. */
  readonly maxBatchBytes?: number | undefined
  /** How long a batch that is not full waits. Default one second. */
  readonly exportInterval?: Duration.Input | undefined
  /** How long the layer's release waits for what is left. Default ten seconds. */
  readonly shutdownTimeout?: Duration.Input | undefined
}
