/**
 * The account of one destination's spans: every one that was given is pending, delivered, or dropped for a reason.
 *
 * @internal
 */

/** @internal */
export class Ledger {
  /** Spans that ended and were handed to the destination, in this process. */
  given = 0
  delivered = 0
  droppedTotal = 0
  readonly dropped: Record<string, number> = {}

  drop(reason: string, count: number): void {
    if (count <= 0) return
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count
    this.droppedTotal += count
  }

  /** Spans whose fate is known. */
  get settled(): number {
    return this.delivered + this.droppedTotal
  }
}
