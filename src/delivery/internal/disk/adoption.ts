/**
 * Adopts the directories of dead processes: finds them, takes them over, and removes them when they have been sent.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Place } from "./diskOptions.ts"
import { removeDirectory, removeGone } from "./fileSystem.ts"
import { beat, isTakenOver, release, takeOver, Watch } from "./owner.ts"
import { readOn, recoverLog } from "./recovery.ts"
import { bytesOf, closeSegments } from "./segments.ts"
import type { Source } from "./source.ts"
import { adoptedSource, isDone, syncLog, unreadOf } from "./source.ts"

/** @internal */
export interface Adoption {
  readonly sources: ReadonlySet<Source>
  /** Takes over the directories of dead processes, and removes those whose entries have all been sent. */
  readonly adopt: Effect.Effect<void>
  /** Touches the owner's file in each adopted directory, and gives up the directories that are lost. */
  readonly keepAlive: Effect.Effect<void>
  readonly forgetDone: Effect.Effect<void>
}

/** @internal */
export const makeAdoption = (options: Place, directories: ReadonlySet<string>): Adoption => {
  const { fs, fsync, journal, log: tell, noun, onAdopted, onLost, place } = options
  const sources = new Set<Source>()
  const taken = new Set<string>()
  const isOwn = (directory: string) => directories.has(directory) || taken.has(directory)
  const watch = new Watch(fs, options.process, (message) => tell("Warning", message))

  /** Removes a log when all its entries are acknowledged. */
  const forget = Effect.fnUntraced(function*(source: Source) {
    const more = source.isLost ? 0 : yield* Effect.orElseSucceed(readOn(source.log), () => 0)
    source.pending += more
    onAdopted(more)
    if (!isDone(source) || !sources.delete(source)) return
    yield* closeSegments(source.log)
    if (!source.isLost) yield* Effect.ignore(removeDirectory(fs, place, source.log.directory))
  })
  const forgetting = Semaphore.makeUnsafe(1)
  const forgetDone = Effect.suspend(() => Effect.forEach([...sources].filter(isDone), forget, { discard: true })).pipe(
    forgetting.withPermit
  )

  const recover = Effect.fnUntraced(function*(directory: string, lastSeen: number) {
    const { cursor, last, log, open } = yield* recoverLog(fs, directory, options.fallback, journal)
    if (fsync !== "never") yield* syncLog(log)
    const seen = BigInt(Math.floor(lastSeen)) * BigInt(1_000_000)
    const lastEnd = journal === undefined || last === undefined ? seen : journal.endTimeOf(last)
    const unended = open.map((span) => journal!.end(span, seen > lastEnd ? seen : lastEnd))
    const source = adoptedSource(log, cursor, unended)
    sources.add(source)
    onAdopted(source.pending)
    if (source.pending > 0) {
      const never = unended.length === 0 ? "" : `, ${unended.length} of them never ended`
      tell("Info", `sends ${source.pending} ${noun} that a process left behind${never} (${megabytes(bytesOf(log))} MB)`)
    }
    options.onAvailable()
  })

  const adopt = Effect.gen(function*() {
    yield* removeGone(fs, place)
    for (const directory of yield* watch.candidates(place, isOwn)) {
      const lastSeen = yield* watch.lastSeen(directory)
      if (lastSeen === undefined) continue
      const path = yield* takeOver(fs, directory, options.process)
      if (path === undefined) continue
      taken.add(path)
      yield* recover(path, lastSeen).pipe(Effect.catch((error) => {
        // An unreadable log may become readable later, so nothing is counted as lost yet.
        watch.tell(directory.replace(/~[^/]*$/, ""), error.message)
        taken.delete(path)
        return Effect.ignore(release(fs, path))
      }))
    }
    yield* forgetDone
  }).pipe(Effect.ignore)

  /**
   * Gives up a lost directory. If another process took it over, that process sends its entries. Otherwise they are
   * lost.
   */
  const giveAway = Effect.fnUntraced(function*(source: Source) {
    const count = unreadOf(source)
    const last = source.log.segments.at(-1)
    if (last !== undefined) source.reader.skip(last)
    source.unended = []
    source.pending -= count
    // The batches in flight can still be acknowledged.
    source.isLost = true
    if (yield* isTakenOver(fs, place, source.log.directory)) return onAdopted(-count)
    onLost("disk_gone", count)
    if (count > 0) tell("Warning", `${source.log.directory} is gone, with ${count} ${noun} that a process left behind`)
  })

  const keepAlive = (source: Source) =>
    source.isLost ? Effect.void : Effect.matchEffect(beat(fs, source.log.directory), {
      onSuccess: () => Effect.void,
      onFailure: ({ reason }) => reason._tag === "NotFound" ? giveAway(source) : Effect.void
    })

  return {
    sources,
    adopt,
    keepAlive: Effect.suspend(() => Effect.forEach([...sources], keepAlive, { discard: true })).pipe(
      Effect.andThen(forgetDone)
    ),
    forgetDone
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10
