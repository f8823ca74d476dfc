/**
 * A directory is removed, completely or in part, or taken over, while its process is running. No span is lost, and no
 * span waits in memory because of it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import type { SpanData } from "../../src/core/SpanData.ts"
import type { DiskOptions } from "../../src/delivery/internal/disk/diskOptions.ts"
import { decodeSpan } from "../../src/otlp/internal/protobufReader.ts"
import { namesOf, spanNames, start } from "../support/delivery/diskProcess.ts"
import { FakeFiles } from "../support/delivery/fakeFiles.ts"
import { elapse } from "../support/delivery/scripted.ts"
import { withLog } from "../support/delivery/withLog.ts"

describe("a directory that is no longer its owner's", () => {
  it.effect("loses no span: the unacknowledged spans are written to another", () =>
    withLog((log) =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        first.begin(1000)
        for (let n = 0; n < 40; n++) first.end(n)
        const batch = yield* first.queue.read(7, 1e6)
        files.removeDirectory("/spans")
        for (let n = 40; n < 50; n++) first.end(n)
        yield* elapse("6 seconds")
        // The seven entries in flight are written again, too, and count as given again.
        assert.strictEqual(first.seen.adopted, 7)
        assert.strictEqual(first.queue.pending() + first.seen.unwritten, 57)
        assert.isAbove(files.paths(/\.log$/).length, 0)
        assert.deepStrictEqual(namesOf(batch), spanNames(7))
        batch.ack(7, 0, "")
        yield* batch.done
        for (let n = 50; n < 60; n++) first.end(n)
        yield* first.kill
        files.kill()
        const second = yield* start(files, 2)
        const names = new Set(yield* second.drain)
        assert.isTrue(names.has("span 1000"))
        assert.strictEqual(names.size + first.seen.unwritten, 61)
        assert.deepStrictEqual(second.seen.lost, {})
        assert.strictEqual(log.filter((line) => line.includes("no longer this process's own")).length, 1)
      })
    ))

  it.effect("is left in few operations, even with a long backlog", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1, { segmentBytes: 100_000 })
        for (let n = 0; n < 5_000; n++) first.end(n)
        files.removeDirectory("/spans")
        const before = files.operations
        for (let n = 5_000; n < 5_100; n++) first.end(n)
        for (let i = 0; i < 6; i++) yield* elapse("1 second")
        // 20 reads and 20 writes of 256 spans, and sometimes a new segment.
        assert.isBelow(files.operations - before, 200)
        // It opens a single new directory, and all unacknowledged entries are pending there.
        assert.lengthOf([...files.directories.keys()].filter((path) => /^\/spans\/test\/./.test(path)), 1)
        assert.deepStrictEqual([first.queue.pending(), first.seen.unwritten], [5_100, 0])
        yield* first.kill
        files.kill()
        const second = yield* start(files, 2)
        assert.deepStrictEqual(new Set(yield* second.drain), new Set(spanNames(5_100)))
      })
    ))

  it.effect("is noticed when its process ends, and the spans are left in another", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        for (let n = 0; n < 300; n++) first.end(n)
        files.removeDirectory("/spans")
        yield* first.close
        files.kill()
        const second = yield* start(files, 2)
        assert.deepStrictEqual(new Set(yield* second.drain), new Set(spanNames(300)))
      })
    ))

  it.effect("because another process took it over loses no span: both send them", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        for (let n = 0; n < 20; n++) first.end(n)
        // The heir cannot see the first process, as from another container.
        const heir = yield* start(files, 2)
        assert.strictEqual(heir.seen.adopted, 20)
        for (let n = 20; n < 30; n++) first.end(n)
        yield* TestClock.adjust("6 seconds")
        for (let n = 30; n < 40; n++) first.end(n)
        assert.strictEqual(first.queue.pending() + first.seen.unwritten, 40)
        assert.strictEqual((yield* first.drain).length + first.seen.unwritten, 40)
        assert.deepStrictEqual(first.seen.lost, {})
        // The heir reads the entries that the first process added meanwhile.
        assert.isAtLeast((yield* heir.drain).length, 20)
        yield* first.close
        yield* heir.close
        assert.deepStrictEqual(files.paths(/./), [])
      })
    ))

  it.effect("is noticed before the next write of a process that was stopped", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        first.end(0)
        yield* first.stopFibers
        const heir = yield* start(files, 2)
        assert.deepStrictEqual(yield* heir.drain, ["span 0"])
        yield* TestClock.adjust("40 seconds")
        first.end(1)
        yield* elapse(0)
        yield* first.kill
        const third = yield* start(files, 3)
        assert.include(yield* third.drain, "span 1")
      })
    ))

  it.effect("is taken over by the observer's clock, even if the owner's clock stands still or runs ahead", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const elsewhere = { since: 0, isAlive: () => undefined }
        const first = yield* start(files, 1, { process: { ...elsewhere, pid: 1, host: "there" } })
        first.end(0)
        yield* first.kill
        const [owner] = files.paths(/owner$/)
        files.files.get(owner!)!.mtime = 1e15
        const second = yield* start(files, 2, { process: { ...elsewhere, pid: 2, host: "here" } })
        yield* TestClock.adjust("29 seconds")
        assert.strictEqual(second.seen.adopted, 0)
        yield* TestClock.adjust("32 seconds")
        assert.strictEqual(second.seen.adopted, 1)
      })
    ))

  it.effect("after it was adopted has its spans counted as lost", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        for (let n = 0; n < 10; n++) first.end(n)
        yield* first.kill
        const second = yield* start(files, 2)
        assert.strictEqual(second.seen.adopted, 10)
        files.removeDirectory("/spans")
        yield* TestClock.adjust("6 seconds")
        assert.strictEqual(second.queue.pending(), 0)
        assert.deepStrictEqual(second.seen.lost, { disk_gone: 10 })
      })
    ))
})

describe("a removed directory", () => {
  /** A process that syncs at an interval, which is the default. */
  const waiting = Effect.fnUntraced(function*(options: Partial<DiskOptions> = {}) {
    const files = new FakeFiles()
    files.slowSyncs = true
    return { files, ...yield* start(files, 1, { fsync: Duration.millis(500), ...options }) }
  })
  const killed = Effect.fnUntraced(function*(
    { files, kill }: { readonly files: FakeFiles; readonly kill: Effect.Effect<void> }
  ) {
    yield* kill
    files.kill()
    return yield* start(files, 2)
  })

  it.effect("is replaced at once: no span waits in memory, where a crash would lose it", () =>
    withLog(() =>
      Effect.gen(function*() {
        const process = yield* waiting()
        for (let n = 0; n < 10; n++) process.end(n)
        process.files.removeDirectory("/spans")
        // The first span that needs a new segment finds the loss. No span waits until the disk has the new name.
        for (let n = 10; n < 60; n++) assert.isTrue(process.end(n))
        process.begin(60)
        assert.strictEqual(process.seen.unwritten, 0)
        assert.strictEqual(process.queue.pending(), 60)
        yield* elapse(0)
        const next = yield* killed(process)
        assert.deepStrictEqual(new Set(yield* next.drain), new Set(spanNames(61)))
      })
    ))

  it.effect("is noticed at an acknowledgement, and the disk still counts as working", () =>
    withLog((log) =>
      Effect.gen(function*() {
        const process = yield* waiting()
        for (let n = 0; n < 5; n++) process.end(n)
        const batch = yield* process.queue.read(3, 1e6)
        process.files.removeDirectory("/spans")
        batch.ack(3, 0, "")
        yield* batch.done
        for (let n = 5; n < 8; n++) assert.isTrue(process.end(n))
        yield* elapse(0)
        assert.lengthOf(log.filter((line) => line.includes("does not take")), 0)
        const next = yield* killed(process)
        assert.deepStrictEqual(new Set(yield* next.drain), new Set(spanNames(5, 3)))
      })
    ))

  it.effect("is noticed at the next span that ends", () =>
    withLog(() =>
      Effect.gen(function*() {
        const process = yield* waiting({ segmentBytes: 1e6 })
        process.end(0)
        process.files.removeDirectory("/spans")
        yield* TestClock.adjust("1100 millis")
        process.end(1)
        yield* elapse(0)
        const next = yield* killed(process)
        assert.deepStrictEqual(new Set(yield* next.drain), new Set(spanNames(2)))
      })
    ))

  it.effect("is also replaced if only some of its files were removed, and the rest is removed", () =>
    withLog(() =>
      Effect.gen(function*() {
        const process = yield* waiting()
        for (let n = 0; n < 30; n++) process.end(n)
        process.files.removeFiles(process.files.paths(/log$/).slice(1, 2))
        yield* elapse("6 seconds")
        assert.strictEqual(process.queue.pending(), 30)
        assert.lengthOf(process.files.paths(/owner$/), 1)
        const next = yield* killed(process)
        assert.deepStrictEqual(new Set(yield* next.drain), new Set(spanNames(30)))
        assert.deepStrictEqual(next.seen.lost, {})
      })
    ))

  it.effect("is replaced again if the new one is removed, too", () =>
    withLog(() =>
      Effect.gen(function*() {
        const process = yield* waiting()
        for (let round = 0; round < 4; round++) {
          for (let n = round * 300; n < (round + 1) * 300; n++) process.end(n)
          process.files.removeDirectory("/spans")
          // While the entries of the previous directory are still being moved.
          yield* Effect.repeat(Effect.yieldNow, { times: round * 2 })
        }
        yield* elapse("6 seconds")
        yield* elapse("6 seconds")
        assert.strictEqual(process.queue.pending(), 1200)
        const next = yield* killed(process)
        assert.deepStrictEqual(new Set(yield* next.drain), new Set(spanNames(1200)))
      })
    ))

  it.effect("is replaced once the disk works again", () =>
    withLog(() =>
      Effect.gen(function*() {
        const process = yield* waiting()
        for (let n = 0; n < 20; n++) process.end(n)
        process.files.removeDirectory("/spans")
        process.files.fails = (method) => method === "makeDirectory" ? "Unknown" : undefined
        yield* elapse("6 seconds")
        assert.isFalse(process.end(20))
        assert.strictEqual(process.queue.pending(), 20)
        process.files.fails = () => undefined
        yield* elapse("31 seconds")
        assert.isTrue(process.end(21))
        yield* elapse("6 seconds")
        const next = yield* killed(process)
        assert.deepStrictEqual(new Set(yield* next.drain), new Set([...spanNames(20), "span 21"]))
      })
    ))

  it.effect("never gets the start of a span after its end", () =>
    withLog(() =>
      Effect.gen(function*() {
        const process = yield* waiting()
        process.begin(0)
        process.begin(1)
        process.files.removeDirectory("/spans")
        // The process finds the loss here, and writes the end before it moves the starts.
        for (let n = 10; n < 30; n++) process.end(n)
        process.end(0)
        yield* elapse("6 seconds")
        const next = yield* killed(process)
        const spans: Array<SpanData> = []
        while (next.queue.unread() > 0) {
          const batch = yield* next.queue.read(9, 1e6)
          spans.push(...batch.items.map(decodeSpan))
          batch.ack(batch.items.length, 0, "")
          yield* batch.done
        }
        const recovered = spans.filter(({ attributes }) => attributes["agentops.recovered"] === true)
        assert.deepStrictEqual(recovered.map(({ name }) => name), ["span 1"])
      })
    ))

  it.effect("keeps batches that are read during the move", () =>
    withLog(() =>
      Effect.gen(function*() {
        const process = yield* waiting({ segmentBytes: 1e6 })
        for (let n = 0; n < 2_000; n++) process.end(n)
        process.files.removeDirectory("/spans")
        yield* TestClock.adjust("1100 millis")
        process.end(2_000)
        // The batches are never acknowledged, and are read at different moments of the move.
        for (let turn = 0; turn < 12; turn++) {
          yield* process.queue.read(20, 1e6)
          yield* Effect.yieldNow
        }
        yield* elapse("6 seconds")
        const next = yield* killed(process)
        assert.deepStrictEqual(new Set(yield* next.drain), new Set(spanNames(2_001)))
      })
    ))
})

describe("a log that cannot be read", () => {
  it.effect("does not delay the other logs, and is tried again", () =>
    withLog((log) =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        first.end(0)
        yield* first.kill
        files.kill()
        const second = yield* start(files, 2)
        files.fails = (method, path) => method === "readAlloc" && path.includes("~") ? "Unknown" : undefined
        assert.isTrue(second.end(1))
        assert.deepStrictEqual(namesOf(yield* second.queue.read(9, 1e6)), ["span 1"])
        assert.lengthOf(log.filter((line) => line.includes("cannot be read now")), 1)
        assert.lengthOf(log.filter((line) => line.includes("does not take")), 0)
        files.fails = () => undefined
        yield* elapse("31 seconds")
        assert.deepStrictEqual(namesOf(yield* second.queue.read(9, 1e6)), ["span 0"])
        assert.deepStrictEqual(second.seen.lost, {})
      })
    ))

  it.effect("because another process took it over does not count as damaged", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        for (let n = 0; n < 10; n++) first.end(n)
        yield* first.kill
        const second = yield* start(files, 2)
        const third = yield* start(files, 3)
        assert.deepStrictEqual([second.seen.adopted, third.seen.adopted], [10, 10])
        assert.deepStrictEqual(namesOf(yield* second.queue.read(99, 1e6)), [])
        assert.deepStrictEqual([second.seen.adopted, second.queue.pending(), second.seen.lost], [0, 0, {}])
      })
    ))
})
