/**
 * What a queue of spans and its exporter have done so far.
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
