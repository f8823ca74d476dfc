/**
 * What other processes left in the place of a destination: found, taken over, and let go once it has been sent.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Scoped } from "../../../core/internal/scoped.ts"
import type { LogFileSystem } from "./fileSystem.ts"
import { removeDirectory, removeGone } from "./fileSystem.ts"
import { isTakenOver, release, takeOver, Watch } from "./owner.ts"
import type { Process } from "./process.ts"
import type { Journal } from "./recovery.ts"
import { readOn, recoverLog } from "./recovery.ts"
import { bytesOf, closeSegments } from "./segments.ts"
import type { Source } from "./source.ts"
import { adoptedSource, isDone, syncLog, unreadOf } from "./source.ts"

interface AdoptionOptions {
  readonly fs: LogFileSystem
  readonly root: string
  readonly process: Process
  readonly fallback: Scoped
  readonly journal: Journal | undefined
  /** What entries are called. */
  readonly noun: string
  /** Whether the disk is to have what was left before it counts as ours. */
  readonly syncs: boolean
  readonly onAdopted: (count: number) => void
  readonly onAvailable: () => void
  readonly onLost: (reason: string, count: number) => void
  readonly log: (level: "Warning" | "Info", message: string) => void
}

/** @internal */
export interface Adoption {
  /** The logs that are sent from beside the one that is written. */
  readonly others: ReadonlyArray<Source>
  /** The directories that are this process's own. */
  readonly own: Set<string>
  readonly add: (source: Source) => void
  /** Takes over what dead processes left. */
  readonly adopt: Effect.Effect<void>
  /** Lets the logs go of which nothing is left. */
  readonly forgetDone: Effect.Effect<void>
  /** What a dead process left, and is gone: another process sends it, or it is lost. */
  readonly giveAway: (source: Source) => Effect.Effect<void>
}

/** @internal */
export const makeAdoption = (options: AdoptionOptions): Adoption => {
  const { fs, journal, log, noun, onAdopted, onLost, root } = options
  const others: Array<Source> = []
  const own = new Set<string>()
  const watch = new Watch(fs, options.process, (message) => log("Warning", message))

  const forget = Effect.fnUntraced(function*(source: Source) {
    if (!source.isBehind) {
      const more = yield* Effect.orElseSucceed(readOn(source.log), () => 0)
      source.pending += more
      onAdopted(more)
      if (more > 0) return
    }
    others.splice(others.indexOf(source), 1)
    yield* closeSegments(source.log)
    if (!source.isBehind) yield* Effect.ignore(removeDirectory(fs, root, source.log.directory))
  })
  const forgetDone = Effect.suspend(() => Effect.forEach(others.filter(isDone), forget, { discard: true }))

  const recover = Effect.fnUntraced(function*(directory: string, lastSeen: number) {
    const { cursor, last, log: left, open } = yield* recoverLog(fs, directory, options.fallback, journal)
    if (options.syncs) yield* syncLog(left)
    const seen = BigInt(Math.floor(lastSeen)) * BigInt(1_000_000)
    const lastEnd = journal === undefined || last === undefined ? seen : journal.endTimeOf(last)
    const unended = open.map((span) => journal!.end(span, seen > lastEnd ? seen : lastEnd))
    const source = adoptedSource(left, cursor, unended)
    others.push(source)
    onAdopted(source.pending)
    if (source.pending > 0) {
      const never = unended.length === 0 ? "" : `, ${unended.length} of them never ended`
      const megabytes = Math.round(bytesOf(left) / 1e5) / 10
      log("Info", `sends ${source.pending} ${noun} that a process left behind${never} (${megabytes} MB)`)
    }
    options.onAvailable()
  })

  const adopt = Effect.gen(function*() {
    yield* removeGone(fs, root)
    for (const directory of yield* watch.candidates(root, own)) {
      const lastSeen = yield* watch.lastSeen(directory)
      if (lastSeen === undefined) continue
      const taken = yield* takeOver(fs, directory, options.process)
      if (taken === undefined) continue
      own.add(taken)
      yield* recover(taken, lastSeen).pipe(Effect.catch((error) => {
        // What cannot be read now may be read another time, and is nobody's loss until then.
        watch.tell(directory.replace(/~[^/]*$/, ""), error.message)
        own.delete(taken)
        return Effect.ignore(release(fs, taken))
      }))
    }
    yield* forgetDone
  }).pipe(Effect.ignore)

  const giveAway = Effect.fnUntraced(function*(source: Source) {
    const count = unreadOf(source)
    source.pending -= count
    others.splice(others.indexOf(source), 1)
    if (yield* isTakenOver(fs, root, source.log.directory)) return onAdopted(-count)
    onLost("disk_gone", count)
    if (count > 0) log("Warning", `${source.log.directory} is gone, with ${count} ${noun} that a process left behind`)
  })

  return { others, own, add: (source) => void others.push(source), adopt, forgetDone, giveAway }
}
