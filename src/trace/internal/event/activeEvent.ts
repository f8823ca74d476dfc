/**
 * One running event: its kind, the fields known so far, and its attempts.
 *
 * @internal
 */
import type * as Tracer from "effect/Tracer"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { parseFrame } from "../../../core/internal/callSite.ts"
import type { CodeLocation } from "../../../core/SpanData.ts"
import type { Fields } from "../../../model/Field.ts"
import type { Usage } from "../../../model/Usage.ts"
import type { Kind } from "../../EventKind.ts"
import type { TracedEvent } from "../../Span.ts"
import type { AgentTotals } from "./agentTotals.ts"

/** @internal */
export class ActiveEvent implements TracedEvent {
  readonly kind: Kind<Fields>
  /** Completed until the event ends. */
  readonly fields: Record<string, unknown>
  /** Fields that the program gave as `null`. They stay out even if they could be read. */
  readonly omitted: ReadonlyArray<string>
  readonly site: CallSite | undefined
  /** `false` if a success value was judged a failure. */
  success = true
  /** Whether the event is inside a model call whose content the program left out. */
  isLeftOut = false
  /** The span of the event. */
  span: Tracer.Span | undefined = undefined
  attempts = 0
  /** The span of the first attempt, which starts with the event, until `traceAttempt` takes it over. */
  implicitAttempt: Tracer.Span | undefined = undefined
  /** For an agent: its own totals, without those of agents inside it. */
  own: AgentTotals | undefined = undefined
  /** For an ended model call: its usage, and its cost in nano-dollars, if they are known. */
  usage: Usage | undefined = undefined
  costNanos: number | undefined = undefined
  /** For a model call: whether a part of it has an unknown price. */
  unpriced = false
  /** The outer event of a call that has no span of its own. */
  outer: ActiveEvent | undefined = undefined
  /** The calls inside this one that are the same call. */
  folded: Folded | undefined = undefined
  /** The arrival times of the chunks of a streamed answer. */
  chunks: ChunkTimes | undefined = undefined

  constructor(
    kind: Kind<Fields>,
    fields: Record<string, unknown>,
    omitted: ReadonlyArray<string>,
    site: CallSite | undefined
  ) {
    this.kind = kind
    this.fields = fields
    this.omitted = omitted
    this.site = site
  }

  get callSite(): CodeLocation | undefined {
    return parseFrame(this.site?.frame())
  }

  /** Fills in fields that are neither known nor omitted. */
  fillIn(fields: Readonly<Record<string, unknown>> | undefined): void {
    for (const field in fields) {
      if (fields[field] !== undefined && this.fields[field] === undefined && !this.omitted.includes(field)) {
        this.fields[field] = fields[field]
      }
    }
  }
}

/** Calls inside a call: see `fold`. @internal */
export interface Folded {
  /** The event's own fields, which are kept. */
  readonly ownFields: ReadonlySet<string>
  /** The fields that were copied from the last answered call. */
  readonly from: Set<string>
  /** The calls with a usage or cost. */
  readonly calls: Array<ActiveEvent>
}

/**
 * The arrival times of a stream's chunks: the last time, the number of chunks, and the seconds between successive
 * chunks, for the first {@link maximumGaps} of them. The seconds to the first chunk are the field `timeToFirstChunk`.
 *
 * @internal
 */
export interface ChunkTimes {
  last: bigint
  count: number
  readonly gaps: Array<number>
}

/** Keeps an endless stream from filling the memory. @internal */
export const maximumGaps = 8192
