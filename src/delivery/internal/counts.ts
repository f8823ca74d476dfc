/**
 * The counts of one destination: every given entry is pending, delivered, or dropped for a reason.
 *
 * @internal
 */

/** @internal */
export class Counts {
  /** The entries that were given in this process, or adopted from a dead one. */
  given = 0
  delivered = 0
  droppedTotal = 0
  readonly dropped: Record<string, number> = {}

  drop(reason: string, count: number): void {
    if (count <= 0) return
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count
    this.droppedTotal += count
  }

  /** Acknowledges `count` entries, of which `lost` are dropped. */
  ack(count: number, lost: number, reason: string): void {
    this.delivered += count - lost
    this.drop(reason, lost)
  }

  /** The number of acknowledged entries. */
  get known(): number {
    return this.delivered + this.droppedTotal
  }

  /** The dropped entries since `before`, by reason. */
  droppedSince(before: Readonly<Record<string, number>>): ReadonlyArray<readonly [reason: string, count: number]> {
    return Object.entries(this.dropped).flatMap(([reason, count]) => {
      const more = count - (before[reason] ?? 0)
      return more > 0 ? [[reason, more] as const] : []
    })
  }
}
