/**
 * The log of a durable exporter over files that can lose what was not synced, stop at any operation, fail, and be
 * damaged: what was taken is sent at least once, or counted as lost.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import type { DiskBatch, DiskOptions } from "../../src/delivery/internal/disk/diskQueue.ts"
import { openDiskQueue } from "../../src/delivery/internal/disk/diskQueue.ts"
import { encodeSpan } from "../../src/otlp/internal/protobuf.ts"
import { decodeSpan } from "../../src/otlp/internal/protobufReader.ts"
import { FakeFiles } from "../support/delivery/fakeFiles.ts"
import { elapse } from "../support/delivery/scripted.ts"
import { withLog } from "../support/delivery/withLog.ts"
import { makeSpan } from "../support/otlp/spans.ts"

const { resource, scope } = makeSpan()
const fallback = { resource: { attributes: { "service.name": "fallback" } }, scope }

const idOf = (n: number) => n.toString(16).padStart(16, "0")

const encoded = (n: number, padding = 0) => ({
  bytes: encodeSpan(makeSpan({ spanId: idOf(n), name: `span ${n}`, attributes: { text: "x".repeat(padding) } })),
  resource,
  scope
})

/** A process that uses the files: its queue, and what the queue told it. */
const start = Effect.fnUntraced(function*(files: FakeFiles, pid: number, options: Partial<DiskOptions> = {}) {
  const alive = new Set([pid])
  const seen = { adopted: 0, lost: {} as Record<string, number>, unwritten: 0 }
  const scope = yield* Scope.make()
  const queue = yield* openDiskQueue({
    fs: files.fileSystem,
    root: "/spans",
    process: { pid, host: "here", since: 0, isAlive: (pid) => alive.has(pid) },
    maxBytes: 1_000_000,
    segmentBytes: 1_000,
    fsync: "never",
    name: "test",
    whenFull: "dropNewest",
    fallback,
    onAvailable: () => {},
    onAdopted: (count) => void (seen.adopted += count),
    onLost: (reason, count) => void (count > 0 && (seen.lost[reason] = (seen.lost[reason] ?? 0) + count)),
    onUnwritten: (spans) => void (seen.unwritten += spans.length),
    ...options
  }).pipe(Scope.provide(scope))
  return {
    queue,
    seen,
    /** Ends a span. */
    end: (n: number, padding = 0) => queue.ended(makeSpan().traceId, idOf(n), encoded(n, padding)),
    begin: (n: number) => queue.started(makeSpan().traceId, idOf(n), () => encoded(n)),
    /** Ends as a process does that is killed. */
    kill: Scope.close(scope, Exit.void),
    close: Effect.andThen(queue.close, Scope.close(scope, Exit.void)),
    /** Takes what there is, and says that it has arrived. */
    drain: Effect.gen(function*() {
      const names: Array<string> = []
      while (queue.unread() > 0) {
        const batch = yield* queue.read(7, 10_000)
        names.push(...namesOf(batch))
        batch.settle(batch.spans.length)
        yield* batch.settled
      }
      return names
    })
  }
})

const namesOf = (batch: DiskBatch) => batch.spans.map((span) => decodeSpan(span).name)
const spanNames = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `span ${from + i}`)

describe("the log", () => {
  it.effect("gives back what it took, in order, over many segments, and leaves nothing", () =>
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

  it.effect("moves its cursor past what is settled and no further", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        for (let n = 0; n < 30; n++) first.end(n)
        const batches = [yield* first.queue.read(10, 1e6), yield* first.queue.read(10, 1e6)] as const
        batches[1].settle(10)
        yield* batches[1].settled
        yield* first.kill
        const second = yield* start(files, 2)
        assert.strictEqual(second.seen.adopted, 30)
        const [again] = [yield* second.queue.read(10, 1e6)]
        assert.deepStrictEqual(namesOf(again), spanNames(10))
        again.settle(10)
        yield* again.settled
        yield* second.kill
        const third = yield* start(files, 3)
        assert.deepStrictEqual(yield* third.drain, spanNames(20, 10))
      })
    ))

  it.effect("keeps what a span belongs to", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        first.end(0)
        yield* first.kill
        const { queue } = yield* start(files, 2)
        assert.deepStrictEqual((yield* queue.read(1, 1e6)).spans.map(({ resource, scope }) => ({ resource, scope })), [
          { resource, scope }
        ])
      })
    ))

  it.effect("that is full takes no more, or lets the oldest go", () =>
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

describe("spans that had not ended", () => {
  it.effect("are sent by the next process, as what they are", () =>
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
        const spans = [...(yield* queue.read(9, 1e6)).spans, ...(yield* queue.read(9, 1e6)).spans].map(decodeSpan)
        assert.deepStrictEqual(spans.map(({ name, status }) => [name, status.code]), [
          ["span 1", "unset"],
          ["span 0", "error"]
        ])
        assert.strictEqual(spans[1]!.attributes["error.type"], "process_crash")
        assert.strictEqual(spans[1]!.attributes["agentops.recovered"], true)
        // The last that is known of the process is the end of its other span.
        assert.strictEqual(spans[1]!.endTime, spans[0]!.endTime)
      })
    ))

  it.effect("are known of when the segment of their start is long gone", () =>
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

  it.effect("are still known of when the process that took them over dies too", () =>
    withLog(() =>
      Effect.gen(function*() {
        const files = new FakeFiles()
        const first = yield* start(files, 1)
        first.begin(0)
        for (let n = 1; n < 50; n++) first.end(n)
        yield* first.kill
        const second = yield* start(files, 2)
        const batch = yield* second.queue.read(49, 1e6)
        batch.settle(49)
        yield* batch.settled
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

  it.effect("of a process elsewhere are taken over when it gives no sign of life", () =>
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

  it.effect("of an earlier process with our own id are taken over at once", () =>
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

  it.effect("of a dead process go to one of those that start at once, whoever is first at any step", () =>
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

describe("a disk that fails", () => {
  it.effect.each(["open", "writeAll"] as const)(
    "at %s is told of once, and used again when it works",
    (method) =>
      withLog((log) =>
        Effect.gen(function*() {
          const files = new FakeFiles()
          const { drain, end, queue, seen } = yield* start(files, 1)
          end(0)
          files.fails = (what, path) => what === method && path.endsWith(".log") ? "Unknown" : undefined
          // A segment that is open need not be opened.
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

  it.effect("from the beginning takes nothing until it works", () =>
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

  it.effect("in the middle of a write leaves nothing of it", () =>
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
  /** Begins, ends, sends and settles, and notes what must not be lost, until it is done or stands still. */
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
          batch.settle(batch.spans.length)
          yield* batch.settled
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
    if (powerLoss) files.losePower(torn)
    const next = yield* start(files, 2)
    // A directory without the name of its owner is left for a while: its maker may be about to write it.
    for (let i = 0; i < 10; i++) yield* TestClock.adjust("10 seconds")
    const names = new Set([...noted.arrived, ...yield* next.drain])
    assert.deepStrictEqual(noted.kept.filter((name) => !names.has(name)), [], `at operation ${operation}`)
    assert.deepStrictEqual(next.seen.lost, {}, `at operation ${operation}`)
    yield* next.kill
  })

  it.effect.each([[0, false], [0.5, false], [1, false], [0, true], [0.5, true]] as const)(
    "loses nothing: a write torn at %d, power lost: %s",
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

  it.effect("of any one byte costs one span at most, and it is counted", () =>
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
            // Of the last frame, a length that is wrong looks like a write that was never done.
            const isLast = path === sample.paths(/\.log$/).at(-1) && at > length - encoded(0).bytes.length - 22
            if (!isLast) assert.strictEqual(names.length + lost, count, `byte ${at} of ${path}`)
            assert.isAtLeast(names.length, count - 1)
          }
        }
      })
    ), 60_000)

  it.effect("of a segment that is gone is counted to the span", () =>
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

  it.effect.prop("of any kind anywhere stops nothing, and nothing is lost without a count", [
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
        // What is cut off the end of all is not known to have been there.
        if (!tail) assert.strictEqual(seen.adopted, count)
        assert.isAtMost(seen.adopted, count)
      })
    ))
})

const step = Arbitrary.schema(Schema.Struct({
  what: Schema.Literals(["end", "end", "begin", "send", "send", "settle", "settle", "kill", "power", "sync", "leave"]),
  count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))
}))

it.effect.prop("whatever happens in whatever order, each span that was taken arrives", [
  Arbitrary.array(step, { minLength: 1, maxLength: 40 })
], ([steps]) =>
  withLog(() =>
    Effect.gen(function*() {
      const files = new FakeFiles()
      const fsync = Duration.millis(500)
      let pid = 1
      let current = yield* start(files, pid, { fsync })
      let next = 0
      // The model: what was taken, what of it has arrived, and what the disk may have lost with the power.
      const taken = new Set<string>()
      const synced = new Set<string>()
      const arrived = new Set<string>()
      let batches: Array<DiskBatch> = []
      for (const { count, what } of steps) {
        switch (what) {
          case "end":
            for (let i = 0; i < count; i++) {
              assert.isTrue(current.end(next))
              taken.add(`span ${next++}`)
            }
            break
          case "begin":
            current.begin(next)
            taken.add(`span ${next++}`)
            break
          case "send":
            batches.push(yield* current.queue.read(count, 1e6))
            break
          case "settle": {
            // Any of those that are on their way, not the first of them.
            const [batch] = batches.splice(count % Math.max(1, batches.length), 1)
            if (batch === undefined) break
            for (const name of namesOf(batch)) arrived.add(name)
            batch.settle(batch.spans.length)
            yield* batch.settled
            break
          }
          case "sync":
            yield* TestClock.adjust(fsync)
            for (const name of taken) synced.add(name)
            break
          default: {
            if (what === "leave") yield* current.close
            else yield* current.kill
            if (what === "power") {
              files.losePower(count / 12)
              for (const name of taken) if (!synced.has(name) && !arrived.has(name)) taken.delete(name)
            }
            files.kill()
            batches = []
            current = yield* start(files, ++pid, { fsync })
          }
        }
      }
      yield* current.kill
      files.kill()
      const last = yield* start(files, ++pid)
      for (let i = 0; i < 10; i++) yield* TestClock.adjust("10 seconds")
      for (const name of yield* last.drain) arrived.add(name)
      assert.deepStrictEqual([...taken].filter((name) => !arrived.has(name)), [])
    })
  ), { timeout: 60_000 })
