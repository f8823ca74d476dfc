/**
 * The disk queue against a model: whatever happens in whatever order, each span that was taken arrives.
 *
 * Each run of the tests has a seed of its own, which the tests' title names: `DISK_SEED=… npx vitest run
 * test/delivery/DiskModel.test.ts` runs it again, and `DISK_RUNS=20000` runs more of it.
 *
 * What need not arrive, and why:
 *
 * - What the machine took with it when it stopped: what was written and, under `fsync`, not synced yet. Nothing with
 *   `always`; with an interval nothing that a living process wrote an interval ago; nothing where the disk kept all.
 * - What was in a directory that was removed, if its process died before it had moved out, which it tells.
 * - What the log counted as `disk_gone`, and only what a dead process had left in a directory that was then removed. It
 *   need not be counted if this process died before its next heartbeat.
 * - What was on its way out of such a directory when it was removed, if this process died before it arrived.
 *
 * The disk works, so it must take all: nothing is handed back to wait in memory.
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
 * - `end`, `begin`, `finish`: spans end, or start and end much later, if they do
 * - `send`, `settle`: a batch is taken; one of those that are taken has arrived
 * - `drain`: all batches arrive, and some more
 * - `outlive`: a span starts, and stays open while many others come and go
 * - `sync`: time passes until the disk has what was written
 * - `kill`, `killSoon`: the process dies now, or in the middle of what it does next
 * - `power`: the machine stops, and the disk loses a share of what it was not asked to keep
 * - `leave`: the process ends in order
 * - `steal`: another process thinks this one dead, and sends a part of what it took over
 * - `remove`: somebody removes all directories, or a part of this process's, while it runs
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
  /** The process that took it. */
  readonly pid: number
  /** When it was written to where it is, at the latest. */
  writtenAt: number
  synced: boolean
}

class World {
  readonly files = new FakeFiles()
  readonly fsync: Fsync
  readonly log: ReadonlyArray<string>
  /** The process that takes spans, and how many there have been. */
  pid = 0
  processes = 0
  next = 0
  /** What must arrive, and what has. */
  readonly taken = new Map<string, Taken>()
  readonly arrived = new Set<string>()
  /** What need not arrive, and what need not if it is counted. */
  readonly excused = new Set<string>()
  readonly removed = new Set<string>()
  /** Spans that have started and not ended, by their number, and those that have ended after that. */
  begun: Array<number> = []
  readonly finished = new Set<string>()
  /** Those whose start another process took over, which then tells of them too. */
  readonly shared = new Set<string>()
  batches: Array<Batch<Encoded>> = []
  /** What all processes together told as lost. */
  gone = 0
  /** Spans that the power took, at most, with those that were being written when it went. */
  cut = 0
  torn = 0
  /** Directories of this process that were removed, as long as it has not told that it moved out of them. */
  leaving: ReadonlyArray<string> = []
  removedAt = -Infinity
  /** Whether a part of a directory was removed: whoever reads what is left of it misses what has long arrived. */
  isPartial = false

  constructor(fsync: Fsync, log: ReadonlyArray<string>) {
    this.fsync = fsync
    this.log = log
    this.files.slowSyncs = fsync !== "always"
  }

  get isAlive() {
    return this.files.operations < this.files.stopAt
  }

  /** The process that takes spans from now on. */
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
        // The next process counts it again where this one dies before it has noted that.
        if (!this.isPartial) assert.isAtMost(corrupt, this.cut, "no more is missed than was lost")
      }
    })
  }

  take(name: string, now: number) {
    // A process that is dead takes nothing.
    if (this.isAlive) this.taken.set(name, { pid: this.pid, writtenAt: now, synced: this.fsync === "always" })
    else this.torn++
  }

  /** Time has passed in a process that lives. */
  noteSynced(now: number) {
    if (!this.isAlive || typeof this.fsync === "string" || this.files.syncing > 0) return
    // What is in files that are gone is on no disk, until it has been moved.
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
    // Its end may be lost, and its start not.
    this.finished.clear()
    this.cut += this.torn
    for (const [name, { synced }] of this.taken) {
      if (!synced && !this.arrived.has(name)) this.taken.delete(name)
      if (!synced) this.cut++
    }
  }

  /** This process is dead, or about to be. */
  noteDead(now: number) {
    if (now - this.removedAt < 6_000) { for (const name of this.removed) this.excused.add(name) }
    if (this.isLeaving()) { for (const [name, span] of this.taken) if (span.pid === this.pid) this.excused.add(name) }
    this.leaving = []
    this.begun = []
  }

  /** The directory that this process writes to, unless it has just lost it. */
  homeOf(): ReadonlyArray<string> {
    return [...this.files.directories.keys()].filter((path) => path.includes(`-${this.pid}-`) && !path.includes("~"))
  }

  /** All directories are removed, or a part of this process's own. */
  remove(part: number, now: number) {
    this.leaving = [...this.leaving, ...this.homeOf()]
    if (part < 1) {
      const own = this.files.paths(/owner$|\.log$/).filter((path) => this.leaving.some((one) => path.startsWith(one)))
      this.isPartial = true
      return this.files.removeFiles(own.slice(0, Math.max(1, Math.floor(own.length * part))))
    }
    const onTheirWay = new Set(this.batches.flatMap(namesOf))
    for (const [name, span] of this.taken) {
      // What this process took it still has, in files that are open.
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
        // Any of those that are on their way, not the first of them.
        const [batch] = world.batches.splice(count % Math.max(1, world.batches.length), 1)
        return batch === undefined ? undefined : yield* world.arrive(batch)
      }
      case "drain":
        for (const batch of world.batches.splice(0)) yield* world.arrive(batch)
        return yield* world.arrive(yield* queue.read(count * 4, 1e6))
      case "sync":
        return yield* TestClock.adjust(interval)
      case "steal": {
        // What it moves in the end has the time of its ends, and so a new wait for the disk.
        world.leaving = [...world.leaving, ...world.homeOf()]
        for (const n of world.begun) world.shared.add(`span ${n}`)
        const thief = yield* world.another()
        yield* world.arrive(yield* thief.queue.read(count, 1e6))
        assert.isAtLeast(thief.queue.pending(), 0)
        yield* other % 2 === 0 ? thief.close : thief.kill
        return other % 3 === 0 ? undefined : yield* TestClock.adjust("6 seconds")
      }
      case "remove": {
        // What a process leaves that is about to die is nobody's any more.
        if (files.stopAt !== Infinity) return
        // Nor is what has not been taken over yet.
        for (let i = 0; i < 7; i++) yield* TestClock.adjust("5 seconds")
        world.remove(other > 5 ? 1 : other / 6, yield* Clock.currentTimeMillis)
        // It finds out at its next sign of life, unless something else happens before.
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
        // In the middle of one of the next operations, whichever step that is in.
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
        // Detached, for a step in which its process dies never ends.
        const fiber = yield* Effect.forkDetach(run(one))
        for (let turn = 0; turn < 30 && fiber.pollUnsafe() === undefined; turn++) yield* Effect.yieldNow
        // A step that takes time is over before the next one, unless the process died in it.
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
