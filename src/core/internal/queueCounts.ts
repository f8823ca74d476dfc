/**
 * The counts of an exporter and of its queue.
 *
 * @internal
 */

/** @internal */
export interface QueueCounts {
  readonly waiting: number
  readonly capacity: number
  readonly inFlight: number
  readonly delivered: number
  readonly dropped: Readonly<Record<string, number>>
}
