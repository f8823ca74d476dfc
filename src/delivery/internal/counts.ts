/**
 * The counts of one destination: everything that was given is pending, delivered, or dropped for a reason.
 *
 * @internal
 */

/** @internal */
export class Counts {
  /** What was handed over in this process, or taken over from a dead one. */
  given = 0
  delivered = 0
  droppedTotal = 0
  readonly dropped: Record<string, number> = {}

  drop(reason: string, count: number): void {
    if (count <= 0) return
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count
    this.droppedTotal += count
  }

  /** So many had their fate, some of them as lost. */
  ack(count: number, lost: number, reason: string): void {
    this.delivered += count - lost
    this.drop(reason, lost)
  }

  /** Those whose fate is known. */
  get known(): number {
    return this.delivered + this.droppedTotal
  }

  /** What was dropped since `before`, by reason. */
  droppedSince(before: Readonly<Record<string, number>>): ReadonlyArray<readonly [reason: string, count: number]> {
    return Object.entries(this.dropped).flatMap(([reason, count]) => {
      const more = count - (before[reason] ?? 0)
      return more > 0 ? [[reason, more] as const] : []
    })
  }
}
