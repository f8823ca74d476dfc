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
 * - What the log counted as `disk_gone`, and only what a dead process had left in a directory that was then removed.
 * - What was on its way out of such a directory when it was removed, if this process died before it arrived.
 * - What the disk refused after its directory had been removed: the log handed it back, and it waits in memory.
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
import type { Fsync } from "../../src/delivery/internal/disk/diskQueue.ts"
import { decodeSpan } from "../../src/otlp/internal/protobufReader.ts"
import { namesOf, start } from "../support/delivery/diskProcess.ts"
import { FakeFiles } from "../support/delivery/fakeFiles.ts"
import { elapse } from "../support/delivery/scripted.ts"
import { withLog } from "../support/delivery/withLog.ts"

const runs = Number(process.env["DISK_RUNS"] ?? 150)
const seed = process.env["DISK_SEED"] ?? String(Date.now())

/**
 * - `end`, `begin`: spans end, or start and never end
 * - `send`, `settle`: a batch is taken; one of those that are taken has arrived
 * - `sync`: time passes until the disk has what was written
 * - `kill`, `killSoon`: the process dies now, or in the middle of what it does next
 * - `power`: the machine stops, and the disk loses a share of what it was not asked to keep
 * - `leave`: the process ends in order
 * - `steal`: another process thinks this one dead, and sends a part of what it took over
 * - `remove`: somebody removes all directories while the process runs
 */
const step = Arbitrary.schema(Schema.Struct({
  what: Schema.Literals([
    "end",
    "end",
    "begin",
    "send",
    "send",
    "settle",
    "settle",
    "sync",
    "kill",
    "killSoon",
    "power",
    "leave",
    "steal",
    "remove"
  ]),
  count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))
}))

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
  pid = 0
  next = 0
  /** What must arrive, and what has. */
  readonly taken = new Map<string, Taken>()
  readonly arrived = new Set<string>()
  /** What need not arrive, and what need not if it is counted. */
  readonly excused = new Set<string>()
  readonly removed = new Set<string>()
  batches: Array<Batch<Encoded>> = []
  /** What all processes together told as lost. */
  gone = 0
  /** Spans that the power took, at most, with those that were being written when it went. */
  cut = 0
  torn = 0
  /** Whether this process may have lost its directory. */
  disturbed = false

  constructor(fsync: Fsync) {
    this.fsync = fsync
  }

  get isAlive() {
    return this.files.operations < this.files.stopAt
  }

  begin() {
    let corrupt = 0
    return start(this.files, ++this.pid, {
      fsync: this.fsync,
      onUnwritten: (entries) => {
        assert.isTrue(this.disturbed, "a disk that works takes all")
        for (const entry of entries) this.taken.delete(decodeSpan(entry).name)
      },
      onLost: (reason, count) => {
        if (count === 0) return
        assert.include(["disk_gone", "corrupt"], reason)
        if (reason === "disk_gone") this.gone += count
        else corrupt += count
        // The next process counts it again where this one dies before it has noted that.
        assert.isAtMost(corrupt, this.cut, "no more is missed than was lost")
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
    if (!this.isAlive || typeof this.fsync === "string") return
    for (const span of this.taken.values()) {
      if (now - span.writtenAt >= Duration.toMillis(this.fsync)) span.synced = true
    }
  }

  arrive(batch: Batch<Encoded>) {
    if (!this.isAlive) return Effect.void
    for (const name of namesOf(batch)) this.arrived.add(name)
    batch.ack(batch.items.length, 0, "")
    return batch.done
  }

  losePower(share: number, rest: "nothing" | "zeros") {
    this.files.losePower(share, rest)
    if (share === 1) return
    this.cut += this.torn
    for (const [name, { synced }] of this.taken) {
      if (!synced && !this.arrived.has(name)) this.taken.delete(name)
      if (!synced) this.cut++
    }
  }

  /** All directories are removed, of which `current` has one. */
  remove(current: number) {
    this.disturbed = true
    const onTheirWay = new Set(this.batches.flatMap(namesOf))
    for (const [name, { pid }] of this.taken) {
      // What this process took it still has, in files that are open.
      if (pid !== current) (onTheirWay.has(name) ? this.excused : this.removed).add(name)
    }
    this.files.removeDirectory("/spans")
  }
}

const play = Effect.fnUntraced(function*(
  fsync: Fsync,
  steps: ReadonlyArray<{ readonly what: string; readonly count: number }>
) {
  const world = new World(fsync)
  const { files } = world
  let current = yield* world.begin()
  let pid = world.pid

  const run = Effect.fnUntraced(function*({ count, what }: { readonly what: string; readonly count: number }) {
    const { queue } = current
    switch (what) {
      case "end": {
        const now = yield* Clock.currentTimeMillis
        for (let i = 0; i < count; i++, world.next++) {
          // What the disk does not take waits in memory, and dies with the process.
          if (current.end(world.next)) world.take(`span ${world.next}`, now)
          else assert.isTrue(world.disturbed || !world.isAlive, "a disk that works takes all")
        }
        return
      }
      case "begin":
        current.begin(world.next)
        return world.take(`span ${world.next++}`, yield* Clock.currentTimeMillis)
      case "send":
        return void world.batches.push(yield* queue.read(count, 1e6))
      case "settle": {
        // Any of those that are on their way, not the first of them.
        const [batch] = world.batches.splice(count % Math.max(1, world.batches.length), 1)
        return batch === undefined ? undefined : yield* world.arrive(batch)
      }
      case "sync":
        return yield* TestClock.adjust(interval)
      case "steal": {
        world.disturbed = true
        const thief = yield* world.begin()
        yield* world.arrive(yield* thief.queue.read(count, 1e6))
        assert.isAtLeast(thief.queue.pending(), 0)
        yield* count % 2 === 0 ? thief.close : thief.kill
        return yield* TestClock.adjust("6 seconds")
      }
      case "remove": {
        // What a process leaves that is about to die is nobody's any more.
        if (files.stopAt !== Infinity) return
        // Nor is what has not been taken over yet.
        for (let i = 0; i < 7; i++) yield* TestClock.adjust("5 seconds")
        world.remove(pid)
        // It finds out at its next sign of life, and moves what it has.
        const foundOut = (yield* Clock.currentTimeMillis) + 5_000
        if (fsync !== "always") {
          for (const span of world.taken.values()) Object.assign(span, { writtenAt: foundOut, synced: false })
        }
        yield* TestClock.adjust("6 seconds")
      }
    }
  })

  const restart = Effect.fnUntraced(function*() {
    files.kill()
    world.batches = []
    world.disturbed = false
    current = yield* world.begin()
    pid = world.pid
  })

  let dies = 0
  for (const one of steps) {
    switch (one.what) {
      case "killSoon":
        // In the middle of one of the next operations, whichever step that is in.
        if (files.stopAt !== Infinity) break
        files.stopAt = files.operations + one.count
        files.torn = one.count / 12
        dies = 3
        break
      case "kill":
      case "power":
      case "leave":
        if (one.what === "leave" && files.stopAt === Infinity) yield* current.close
        else yield* current.kill
        if (one.what === "power") world.losePower(one.count / 12, one.count % 2 === 0 ? "nothing" : "zeros")
        yield* restart()
        break
      default: {
        // Detached, for a step in which its process dies never ends.
        const fiber = yield* Effect.forkDetach(run(one))
        for (let turn = 0; turn < 30 && fiber.pollUnsafe() === undefined; turn++) yield* Effect.yieldNow
        // A step that takes time is over before the next one, unless the process died in it.
        while (fiber.pollUnsafe() === undefined && files.operations < files.stopAt) yield* elapse("1 second")
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
  files.kill()
  world.batches = []
  const last = yield* world.begin()
  for (let i = 0; i < 4; i++) yield* TestClock.adjust("10 seconds")
  for (const name of yield* last.drain) world.arrived.add(name)
  assert.strictEqual(last.queue.pending(), 0)
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
      ([steps]) => withLog(() => play(fsync, steps)),
      { arbitrary: { runs, seed }, timeout: 3_600_000 }
    )
  }
})
