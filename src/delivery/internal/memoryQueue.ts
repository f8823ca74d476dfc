/**
 * Spans that wait in memory: a queue bounded in number and in bytes.
 *
 * @internal
 */
import type { Sized } from "./batch.ts"

/**
 * What happens to a span that ends while the queue is full: it goes, or the one that waited longest does,
 * or the program waits so that it does not come to that.
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

/** @internal */
export class MemoryQueue<A extends Sized> {
  readonly #bounds: Bounds
  #items: Array<A> = []
  #head = 0
  #bytes = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#items.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  /** How many more items there is room for. */
  get room(): number {
    return this.#bytes >= this.#bounds.maxBytes ? 0 : Math.max(0, this.#bounds.maxItems - this.size)
  }

  /** Whether an item can be taken in with no loss. */
  hasRoomFor({ size }: A): boolean {
    return this.size < this.#bounds.maxItems && this.#bytes + size <= this.#bounds.maxBytes
  }

  /**
   * Takes an item in, and gives the number of items that were lost for it: the item itself or older ones. Those that
   * nobody could hold back are taken in up to twice the bounds.
   */
  offer(item: A, beyond = false): number {
    const { whenFull } = this.#bounds
    const factor = beyond ? 2 : 1
    const maxBytes = this.#bounds.maxBytes * factor
    const maxItems = this.#bounds.maxItems * factor
    const { size } = item
    let lost = 0
    while (this.size >= maxItems || this.#bytes + size > maxBytes) {
      if (whenFull !== "dropOldest" || this.size === 0 || size > maxBytes) return lost + 1
      this.#shift()
      lost++
    }
    this.#items.push(item)
    this.#bytes += size
    return lost
  }

  /** Takes out the oldest items, at least one if there is any, up to a number and to a number of bytes. */
  take(maxItems: number, maxBytes: number): Array<A> {
    const batch: Array<A> = []
    let bytes = 0
    while (this.size > 0 && batch.length < maxItems) {
      const { size } = this.#items[this.#head]!
      if (batch.length > 0 && bytes + size > maxBytes) break
      bytes += size
      batch.push(this.#shift())
    }
    return batch
  }

  clear(): void {
    this.#items = []
    this.#head = 0
    this.#bytes = 0
  }

  #shift(): A {
    const item = this.#items[this.#head]!
    // Let go at once: the array is shortened only now and then.
    this.#items[this.#head++] = undefined as unknown as A
    this.#bytes -= item.size
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head > 4096 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
