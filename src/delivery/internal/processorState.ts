/**
 * What a batch processor does next, and how far its release has come: values and pure functions, without a clock.
 *
 * @internal
 */

/**
 * - `Open`: what is given is taken in, and sent in batches.
 * - `Closing`: what is left is sent, as long as there is use in it. `leavesDisk` once a part that is safe on disk could
 *   not be sent: the rest of the disk is left to the next process.
 * - `Closed`: what is given is dropped, and what is still heard of a batch no longer counts.
 *
 * @internal
 */
export type Phase =
  | { readonly _tag: "Open" }
  | { readonly _tag: "Closing"; readonly leavesDisk: boolean }
  | { readonly _tag: "Closed" }

/** @internal */
export const open: Phase = { _tag: "Open" }

/** @internal */
export const closing: Phase = { _tag: "Closing", leavesDisk: false }

/** @internal */
export const closed: Phase = { _tag: "Closed" }

/** @internal */
export const leaveDisk = (phase: Phase): Phase =>
  phase._tag === "Closing" ? { _tag: "Closing", leavesDisk: true } : phase

/** @internal */
export const readsDisk = (phase: Phase): boolean =>
  phase._tag === "Open" || (phase._tag === "Closing" && !phase.leavesDisk)

/** What waits. @internal */
export interface Waiting {
  readonly items: number
  readonly bytes: number
  readonly onDisk: number
}

/** When a batch is full. @internal */
export interface BatchBounds {
  readonly items: number
  readonly bytes: number
}

/** @internal */
export const isEmpty = ({ items, onDisk }: Waiting): boolean => items === 0 && onDisk === 0

/** @internal */
export const isFull = ({ bytes, items, onDisk }: Waiting, bounds: BatchBounds): boolean =>
  items >= bounds.items || (items > 0 && bytes >= bounds.bytes) || onDisk >= bounds.items

/**
 * - `Rest`: nothing is there.
 * - `Collect`: a batch waits to be full, or old enough.
 * - `Take`: a batch is due.
 *
 * @internal
 */
export type Decision = "Rest" | "Collect" | "Take"

/** What whoever takes the next batch does; it is urgent while somebody flushes or the processor closes. @internal */
export const decide = (waiting: Waiting, bounds: BatchBounds, isOldEnough: boolean, isUrgent: boolean): Decision => {
  if (isEmpty(waiting)) return "Rest"
  return isOldEnough || isUrgent || isFull(waiting, bounds) ? "Take" : "Collect"
}

/** Whether whoever waits has to look: the first entry starts the clock of a batch, a full batch stops it. @internal */
export const wakes = (before: Waiting, now: Waiting, bounds: BatchBounds): boolean =>
  isEmpty(before) || isFull(now, bounds)
