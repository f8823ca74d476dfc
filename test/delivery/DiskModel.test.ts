/**
 * The disk queue against a model: whatever happens in whatever order, each span that was taken arrives.
 *
 * `DISK_RUNS=20000 DISK_SEED=fresh npx vitest run test/delivery/DiskModel.test.ts` runs it at length on a fresh seed,
 * which is told where the property fails. Without them the runs are few and always the same.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
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
const given = process.env["DISK_SEED"] ?? "the same each time"
const seed = given === "fresh" ? {} : { seed: given }

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

class World {
  readonly files = new FakeFiles()
  readonly fsync: Fsync
  pid = 0
  next = 0
  /** What was taken, what of it the disk was asked to keep, and what has arrived. */
  readonly taken = new Set<string>()
  readonly synced = new Set<string>()
  readonly arrived = new Set<string>()
  readonly excused = new Set<string>()
  batches: Array<Batch<Encoded>> = []
  /** Told as lost, by all processes. */
  gone = 0
  /** Whether what was not synced has been lost. */
  lostPower = false

  constructor(fsync: Fsync) {
    this.fsync = fsync
  }

  begin() {
    return start(this.files, ++this.pid, {
      fsync: this.fsync,
      onUnwritten: (entries) => {
        for (const entry of entries) this.taken.delete(decodeSpan(entry).name)
      },
      onLost: (reason, count) => {
        // The only reasons for which anything may be lost: somebody removed it, or the disk did not have it yet.
        if (count > 0 && reason !== (this.lostPower ? "corrupt" : "")) assert.strictEqual(reason, "disk_gone")
        if (reason === "disk_gone") this.gone += count
      }
    })
  }

  take(name: string) {
    // A process that is dead takes nothing.
    if (this.files.operations >= this.files.stopAt) return
    this.taken.add(name)
    if (this.fsync === "always") this.synced.add(name)
  }

  arrive(batch: Batch<Encoded>) {
    if (this.files.operations >= this.files.stopAt) return Effect.void
    for (const name of namesOf(batch)) this.arrived.add(name)
    batch.ack(batch.items.length, 0, "")
    return batch.done
  }
}

const play = Effect.fnUntraced(function*(
  fsync: Fsync,
  steps: ReadonlyArray<{ readonly what: string; readonly count: number }>
) {
  const world = new World(fsync)
  const { files } = world
  let current = yield* world.begin()

  const run = Effect.fnUntraced(function*({ count, what }: { readonly what: string; readonly count: number }) {
    const { queue } = current
    switch (what) {
      case "end":
        for (let i = 0; i < count; i++) {
          // What the disk does not take waits in memory, and dies with the process.
          if (current.end(world.next)) world.take(`span ${world.next}`)
          world.next++
        }
        return
      case "begin":
        current.begin(world.next)
        return world.take(`span ${world.next++}`)
      case "send":
        return void world.batches.push(yield* queue.read(count, 1e6))
      case "settle": {
        // Any of those that are on their way, not the first of them.
        const [batch] = world.batches.splice(count % Math.max(1, world.batches.length), 1)
        return batch === undefined ? undefined : yield* world.arrive(batch)
      }
      case "sync":
        yield* TestClock.adjust(interval)
        if (fsync !== "never") { for (const name of world.taken) world.synced.add(name) }
        return
      case "steal": {
        const thief = yield* world.begin()
        yield* world.arrive(yield* thief.queue.read(count, 1e6))
        assert.isAtLeast(thief.queue.pending(), 0)
        yield* count % 2 === 0 ? thief.close : thief.kill
        return yield* TestClock.adjust("6 seconds")
      }
      case "remove":
        // What a process leaves that is about to die is nobody's any more.
        if (files.stopAt !== Infinity) return
        // Nor is what has not been taken over yet.
        for (let i = 0; i < 7; i++) yield* TestClock.adjust("5 seconds")
        // What is on its way from a directory of a dead process is in memory alone from now on.
        for (const name of world.batches.flatMap(namesOf)) world.excused.add(name)
        files.removeDirectory("/spans")
        yield* TestClock.adjust("6 seconds")
        // What it moved is not on the disk yet.
        if (fsync !== "always") { for (const name of world.taken) world.synced.delete(name) }
    }
  })

  const restart = Effect.fnUntraced(function*() {
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
        files.torn = one.count / 12
        dies = 3
        break
      case "kill":
      case "power":
      case "leave":
        if (one.what === "leave" && files.stopAt === Infinity) yield* current.close
        else yield* current.kill
        if (one.what === "power") {
          files.losePower(one.count / 12)
          world.lostPower = fsync !== "always"
          for (const name of world.taken) {
            if (!world.synced.has(name) && !world.arrived.has(name)) world.taken.delete(name)
          }
        }
        yield* restart()
        break
      default: {
        const fiber = yield* Effect.forkChild(run(one))
        for (let turn = 0; turn < 30 && fiber.pollUnsafe() === undefined; turn++) yield* Effect.yieldNow
        // A step that takes time is over before the next one, unless the process died in it.
        while (fiber.pollUnsafe() === undefined && files.operations < files.stopAt) yield* elapse("1 second")
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
  const missing = [...world.taken].filter((name) => !world.arrived.has(name) && !world.excused.has(name))
  assert.isAtMost(missing.length, world.gone, missing.join(", "))
})

describe("whatever happens in whatever order, each span that was taken arrives", () => {
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
      { arbitrary: { runs, ...seed }, timeout: 3_600_000 }
    )
  }
})
