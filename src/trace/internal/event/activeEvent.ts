/**
 * One event while it happens: its kind, the fields known so far, and its attempts.
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
  /** Grows until the event ends. */
  readonly fields: Record<string, unknown>
  /** Fields that the program gave as `null`: they stay out, also where they could be read. */
  readonly omitted: ReadonlyArray<string>
  readonly site: CallSite | undefined
  /** `false` where a value that was returned normally was judged a failure. */
  success = true
  /** The span of the event. */
  span: Tracer.Span | undefined = undefined
  attempts = 0
  /** The first attempt's span, opened with the event, until `traceAttempt` takes it over. */
  implicitAttempt: Tracer.Span | undefined = undefined
  /** Of an agent: what it did itself, apart from the agents inside of it. */
  own: AgentTotals | undefined = undefined
  /** Of a model call that has ended: what it used, and what it cost in nano-dollars, where that is known. */
  usage: Usage | undefined = undefined
  costNanos: number | undefined = undefined
  /** Of a model call: whether something of it has a price that nobody knows. */
  unpriced = false
  /** The event that this call is the inside of: it has no span of its own. */
  outer: ActiveEvent | undefined = undefined
  /** The calls that were made inside of this one, and are it. */
  folded: Folded | undefined = undefined
  /** When the chunks came, of a streamed answer. */
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

  /** Fills in what is not known yet, and may be. */
  fillIn(fields: Readonly<Record<string, unknown>> | undefined): void {
    for (const field in fields) {
      if (fields[field] !== undefined && this.fields[field] === undefined && !this.omitted.includes(field)) {
        this.fields[field] = fields[field]
      }
    }
  }
}

/** Calls inside of a call: see `fold`. @internal */
export interface Folded {
  /** The fields that the event had of its own: these stay. */
  readonly told: ReadonlySet<string>
  /** The fields that it has from the call that answered last. */
  readonly from: Set<string>
  /** Those that cost something, or may. */
  readonly calls: Array<ActiveEvent>
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
