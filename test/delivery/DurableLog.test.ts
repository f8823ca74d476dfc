/**
 * The log of a durable exporter over fake files, which can lose unsynced content, stop at any operation, fail, and be
 * damaged. Every accepted entry is sent at least once, or counted as lost.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import { decodeSpan } from "../../src/otlp/internal/protobufReader.ts"
import { encoded, namesOf, resource, scope, spanNames, start } from "../support/delivery/diskProcess.ts"
import { FakeFiles } from "../support/delivery/fakeFiles.ts"
import { elapse } from "../support/delivery/scripted.ts"
import { withLog } from "../support/delivery/withLog.ts"

describe("the log", () => {
  it.effect("returns its entries in order, over many segments, and leaves no file", () =>
    Effect.gen(function*() {
      const files = new FakeFiles()
      const { close, drain, end, queue } = yield* start(files, 1)
      for (let n = 0; n < 100; n++) assert.isTrue(end(n))
      assert.isAbove(files.paths(/\.log$/).length, 10)
      assert.strictEqual(queue.pending(), 100)
      assert.deepStrictEqual(yield* drain, spanNames(100))
      assert.strictEqual(queue.pending(), 0)
      assert.strictEqual(files.paths(/\.log$/).length, 1)
      yield* close
      assert.deepStrictEqual(files.paths(/./), [])
    }))

  it.effect("moves its cursor past the acknowledged entries only", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        for (let n = 0; n < 30; n++) first.end(n)
        const batches = [yield* first.queue.read(10, 1e6), yield* first.queue.read(10, 1e6)] as const
        batches[1].ack(10, 0, "")
        yield* batches[1].done
        yield* first.kill
        const second = yield* start(files, 2)
        assert.strictEqual(second.seen.adopted, 30)
        const [again] = [yield* second.queue.read(10, 1e6)]
        assert.deepStrictEqual(namesOf(again), spanNames(10))
        again.ack(10, 0, "")
        yield* again.done
        yield* second.kill
        const third = yield* start(files, 3)
        assert.deepStrictEqual(yield* third.drain, spanNames(20, 10))
      })
    ))

  it.effect("keeps the resource and scope of a span", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        first.end(0)
        yield* first.kill
        const { queue } = yield* start(files, 2)
        assert.deepStrictEqual((yield* queue.read(1, 1e6)).items.map(({ resource, scope }) => ({ resource, scope })), [
          { resource, scope }
        ])
      })
    ))

  it.effect("drops the newest or the oldest spans when it is full", () =>
    Effect.gen(function*() {
      const newest = yield* start(new FakeFiles(), 1, { maxBytes: 5_000 })
      for (let n = 0; n < 100; n++) assert.isTrue(newest.end(n))
      const dropped = newest.seen.lost["queue_full"]!
      assert.isAbove(dropped, 50)
      assert.isAtMost(newest.queue.bytes(), 5_000)
      assert.deepStrictEqual(yield* newest.drain, spanNames(100 - dropped))

      const oldest = yield* start(new FakeFiles(), 1, { maxBytes: 5_000, whenFull: "dropOldest" })
      for (let n = 0; n < 100; n++) assert.isTrue(oldest.end(n))
      const gone = oldest.seen.lost["queue_full"]!
      assert.isAbove(gone, 50)
      assert.deepStrictEqual(yield* oldest.drain, spanNames(100 - gone, gone))
    }))
})

describe("spans without an end", () => {
  it.effect("are sent by the next process, as crashed", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        first.begin(0)
        first.begin(1)
        first.end(1)
        yield* first.kill
        const { queue, seen } = yield* start(files, 2)
        assert.strictEqual(seen.adopted, 2)
        const spans = [...(yield* queue.read(9, 1e6)).items, ...(yield* queue.read(9, 1e6)).items].map(decodeSpan)
        assert.deepStrictEqual(spans.map(({ name, status }) => [name, status.code]), [
          ["span 1", "unset"],
          ["span 0", "error"]
        ])
        assert.strictEqual(spans[1]!.attributes["error.type"], "process_crash")
        assert.strictEqual(spans[1]!.attributes["agentops.recovered"], true)
        // The last known time of the process is the end of its other span.
        assert.strictEqual(spans[1]!.endTime, spans[0]!.endTime)
      })
    ))

  it.effect("are recovered when the segment with their start was deleted", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        first.begin(1000)
        for (let n = 0; n < 100; n++) {
          first.begin(n)
          first.end(n)
          if (n % 10 === 9) yield* first.drain
        }
        assert.isAtMost(files.paths(/\.log$/).length, 2)
        yield* first.kill
        const second = yield* start(files, 2)
        assert.deepStrictEqual(yield* second.drain, ["span 1000"])
        yield* second.close
        assert.deepStrictEqual(files.paths(/./), [])
      })
    ))

  it.effect("are recovered after a loss of power, when the process that took over has lived for an interval", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        files.slowSyncs = true
        const interval = { fsync: Duration.millis(500) }
        const first = yield* start(files, 1, interval)
        for (let n = 0; n < 9; n++) first.end(n)
        first.begin(9)
        yield* first.kill
        files.kill()
        const second = yield* start(files, 2, interval)
        assert.strictEqual(second.seen.adopted, 10)
        yield* elapse("1 second")
        yield* second.kill
        files.kill()
        files.losePower(0, "nothing", 1)
        const third = yield* start(files, 3)
        for (let i = 0; i < 7; i++) yield* elapse("10 seconds")
        assert.deepStrictEqual(new Set(yield* third.drain), new Set(spanNames(10)))
      })
    ))

  it.effect("are recovered after a loss of power, when the segment with their start was deleted", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        files.slowSyncs = true
        const first = yield* start(files, 1, { fsync: Duration.millis(500) })
        first.begin(1000)
        yield* elapse("1 second")
        for (let n = 0; n < 40; n++) first.end(n)
        assert.lengthOf(yield* first.drain, 40)
        yield* elapse(0)
        assert.lengthOf(files.paths(/0001.log$/), 0)
        yield* first.kill
        files.kill()
        files.losePower(0, "nothing", 1)
        const second = yield* start(files, 2)
        // The owner's name was not synced, so the next process waits for a heartbeat.
        for (let i = 0; i < 7; i++) yield* elapse("10 seconds")
        assert.include(yield* second.drain, "span 1000")
      })
    ))

  it.effect("are recovered when the process that took them over dies, too", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        first.begin(0)
        for (let n = 1; n < 50; n++) first.end(n)
        yield* first.kill
        const second = yield* start(files, 2)
        const batch = yield* second.queue.read(49, 1e6)
        batch.ack(49, 0, "")
        yield* batch.done
        yield* second.kill
        const third = yield* start(files, 3)
        assert.deepStrictEqual(yield* third.drain, ["span 0"])
      })
    ))
})

describe("directories", () => {
  it.effect("of living processes are left alone", () =>
    Effect.gen(function*() {
      const files = new FakeFiles()
      const process = { host: "here", since: 0, isAlive: () => true }
      const first = yield* start(files, 1, { process: { ...process, pid: 1 } })
      first.end(0)
      const second = yield* start(files, 2, { process: { ...process, pid: 2 } })
      for (let i = 0; i < 100; i++) yield* TestClock.adjust("1 second")
      assert.strictEqual(second.seen.adopted, 0)
      assert.deepStrictEqual(yield* first.drain, ["span 0"])
    }))

  it.effect("of a process on another host are taken over when it stops its heartbeat", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const process = { since: 0, isAlive: () => true }
        const first = yield* start(files, 1, { process: { ...process, pid: 1, host: "there" } })
        first.end(0)
        yield* first.kill
        const second = yield* start(files, 2, { process: { ...process, pid: 2, host: "here" } })
        assert.strictEqual(second.seen.adopted, 0)
        for (let i = 0; i < 70; i++) yield* TestClock.adjust("1 second")
        assert.strictEqual(second.seen.adopted, 1)
      })
    ))

  it.effect("of an earlier process with the same process id are taken over at once", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const process = { pid: 1, host: "here", isAlive: () => true }
        const first = yield* start(files, 1, { process: { ...process, since: 1 } })
        first.end(0)
        yield* first.kill
        const second = yield* start(files, 1, { process: { ...process, since: 2 } })
        assert.strictEqual(second.seen.adopted, 1)
      })
    ))

  it.effect("of a dead process are taken over by exactly one of several starting processes", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        for (let n = 0; n < 10; n++) first.end(n)
        yield* first.kill
        const all = (pid: number) => pid !== 1
        const started = yield* Effect.forEach(
          [2, 3, 4, 5],
          (pid) => start(files, pid, { process: { pid, host: "here", since: 0, isAlive: all } }),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(started.reduce((sum, { seen }) => sum + seen.adopted, 0), 10)
      })
    ))
})

describe("a directory that is finished", () => {
  it.effect("is removed safely, even if the process is killed at any step", () =>
    withLog(() =>
      Effect.gen(function*() {
        // A process ends without entries. It is killed at each operation of its end, one after another.
        for (let stop = 0;; stop++) {
          const files = new FakeFiles()
          const first = yield* start(files, 1)
          for (let n = 0; n < 30; n++) first.end(n)
          yield* first.drain
          files.stopAt = files.operations + stop
          const fiber = yield* Effect.forkChild(first.close)
          yield* elapse(0)
          const isOver = fiber.pollUnsafe() !== undefined
          files.kill()
          const second = yield* start(files, 2)
          assert.strictEqual(second.queue.pending(), 0, `stopped at ${stop}`)
          assert.isAtLeast(second.queue.unread(), 0, `stopped at ${stop}`)
          second.end(100)
          assert.strictEqual(second.queue.unread(), 1, `stopped at ${stop}`)
          assert.deepStrictEqual(yield* second.drain, ["span 100"], `stopped at ${stop}`)
          yield* second.close
          if (isOver) {
            assert.deepStrictEqual(files.paths(/./), [])
            return
          }
        }
      })
    ))

  it.effect("has no pending entries, even if a part of its log is missing", () =>
    withLog(() =>
      Effect.gen(function*() {
        for (const keep of [0, 0.3, 0.9]) {
          const files = new FakeFiles()
          const first = yield* start(files, 1)
          for (let n = 0; n < 12; n++) first.end(n)
          yield* first.drain
          yield* first.kill
          files.kill()
          for (const path of files.paths(/\.log$/)) {
            const file = files.files.get(path)!
            if (keep === 0) files.files.delete(path)
            else file.kernel = file.kernel.slice(0, Math.floor(file.kernel.length * keep))
          }
          const second = yield* start(files, 2)
          assert.strictEqual(second.queue.pending(), 0)
          assert.strictEqual(second.seen.adopted, 0)
          second.end(100)
          assert.deepStrictEqual(yield* second.drain, ["span 100"])
          yield* second.close
          assert.deepStrictEqual(files.paths(/./), [])
        }
      })
    ))
})

describe("an untrusted file", () => {
  it.effect("is ignored and logged once, and other directories are taken over", () =>
    withLog((log) =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        for (const pid of [1, 2]) {
          const process = yield* start(files, pid, { process: { pid, host: "here", since: 0, isAlive: () => true } })
          process.end(pid)
          yield* process.kill
        }
        const [path] = files.paths(/\.log$/)
        files.files.get(path!)!.problem = "it is a symbolic link"
        const third = yield* start(files, 3)
        yield* TestClock.adjust("5 minutes")
        assert.deepStrictEqual(yield* third.drain, ["span 2"])
        assert.strictEqual(log.filter((line) => line.includes("is left alone")).length, 1)
      })
    ))
})

describe("a disk that fails", () => {
  it.effect.each(["open", "writeAll"] as const)(
    "at %s is logged once, and used again when it works",
    (method) =>
      withLog((log) =>
        Effect.gen(function*() {
          const files = new FakeFiles()
          const { drain, end, queue, seen } = yield* start(files, 1)
          end(0)
          files.fails = (what, path) => what === method && path.endsWith(".log") ? "Unknown" : undefined
          // An open segment does not need to be opened.
          for (let n = 1; n < 40; n++) if (!end(n)) seen.unwritten++
          assert.isAbove(seen.unwritten, 20)
          assert.strictEqual(queue.pending() + seen.unwritten, 40)
          files.fails = () => undefined
          assert.isFalse(end(40))
          yield* TestClock.adjust("31 seconds")
          assert.isTrue(end(41))
          assert.deepStrictEqual(log.length, 2)
          assert.include(log[0], "the disk does not take spans, so they wait in memory")
          assert.include(log[1], "the disk takes spans again")
          const names = yield* drain
          assert.strictEqual(names.length, 41 - seen.unwritten)
          assert.deepStrictEqual(seen.lost, {})
        })
      )
  )

  it.effect("from the beginning accepts no entries until it works", () =>
    withLog((log) =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        files.fails = () => "PermissionDenied"
        const { drain, end } = yield* start(files, 1)
        assert.isFalse(end(0))
        yield* TestClock.adjust("31 seconds")
        assert.isFalse(end(1))
        files.fails = () => undefined
        yield* TestClock.adjust("31 seconds")
        assert.isTrue(end(2))
        assert.deepStrictEqual(yield* drain, ["span 2"])
        assert.strictEqual(log.filter((line) => line.includes("does not take")).length, 1)
      })
    ))

  it.effect("in the middle of a write leaves no part of the write", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        first.end(0)
        const [path] = files.paths(/\.log$/)
        const before = files.files.get(path!)!.kernel.length
        files.fails = (method) => {
          if (method !== "writeAll") return undefined
          const file = files.files.get(path!)!
          file.kernel = Uint8Array.from([...file.kernel, 1, 2, 3])
          return "Unknown"
        }
        first.end(1)
        assert.strictEqual(files.files.get(path!)!.kernel.length, before)
      })
    ))
})

describe("a crash after any single operation", () => {
  /**
   * Begins, ends, sends and acknowledges spans until it is done or stopped, and notes the spans that must not be lost.
   */
  const run = Effect.fnUntraced(function*(files: FakeFiles) {
    const noted = { kept: [] as Array<string>, arrived: [] as Array<string> }
    const keep = (n: number) => files.operations < files.stopAt && noted.kept.push(`span ${n}`)
    yield* Effect.forkChild(Effect.gen(function*() {
      const { begin, end, queue } = yield* start(files, 1, { fsync: "always" })
      for (let n = 0; n < 24; n++) {
        if (n % 3 === 0) {
          begin(n)
          keep(n)
        }
        end(n)
        keep(n)
        if (n % 6 === 5) {
          const batch = yield* queue.read(4, 1e6)
          noted.arrived.push(...namesOf(batch))
          batch.ack(batch.items.length, 0, "")
          yield* batch.done
        }
      }
    }))
    yield* elapse(0)
    return noted
  })

  const crashAt = Effect.fnUntraced(function*(operation: number, torn: number, powerLoss: boolean) {
    const files = new FakeFiles()
    files.stopAt = operation
    files.torn = torn
    const noted = yield* run(files)
    files.kill()
    if (powerLoss) files.losePower(torn, "nothing")
    const next = yield* start(files, 2)
    // A directory without an owner's name is left alone for a while, because its process may be about to write the
    // name.
    for (let i = 0; i < 10; i++) yield* TestClock.adjust("10 seconds")
    const names = new Set([...noted.arrived, ...yield* next.drain])
    assert.deepStrictEqual(noted.kept.filter((name) => !names.has(name)), [], `at operation ${operation}`)
    assert.deepStrictEqual(next.seen.lost, {}, `at operation ${operation}`)
    yield* next.kill
  })

  it.effect.each([[0, false], [0.5, false], [1, false], [0, true], [0.5, true]] as const)(
    "loses no span: a write torn at %d, power lost: %s",
    ([torn, powerLoss]) =>
      withLog(() =>
        Effect.gen(function*() {
          const whole = new FakeFiles()
          const { kept } = yield* run(whole)
          assert.strictEqual(kept.length, 32)
          const { operations } = whole
          assert.isAbove(operations, 80)
          for (let operation = 0; operation <= operations; operation++) {
            yield* crashAt(operation, torn, powerLoss)
          }
        })
      ),
    60_000
  )
})

describe("damage", () => {
  const written = Effect.fnUntraced(function*(count: number) {
    const files = new FakeFiles()
    const first = yield* start(files, 1)
    for (let n = 0; n < count; n++) first.end(n)
    yield* first.kill
    return files
  })

  it.effect("of any single byte loses at most one span, and counts it", () =>
    withLog(() =>
      Effect.gen(function*() {
        const count = 12
        const sample = yield* written(count)
        for (const path of sample.paths(/\.log$/)) {
          const { length } = sample.files.get(path)!.kernel
          for (let at = 0; at < length; at++) {
            const files = yield* written(count)
            const [target] = files.paths(new RegExp(`${path.slice(-12)}$`))
            files.files.get(target!)!.kernel[at]! ^= 1 << at % 8
            const { drain, seen } = yield* start(files, 2)
            const names = yield* drain
            const lost = seen.lost["corrupt"] ?? 0
            assert.isAtMost(lost, 1, `byte ${at}`)
            // A wrong length in the last record looks like an incomplete write.
            const isLast = path === sample.paths(/\.log$/).at(-1) && at > length - encoded(0).bytes.length - 22
            if (!isLast) assert.strictEqual(names.length + lost, count, `byte ${at} of ${path}`)
            assert.isAtLeast(names.length, count - 1)
          }
        }
      })
    ), 60_000)

  it.effect("by a missing segment is counted exactly", () =>
    withLog(() =>
      Effect.gen(function*() {
        const count = 50
        const files = yield* written(count)
        const paths = files.paths(/\.log$/)
        files.files.delete(paths[2]!)
        const { drain, seen } = yield* start(files, 2)
        const names = yield* drain
        assert.isAbove(seen.lost["corrupt"]!, 3)
        assert.strictEqual(names.length + seen.lost["corrupt"]!, count)
      })
    ))

  const blow = Arbitrary.schema(Schema.Struct({
    file: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 })),
    at: Schema.Number.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
    bytes: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))),
    cut: Schema.Boolean
  }))

  it.effect.prop("of any kind never stops the reader, and every lost span is counted", [
    Arbitrary.array(blow, { minLength: 1, maxLength: 5 })
  ], ([blows]) =>
    withLog(() =>
      Effect.gen(function*() {
        const count = 40
        const files = yield* written(count)
        const paths = files.paths(/\.(log)$|cursor$/)
        let tail = false
        for (const { at, bytes, cut, file } of blows) {
          const index = file % paths.length
          const target = files.files.get(paths[index]!)!
          const offset = Math.floor(at * target.kernel.length)
          if (cut) {
            target.kernel = target.kernel.slice(0, offset)
            tail ||= index === paths.length - 1
          } else {
            target.kernel = target.kernel.slice()
            target.kernel.set(bytes.slice(0, target.kernel.length - offset), offset)
            tail ||= index === paths.length - 1 && bytes.length > 0
          }
        }
        const { drain, queue, seen } = yield* start(files, 2)
        const names = yield* drain
        assert.strictEqual(new Set(names).size, names.length)
        assert.strictEqual(queue.pending(), 0)
        const lost = seen.lost["corrupt"] ?? 0
        assert.strictEqual(names.length + lost, seen.adopted)
        // Entries that are cut off at the very end leave no trace.
        if (!tail) assert.strictEqual(seen.adopted, count)
        assert.isAtMost(seen.adopted, count)
      })
    ))
})
