/**
 * The queue in memory, limited by items and by bytes.
 *
 * @internal
 */
import type { Sized } from "./batch.ts"

/**
 * What happens when a span ends while the queue is full: the new span is dropped, the oldest is dropped, or the program
 * waits before that happens.
 *
 * @internal
 */
export type WhenFull = "dropNewest" | "dropOldest" | "wait"

/** @internal */
export interface Bounds {
  readonly maxItems: number
  readonly maxBytes: number
  readonly whenFull: WhenFull
}

// A power of two, so that a mask yields the index.
const initialPlaces = 64
const keptPlaces = 4096

const emptyPlaces = <A>(count: number): Array<A | undefined> => new Array<A | undefined>(count).fill(undefined)

/**
 * A ring buffer of waiting items. It is replaced only when it has to grow, because each array that is left behind would
 * keep its items until the next full garbage collection.
 *
 * @internal
 */
export class MemoryQueue<A extends Sized> {
  readonly #bounds: Bounds
  #places: Array<A | undefined> = emptyPlaces(initialPlaces)
  #head = 0
  #size = 0
  #bytes = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The number of further items for which there is room. */
  get room(): number {
    return this.#bytes >= this.#bounds.maxBytes ? 0 : Math.max(0, this.#bounds.maxItems - this.#size)
  }

  /** Whether an item fits without a loss. */
  hasRoomFor({ size }: A): boolean {
    return this.#size < this.#bounds.maxItems && this.#bytes + size <= this.#bounds.maxBytes
  }

  /**
   * Adds an item, and returns the number of items lost: the item itself or older ones. With `beyond` the limits are
   * doubled, for spans that could not wait.
   */
  offer(item: A, beyond = false): number {
    const { whenFull } = this.#bounds
    const factor = beyond ? 2 : 1
    const maxBytes = this.#bounds.maxBytes * factor
    const maxItems = this.#bounds.maxItems * factor
    const { size } = item
    let lost = 0
    while (this.#size >= maxItems || this.#bytes + size > maxBytes) {
      if (whenFull !== "dropOldest" || this.#size === 0 || size > maxBytes) return lost + 1
      this.#shift()
      lost++
    }
    if (this.#size === this.#places.length) this.#grow()
    this.#places[(this.#head + this.#size) & (this.#places.length - 1)] = item
    this.#size++
    this.#bytes += size
    return lost
  }

  /** Removes the oldest items, at least one if there is any, up to `maxItems` and `maxBytes`. */
  take(maxItems: number, maxBytes: number): Array<A> {
    const batch: Array<A> = []
    let bytes = 0
    while (this.#size > 0 && batch.length < maxItems) {
      const { size } = this.#places[this.#head]!
      if (batch.length > 0 && bytes + size > maxBytes) break
      bytes += size
      batch.push(this.#shift())
    }
    return batch
  }

  clear(): void {
    this.#places = emptyPlaces(initialPlaces)
    this.#head = 0
    this.#size = 0
    this.#bytes = 0
  }

  #grow(): void {
    const old = this.#places
    const places = emptyPlaces<A>(old.length * 2)
    for (let i = 0; i < this.#size; i++) places[i] = old[(this.#head + i) & (old.length - 1)]
    this.#places = places
    this.#head = 0
  }

  #shift(): A {
    const item = this.#places[this.#head]!
    this.#places[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#places.length - 1)
    this.#size--
    this.#bytes -= item.size
    // Shrinks an array that a burst has made large.
    if (this.#size === 0 && this.#places.length > keptPlaces) this.clear()
    return item
  }
}
