/**
 * Tests the disk queue against a model: after any sequence of events, each accepted span arrives.
 *
 * Each run has a new seed, which is in the test's title. `DISK_SEED=… npx vitest run test/delivery/DiskModel.test.ts`
 * repeats a run, and `DISK_RUNS=20000` makes it longer.
 *
 * Some spans may be missing:
 *
 * - Spans that were written but not synced when the machine stopped. With `always` there are none. With an interval,
 *   there are none that a living process wrote at least an interval before. If the disk kept everything, there are
 *   none.
 * - Spans in a removed directory, if their process died before it had moved them. A log line tells when it has.
 * - Spans that are counted as `disk_gone`. They must come from a dead process whose directory was removed after its
 *   adoption. They may be uncounted if the adopting process died before its next heartbeat.
 * - Spans of such a directory that were in flight when it was removed, if the adopting process died before they
 *   arrived.
 *
 * The disk works, so the queue must accept all entries and return none to memory.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import type { Batch } from "../../src/delivery/internal/batch.ts"
import type { Encoded } from "../../src/delivery/internal/codec.ts"
import type { Fsync } from "../../src/delivery/internal/disk/diskOptions.ts"
import { decodeSpan } from "../../src/otlp/internal/protobufReader.ts"
import { namesOf, start } from "../support/delivery/diskProcess.ts"
import { FakeFiles } from "../support/delivery/fakeFiles.ts"
import { elapse } from "../support/delivery/scripted.ts"
import { withLog } from "../support/delivery/withLog.ts"

const runs = Number(process.env["DISK_RUNS"] ?? 150)
const seed = process.env["DISK_SEED"] ?? String(Date.now())

/**
 * - `end`, `begin`, `finish`: spans end, or start and end much later, if at all
 * - `send`, `settle`: a batch is read; one of the read batches arrives
 * - `drain`: all read batches arrive, and one more
 * - `outlive`: a span starts, and stays open while many others are written and sent
 * - `sync`: time passes until the disk is synced
 * - `kill`, `killSoon`: the process dies now, or during one of its next operations
 * - `power`: the machine stops, and the disk loses a part of its unsynced content
 * - `leave`: the process ends normally
 * - `steal`: another process takes this one for dead, and sends a part of its spans
 * - `remove`: all directories, or a part of this process's directory, are removed while it runs
 */
const weights = {
  end: 4,
  begin: 2,
  finish: 1,
  send: 2,
  settle: 2,
  drain: 2,
  outlive: 2,
  sync: 2,
  kill: 1,
  killSoon: 1,
  power: 1,
  leave: 1,
  steal: 1,
  remove: 2
}
type What = keyof typeof weights
const whats = (Object.keys(weights) as Array<What>).flatMap((what) => Array.from({ length: weights[what] }, () => what))
const upTo12 = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))
const Step = Schema.Struct({ what: Schema.Literals(whats), count: upTo12, other: upTo12 })
const step = Arbitrary.schema(Step)

const interval = Duration.millis(500)

interface Taken {
  /** The process that accepted the span. */
  readonly pid: number
  /** The latest time at which the span was written to its current file. */
  writtenAt: number
  synced: boolean
}

class World {
  readonly files = new FakeFiles()
  readonly fsync: Fsync
  readonly log: ReadonlyArray<string>
  /** The process that accepts spans, and the number of processes so far. */
  pid = 0
  processes = 0
  next = 0
  /** The spans that must arrive, and those that have arrived. */
  readonly taken = new Map<string, Taken>()
  readonly arrived = new Set<string>()
  /** The spans that may be missing, and those that may be missing if they are counted. */
  readonly excused = new Set<string>()
  readonly removed = new Set<string>()
  /** The numbers of the spans that have started and not ended, and the names of those that have ended since. */
  begun: Array<number> = []
  readonly finished = new Set<string>()
  /** The spans whose start is in a directory that was taken over or lost. An heir may report them, too. */
  readonly shared = new Set<string>()
  batches: Array<Batch<Encoded>> = []
  /** How many spans all processes together have counted as `disk_gone`. */
  gone = 0
  /** The most spans that a loss of power can have taken, and those that were being written at that moment. */
  cut = 0
  torn = 0
  /** How many directories may have a copy of a span: a process moves what another has taken over. */
  copies = 1
  /** Removed directories of this process, until it has logged that their spans are moved. */
  leaving: ReadonlyArray<string> = []
  removedAt = -Infinity
  /** Whether only a part of a directory was removed. Its reader then misses spans that have already arrived. */
  isPartial = false

  constructor(fsync: Fsync, log: ReadonlyArray<string>) {
    this.fsync = fsync
    this.log = log
    this.files.slowSyncs = fsync !== "always"
  }

  get isAlive() {
    return this.files.operations < this.files.stopAt
  }

  /** Starts the next process that accepts spans. */
  begin() {
    this.pid = this.processes + 1
    return this.another()
  }

  another() {
    let corrupt = 0
    return start(this.files, ++this.processes, {
      fsync: this.fsync,
      onUnwritten: () => assert.fail("a disk that works takes all"),
      onLost: (reason, count) => {
        if (count === 0) return
        assert.include(["disk_gone", "corrupt"], reason)
        if (reason === "disk_gone") this.gone += count
        else corrupt += count
        // If this process dies before it has noted a loss, the next one counts it again.
        if (!this.isPartial) assert.isAtMost(corrupt, this.cut, "no more is missed than was lost")
      }
    })
  }

  take(name: string, now: number) {
    // A dead process accepts nothing.
    if (this.isAlive) this.taken.set(name, { pid: this.pid, writtenAt: now, synced: this.fsync === "always" })
    else this.torn++
  }

  /** Notes the passing of time in a living process. */
  noteSynced(now: number) {
    if (!this.isAlive || typeof this.fsync === "string" || this.files.syncing > 0) return
    // The content of removed files is not on the disk until it has been moved.
    if (this.isLeaving()) return this.unsync(now)
    for (const span of this.taken.values()) {
      if (now - span.writtenAt >= Duration.toMillis(this.fsync)) span.synced = true
    }
  }

  unsync(now: number) {
    if (this.fsync === "always") return
    for (const span of this.taken.values()) Object.assign(span, { writtenAt: now, synced: false })
  }

  isLeaving() {
    return this.leaving.some((directory) =>
      !this.log.some((line) => line.includes(`${directory} was no longer this process's own`))
    )
  }

  arrive(batch: Batch<Encoded>) {
    if (!this.isAlive) return Effect.void
    this.note(batch.items)
    batch.ack(batch.items.length, 0, "")
    return batch.done
  }

  note(items: ReadonlyArray<Encoded>) {
    for (const { attributes, name } of items.map(decodeSpan)) {
      this.arrived.add(name)
      if (attributes["agentops.recovered"] === undefined || this.excused.has(name)) continue
      assert.isFalse(this.finished.has(name), `${name} had ended`)
    }
  }

  losePower(share: number, names: number, rest: "nothing" | "zeros") {
    this.files.losePower(share, rest, names)
    if (share === 1 && names === 1) return
    // A span's end may be lost while its start is kept.
    this.finished.clear()
    this.cut += this.torn
    for (const [name, { synced }] of this.taken) {
      if (!synced && !this.arrived.has(name)) this.taken.delete(name)
      if (!synced) this.cut += this.copies
    }
  }

  /** Notes that this process is dead, or about to die. */
  noteDead(now: number) {
    if (now - this.removedAt < 6_000) { for (const name of this.removed) this.excused.add(name) }
    // Only this process still had the entries in flight whose directory was removed.
    for (const name of this.batches.flatMap(namesOf)) if (this.removed.delete(name)) this.excused.add(name)
    if (this.isLeaving()) { for (const [name, span] of this.taken) if (span.pid === this.pid) this.excused.add(name) }
    this.leaving = []
    this.begun = []
  }

  /** Notes that the spans in progress may be reported as never ended too. */
  share() {
    for (const n of this.begun) this.shared.add(`span ${n}`)
  }

  /** The directory that this process writes to, unless it has just lost it. */
  homeOf(): ReadonlyArray<string> {
    return [...this.files.directories.keys()].filter((path) => path.includes(`-${this.pid}-`) && !path.includes("~"))
  }

  /** Removes all directories, or a part of this process's directory. */
  remove(part: number, now: number) {
    this.leaving = [...this.leaving, ...this.homeOf()]
    if (part < 1) {
      const own = this.files.paths(/owner$|\.log$/).filter((path) => this.leaving.some((one) => path.startsWith(one)))
      this.isPartial = true
      return this.files.removeFiles(own.slice(0, Math.max(1, Math.floor(own.length * part))))
    }
    const onTheirWay = new Set(this.batches.flatMap(namesOf))
    for (const [name, span] of this.taken) {
      // This process still has its own spans, in open files.
      if (span.pid !== this.pid) (onTheirWay.has(name) ? this.excused : this.removed).add(name)
    }
    this.removedAt = now
    this.files.removeDirectory("/spans")
  }
}

/** Waits for a process to end, which may sync its files. */
const closed = Effect.fnUntraced(function*(close: Effect.Effect<void>) {
  const fiber = yield* Effect.forkDetach(close)
  while (fiber.pollUnsafe() === undefined) yield* elapse(0)
})

const play = Effect.fnUntraced(function*(
  fsync: Fsync,
  steps: ReadonlyArray<typeof Step.Type>,
  log: ReadonlyArray<string>
) {
  const world = new World(fsync, log)
  const { files } = world
  let current = yield* world.begin()

  const end = Effect.fnUntraced(function*(count: number) {
    const now = yield* Clock.currentTimeMillis
    for (let i = 0; i < count; i++, world.next++) {
      assert.isTrue(current.end(world.next), "a disk that works takes all")
      world.take(`span ${world.next}`, now)
    }
  })

  const begin = Effect.gen(function*() {
    current.begin(world.next)
    // Until this process notices that its directory was taken over, it writes starts to that directory.
    if (world.isLeaving()) world.shared.add(`span ${world.next}`)
    if (world.isAlive) world.begun.push(world.next)
    world.take(`span ${world.next++}`, yield* Clock.currentTimeMillis)
  })

  const run = Effect.fnUntraced(function*({ count, other, what }: typeof Step.Type) {
    const { queue } = current
    switch (what) {
      case "end":
        return yield* end(count)
      case "begin":
        return yield* begin
      case "outlive":
        yield* begin
        yield* TestClock.adjust(interval)
        yield* elapse(0)
        world.noteSynced(yield* Clock.currentTimeMillis)
        yield* end(4 * count)
        while (queue.unread() > 0) yield* world.arrive(yield* queue.read(12, 1e6))
        return
      case "finish": {
        const n = world.begun.shift()
        if (n === undefined) return
        assert.isTrue(current.end(n), "a disk that works takes all")
        world.take(`span ${n}`, yield* Clock.currentTimeMillis)
        if (world.isAlive && !world.shared.has(`span ${n}`)) world.finished.add(`span ${n}`)
        return
      }
      case "send":
        return void world.batches.push(yield* queue.read(count, 1e6))
      case "settle": {
        // Any of the read batches, and not always the first.
        const [batch] = world.batches.splice(count % Math.max(1, world.batches.length), 1)
        return batch === undefined ? undefined : yield* world.arrive(batch)
      }
      case "drain":
        for (const batch of world.batches.splice(0)) yield* world.arrive(batch)
        return yield* world.arrive(yield* queue.read(count * 4, 1e6))
      case "sync":
        return yield* TestClock.adjust(interval)
      case "steal": {
        // The spans that it moves later are written then, so they wait for another sync.
        world.leaving = [...world.leaving, ...world.homeOf()]
        world.share()
        world.copies++
        const thief = yield* world.another()
        yield* world.arrive(yield* thief.queue.read(count, 1e6))
        assert.isAtLeast(thief.queue.pending(), 0)
        yield* other % 2 === 0 ? thief.close : thief.kill
        return other % 3 === 0 ? undefined : yield* TestClock.adjust("6 seconds")
      }
      case "remove": {
        // A process that is about to die could not move its spans.
        if (files.stopAt !== Infinity) return
        // Waits until the directories of dead processes are adopted.
        for (let i = 0; i < 7; i++) yield* TestClock.adjust("5 seconds")
        // Until this process has moved, a start may be in two directories, and its end in one of them.
        world.share()
        world.remove(other > 5 ? 1 : other / 6, yield* Clock.currentTimeMillis)
        // The process notices at its next heartbeat, or earlier.
        if (count % 3 === 0) yield* TestClock.adjust("6 seconds")
      }
    }
  })

  const restart = Effect.fnUntraced(function*() {
    world.noteDead(yield* Clock.currentTimeMillis)
    files.kill()
    world.batches = []
    current = yield* world.begin()
  })

  let dies = 0
  for (const one of steps) {
    switch (one.what) {
      case "killSoon":
        // The process dies during one of the next operations, in any step.
        if (files.stopAt !== Infinity) break
        files.stopAt = files.operations + one.count
        files.torn = one.other / 12
        dies = 3
        break
      case "kill":
      case "power":
      case "leave":
        if (one.what === "leave" && files.stopAt === Infinity) {
          yield* closed(current.close)
        } else yield* current.kill
        if (one.what === "power") {
          world.noteDead(yield* Clock.currentTimeMillis)
          world.losePower(one.count / 12, one.other > 6 ? 1 : one.other / 6, one.count % 2 === 0 ? "nothing" : "zeros")
        }
        yield* restart()
        break
      default: {
        // Detached, because a step in which its process dies never ends.
        const fiber = yield* Effect.forkDetach(run(one))
        for (let turn = 0; turn < 30 && fiber.pollUnsafe() === undefined; turn++) yield* Effect.yieldNow
        // A step that takes time ends before the next one, unless the process died in it.
        while (fiber.pollUnsafe() === undefined && files.operations < files.stopAt) yield* elapse("1 second")
        const exit = fiber.pollUnsafe()
        if (exit !== undefined) yield* exit
        yield* elapse(0)
        world.noteSynced(yield* Clock.currentTimeMillis)
      }
    }
    if (files.stopAt !== Infinity && one.what !== "killSoon" && --dies <= 0) {
      yield* current.kill
      yield* restart()
    }
    if (files.stopAt === Infinity) assert.isAtLeast(current.queue.pending(), 0)
  }
  yield* current.kill
  world.noteDead(yield* Clock.currentTimeMillis)
  files.kill()
  world.batches = []
  const last = yield* world.begin()
  for (let i = 0; i < 4; i++) yield* TestClock.adjust("10 seconds")
  while (last.queue.unread() > 0) {
    const batch = yield* last.queue.read(7, 1e4)
    world.note(batch.items)
    batch.ack(batch.items.length, 0, "")
    yield* batch.done
  }
  assert.strictEqual(last.queue.pending(), 0)
  yield* closed(last.close)
  assert.deepStrictEqual(files.paths(/./), [], "nothing is left on the disk")
  const missing = [...world.taken.keys()].filter((name) => !world.arrived.has(name) && !world.excused.has(name))
  assert.deepStrictEqual(missing.filter((name) => !world.removed.has(name)), [])
  assert.isAtMost(missing.length, world.gone, missing.join(", "))
})

describe(`whatever happens in whatever order, each span that was taken arrives (DISK_SEED=${seed})`, () => {
  const policies: ReadonlyArray<readonly [string, Fsync]> = [
    ["always", "always"],
    ["every 500 milliseconds", interval],
    ["never", "never"]
  ]
  for (const [title, fsync] of policies) {
    it.effect.prop(
      `with the disk waited for ${title}`,
      [Arbitrary.array(step, { minLength: 1, maxLength: 40 })],
      ([steps]) => withLog((log) => play(fsync, steps, log)),
      { arbitrary: { runs, seed }, timeout: 3_600_000 }
    )
  }
})
