/**
 * A batch of entries from memory or from disk, and its acknowledgement.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"

/** @internal */
export interface Sized {
  /** The bytes of memory that it uses. */
  readonly size: number
}

/** @internal */
export interface Batch<Item> {
  readonly items: ReadonlyArray<Item>
  /** Whether the entries are safe on disk, so that a shutdown need not wait for them. */
  readonly durable: boolean
  /** Acknowledges `count` entries, of which `lost` are dropped for a reason. */
  readonly ack: (count: number, lost: number, reason: string) => void
  /** Runs once all entries are acknowledged. */
  readonly done: Effect.Effect<void>
}
