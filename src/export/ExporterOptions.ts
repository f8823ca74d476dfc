/**
 * The options of every span exporter.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Convention from "../convention/Convention.ts"
import type * as Content from "../privacy/Content.ts"
import type { Span } from "../trace/Span.ts"

/**
 * The options of every span exporter: which spans it sends, in which form, and when.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The vocabulary. Default {@link Convention.standard}, for AgentOps {@link Convention.agentOps}. */
  readonly convention?: Convention.Convention | undefined
  /** How much content is exported: prompts, completions, a tool's arguments and results, and error messages. */
  readonly content?: Content.Policy | boolean | undefined
  /** Which errors keep their message if content is off. Default `outside`: errors that do not come from an event. */
  readonly errors?: Content.ErrorPolicy | undefined
  /**
   * Which spans are exported. `sessions` selects those of sessions and the spans around a session in its trace. A
   * function selects spans itself. Spans that are not selected count nowhere. Default: all. The filter decides about
   * each span, so a child may be exported without its parent.
   */
  readonly filter?: "sessions" | ((span: Span) => boolean) | undefined
  /**
   * Which attempts are exported: `all`, or `several`, which exports them only if an event took more than one. A single
   * attempt repeats its event, and single attempts are half of all spans. With `several`, children of a first attempt
   * become children of the event, because they are sent before a further attempt is known. Default `all`.
   */
  readonly attempts?: "all" | "several" | undefined
  /** How many spans may wait. Default one million, because the limit that matters is `maxQueueBytes`. */
  readonly maxQueueSize?: number | undefined
  /**
   * How many bytes may wait. Default 256 MiB, or an eighth of the process's memory limit if that is known and less, as
   * in a container.
   */
  readonly maxQueueBytes?: number | undefined
  /**
   * Which span is dropped, counted as `queue_full`, when a span ends while the queue is full: that span, or the oldest.
   * With `wait` none is dropped: while the queue is full, the next event or session waits before it starts, so the
   * program runs as fast as its backend. It waits at most 30 seconds without progress of the backend. Spans of events
   * that have already started are accepted, up to twice the limits of the queue. Spans that cannot wait, such as those
   * of `Effect.withSpan`, are dropped. With `Exporter.durable` the disk stores what memory cannot, and nothing waits.
   * Log records never wait. Default `dropNewest`.
   */
  readonly whenFull?: "dropNewest" | "dropOldest" | "wait" | undefined
  /** How many spans a request has at most. Default 1,024. */
  readonly maxBatchSize?: number | undefined
  /** How many bytes a request has at most, before compression. Default 4 MiB. A larger span is sent alone. */
  readonly maxBatchBytes?: number | undefined
  /** How long a batch that is not full waits. Default one second. */
  readonly exportInterval?: Duration.Input | undefined
  /** How long the release of the layer waits for the remaining spans. Default ten seconds. */
  readonly shutdownTimeout?: Duration.Input | undefined
}
