import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { WhenFull } from "../../src/delivery/internal/memoryQueue.ts"
import { MemoryQueue } from "../../src/delivery/internal/memoryQueue.ts"

interface Item {
  readonly id: number
  readonly size: number
}

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const operations = Arbitrary.array(
  Arbitrary.all({ take: Arbitrary.schema(Schema.Boolean), size: int(0, 40), count: int(1, 5) }),
  { minLength: 0, maxLength: 60 }
)

/** The same queue, written simply instead of fast. */
class Model {
  items: ReadonlyArray<Item> = []
  readonly maxItems: number
  readonly maxBytes: number
  readonly whenFull: WhenFull
  constructor(maxItems: number, maxBytes: number, whenFull: WhenFull) {
    this.maxItems = maxItems
    this.maxBytes = maxBytes
    this.whenFull = whenFull
  }
  get bytes(): number {
    return this.items.reduce((sum, { size }) => sum + size, 0)
  }
  offer(item: Item): number {
    const before = this.items.length + 1
    const fits = (items: ReadonlyArray<Item>) =>
      items.length <= this.maxItems && items.reduce((sum, { size }) => sum + size, 0) <= this.maxBytes
    if (!fits([item])) return 1
    let after = [...this.items, item]
    if (this.whenFull === "dropNewest" && !fits(after)) return 1
    while (!fits(after)) after = after.slice(1)
    this.items = after
    return before - after.length
  }
  take(maxItems: number, maxBytes: number): ReadonlyArray<Item> {
    let count = 0
    let bytes = 0
    for (const { size } of this.items) {
      if (count === maxItems || (count > 0 && bytes + size > maxBytes)) break
      bytes += size
      count++
    }
    const taken = this.items.slice(0, count)
    this.items = this.items.slice(count)
    return taken
  }
}

describe("MemoryQueue", () => {
  for (const whenFull of ["dropNewest", "dropOldest"] as const) {
    it.prop(`${whenFull}: does what a list would, within both bounds`, [operations], ([operations]) => {
      const bounds = { maxItems: 8, maxBytes: 100, whenFull }
      const queue = new MemoryQueue<Item>(bounds)
      const model = new Model(8, 100, whenFull)
      operations.forEach(({ count, size, take }, id) => {
        if (take) assert.deepStrictEqual(queue.take(count, size), model.take(count, size))
        else assert.strictEqual(queue.offer({ id, size }), model.offer({ id, size }))
        assert.strictEqual(queue.size, model.items.length)
        assert.strictEqual(queue.bytes, model.bytes)
        assert.isAtMost(queue.size, bounds.maxItems)
        assert.isAtMost(queue.bytes, bounds.maxBytes)
      })
    })
  }

  it.prop(
    "does what a list would while it grows, wherever in its ring the items begin",
    [operations],
    ([operations]) => {
      const queue = new MemoryQueue<Item>({ maxItems: Infinity, maxBytes: Infinity, whenFull: "dropNewest" })
      let waiting: ReadonlyArray<Item> = []
      operations.forEach(({ count, size, take }, i) => {
        if (take) {
          assert.deepStrictEqual(queue.take(count * 9, Infinity), waiting.slice(0, count * 9))
          waiting = waiting.slice(count * 9)
        } else {
          const items = Array.from({ length: size }, (_, j) => ({ id: i * 100 + j, size: j }))
          for (const item of items) assert.strictEqual(queue.offer(item), 0)
          waiting = [...waiting, ...items]
        }
        assert.strictEqual(queue.size, waiting.length)
      })
      assert.deepStrictEqual(queue.take(Infinity, Infinity), waiting)
    }
  )

  it("an item larger than the whole queue is dropped, and no other item is", () => {
    const queue = new MemoryQueue<Item>({ maxItems: 3, maxBytes: 10, whenFull: "dropOldest" })
    assert.strictEqual(queue.offer({ id: 1, size: 5 }), 0)
    assert.strictEqual(queue.offer({ id: 2, size: 11 }), 1)
    assert.deepStrictEqual(queue.take(3, 10).map(({ id }) => id), [1])
  })

  it("keeps the order and the count over many more items than its size", () => {
    const queue = new MemoryQueue<Item>({ maxItems: 20_000, maxBytes: Infinity, whenFull: "dropNewest" })
    let next = 0
    for (let id = 0; id < 100_000; id++) {
      queue.offer({ id, size: 1 })
      if (id % 3 === 2) { for (const item of queue.take(3, Infinity)) assert.strictEqual(item.id, next++) }
    }
    assert.strictEqual(queue.size, 100_000 - next)
  })
})
