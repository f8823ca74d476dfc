/**
 * The next step of a batch processor and the phases of its shutdown: values and pure functions, without a clock.
 *
 * @internal
 */

/**
 * - `Open`: entries are accepted and sent in batches.
 * - `Closing`: the remaining entries are sent, as long as that may succeed. `leavesDisk` is set after a batch from the
 *   disk could not be sent. The rest of the disk is then left to the next process.
 * - `Closed`: new entries are dropped, and late responses no longer count.
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

/** The waiting entries. @internal */
export interface Waiting {
  readonly items: number
  readonly bytes: number
  readonly onDisk: number
}

/** The size of a full batch. @internal */
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
 * - `Rest`: there are no entries.
 * - `Collect`: a batch waits until it is full or old enough.
 * - `Take`: a batch is due.
 *
 * @internal
 */
export type Decision = "Rest" | "Collect" | "Take"

/** The decision about the next batch. It is urgent during a flush or a shutdown. @internal */
export const decide = (waiting: Waiting, bounds: BatchBounds, isOldEnough: boolean, isUrgent: boolean): Decision => {
  if (isEmpty(waiting)) return "Rest"
  return isOldEnough || isUrgent || isFull(waiting, bounds) ? "Take" : "Collect"
}

/** Whether a waiting fiber must wake: the first entry starts a batch's timer, a full batch ends it. @internal */
export const shouldWake = (before: Waiting, now: Waiting, bounds: BatchBounds): boolean =>
  isEmpty(before) || isFull(now, bounds)
