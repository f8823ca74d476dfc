/**
 * One event while it happens: its kind, the fields known so far, and its attempts.
 *
 * @internal
 */
import type * as Tracer from "effect/Tracer"
import type { AttributeValue } from "../../../core/Attribute.ts"
import type { CallSite } from "../../../core/internal/callSite.ts"
import type { Fields } from "../../../model/Field.ts"
import type { Kind } from "../../Event.ts"

/** @internal */
export interface EventRecord {
  readonly kind: Kind<Fields>
  /** Grows until the event ends. */
  readonly fields: Record<string, unknown>
  readonly site: CallSite | undefined
  /** The event's attributes by its kind's own codec, written once, when the event ends. */
  attributes: Record<string, AttributeValue> | undefined
  /** Whether a value that was returned normally was judged a failure. */
  unsuccessful: boolean
  /** The span of the event. */
  span: Tracer.Span | undefined
  attempts: number
  /** The first attempt's span, opened with the event, until `traceAttempt` takes it over. */
  implicitAttempt: Tracer.Span | undefined
  /** Of an agent: the calls that it made itself. */
  calls?: { llm: number; tool: number } | undefined
  /** When the chunks came, of a streamed answer. */
  chunks?: ChunkTimes | undefined
}

/**
 * When the chunks of a stream came: the time of the last one, how many there were,
 * and the seconds between one and the next, of the first {@link maximumGaps}. The
 * seconds to the first one are the field `timeToFirstChunk`.
 *
 * @internal
 */
export interface ChunkTimes {
  last: bigint
  count: number
  readonly gaps: Array<number>
}

/** An endless stream must not fill the memory. @internal */
export const maximumGaps = 8192
