/**
 * Entries that are on their way, wherever they waited, and the one way to say what became of them.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"

/** @internal */
export interface Sized {
  /** Bytes of memory that it holds. */
  readonly size: number
}

/** @internal */
export interface Batch<Item> {
  readonly items: ReadonlyArray<Item>
  /** Whether they are safe where they were taken from, so that a shutdown need not wait for them. */
  readonly durable: boolean
  /** The fate of so many of them is known, and so many of these are lost for a reason. */
  readonly ack: (count: number, lost: number, reason: string) => void
  /** Run once the fate of all of them is known. */
  readonly done: Effect.Effect<void>
}
