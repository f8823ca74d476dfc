/**
 * The directory that this process writes to, and the directories that it has lost.
 *
 * A directory can be removed, or taken over by another process, while its owner is alive. The owner notices at the next
 * file operation that fails, at the next span that ends at least 250 ms after the last check, or at the next heartbeat.
 * It then makes another directory immediately, and writes all unacknowledged entries to it. It can read them from the
 * old files, which are still open.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Semaphore from "effect/Semaphore"
import type { Encoded } from "../codec.ts"
import type { Place } from "./diskOptions.ts"
import type { DiskState } from "./diskState.ts"
import * as State from "./diskState.ts"
import { directoryMode, removeDirectory } from "./fileSystem.ts"
import { beat, createDirectory } from "./owner.ts"
import { startsIn } from "./recovery.ts"
import type { Log, Position } from "./segments.ts"
import { bytesOf, closeSegments, listSegments, start } from "./segments.ts"
import type { Source } from "./source.ts"
import { isDone, ownSource } from "./source.ts"
import type { Append, LogWriter } from "./writer.ts"
import { makeLogWriter, sizeOf } from "./writer.ts"

/** @internal */
export interface OwnLogs {
  /** The directories that this process has made. */
  readonly directories: ReadonlySet<string>
  readonly current: () => Source | undefined
  /** The logs to send from, the oldest first. */
  readonly sources: () => ReadonlyArray<Source>
  /** Whether the disk is believed to work. */
  readonly canTake: () => boolean
  /** Writes entries, or keeps them until a directory is open. Returns `false` if the disk does not work. */
  readonly put: (appends: ReadonlyArray<Append>) => boolean
  /** The number of bytes that are written or will be. */
  readonly bytes: () => number
  /** The number of entries that wait for a directory. */
  readonly waiting: () => number
  readonly open: Effect.Effect<void>
  /** Touches the owner's file, and makes another directory if this one is lost. */
  readonly keepAlive: Effect.Effect<void>
  /** Handles a failure to move the cursor of a log. */
  readonly noteFailure: (source: Source, error: PlatformError) => Effect.Effect<void>
  readonly forgetDone: Effect.Effect<void>
  /** Syncs what was written. */
  readonly sync: Effect.Effect<void>
  /** Accepts nothing more. Returns whether the last directory has spans that have not ended. */
  readonly close: Effect.Effect<boolean, PlatformError>
}

interface OwnLog {
  readonly source: Source
  readonly writer: LogWriter
  /** Whether the name of its directory is synced. */
  isNamed: boolean
}

/** A log whose directory is lost, and how far its entries have been written to another. */
interface LostLog extends OwnLog {
  hasStarts: boolean
  after: Position | undefined
}

/** The milliseconds after which a directory is checked again before a span is written to it. */
const checkInterval = 250
/** How many entries are moved to another directory at once. */
const moveBatch = 256

const endedOf = (appends: ReadonlyArray<Append>): ReadonlyArray<Encoded> =>
  appends.flatMap(({ encoded, kind }) => kind === "ended" ? [encoded] : [])

/** @internal */
export const makeOwnLogs = (options: Place, services: Context.Context<never>): OwnLogs => {
  const { fs, fsync, journal, log: tell, noun, now, onLost, place, run } = options
  const directories = new Set<string>()
  const lostLogs = new Set<LostLog>()
  /** The lost logs, until their entries are moved and their batches acknowledged. */
  const old = new Set<Source>()
  let state: DiskState<OwnLog> = State.noLog
  /** Entries that came while a directory was being made. */
  let waiting: Array<Append> = []
  let checkedAt = now()

  const currentLog = () => State.logOf(state)

  const markBroken = (error: PlatformError) => {
    if (state._tag !== "Broken") {
      tell("Warning", `the disk does not take ${noun}, so they wait in memory: ${error.message}`)
    }
    state = State.failed(state, now())
  }

  const markWritten = () => {
    if (state._tag === "Broken") tell("Info", `the disk takes ${noun} again`)
    state = State.written(state)
    options.onAvailable()
  }

  const write = ({ source, writer }: OwnLog, appends: ReadonlyArray<Append>) => {
    for (const { key, kind } of appends) {
      if (kind !== "ended") continue
      source.pending++
      // No log may write the start of a span after its end.
      if (key !== undefined) { for (const left of lostLogs) left.writer.endedElsewhere(key) }
    }
    writer.appendAll(appends)
  }

  const put = (appends: ReadonlyArray<Append>): boolean => {
    const current = currentLog()
    // The directory may have been removed, or taken over while this process was stopped.
    if (current !== undefined && now() - checkedAt > checkInterval) run(Effect.andThen(checkDirectory, moveAll))
    const step = State.next(state, now())
    if (step._tag === "Open") run(open)
    const to = step._tag === "Write" ? step.log : step._tag === "Open" ? currentLog() : undefined
    if (to !== undefined) write(to, appends)
    else if (state._tag === "NoLog") waiting.push(...appends)
    else return false
    return true
  }

  const putOrKeep = (appends: ReadonlyArray<Append>) => {
    if (!put(appends)) options.onUnwritten(endedOf(appends))
  }

  const make = Effect.gen(function*() {
    yield* fs.makeDirectory(place, { recursive: true, mode: directoryMode })
    const directory = yield* createDirectory(fs, place, options.process)
    directories.add(directory)
    // With other settings the name is synced together with the first entries. A sync here would leave the spans that
    // end meanwhile without a directory.
    if (fsync === "always") yield* Effect.ignore(fs.syncDirectory(place))
    checkedAt = now()
    const log: Log = { fs, directory, segments: [], fallback: options.fallback }
    const writer: LogWriter = makeLogWriter({
      log,
      segmentBytes: options.segmentBytes,
      durable: fsync === "always",
      services,
      onWritten: markWritten,
      onUnwritten: (appends, error) => {
        const elsewhere = Effect.sync(() => {
          source.pending -= endedOf(appends).length
          if (currentLog()?.source === source) {
            markBroken(error)
            options.onUnwritten(endedOf(appends))
          } else putOrKeep(appends)
        })
        const finds = error.reason._tag === "NotFound" ? checkDirectory : Effect.void
        run(Effect.andThen(Effect.andThen(finds, elsewhere), moveAll))
      }
    })
    const made: OwnLog = {
      writer,
      source: ownSource(log, start, writer, journal, () => syncHome(made)),
      isNamed: false
    }
    const { source } = made
    state = State.opened(state, made)
    const given = waiting
    waiting = []
    write(made, given)
  })

  const opening = Semaphore.makeUnsafe(1)
  /**
   * Makes a directory, unless another fiber has made one meanwhile. Entries in a second directory would never be read.
   */
  const open = Effect.suspend(() => currentLog() === undefined ? make : Effect.void).pipe(
    Effect.catch((error) =>
      Effect.sync(() => {
        markBroken(error)
        options.onUnwritten(endedOf(waiting.splice(0)))
      })
    ),
    opening.withPermit
  )

  const syncHome = (home: OwnLog): Effect.Effect<void, PlatformError> => {
    if (fsync === "never") return Effect.void
    const name = home.isNamed || fsync === "always" ? Effect.void : Effect.ignore(fs.syncDirectory(place))
    return Effect.andThen(name, Effect.sync(() => home.isNamed = true)).pipe(Effect.andThen(home.writer.sync))
  }

  /** Whether a directory still exists with all segments that were written to it. */
  const isWhole = ({ directory, segments }: Log) =>
    beat(fs, directory).pipe(
      Effect.andThen(listSegments(fs, directory)),
      Effect.map((ids) => {
        const there = new Set(ids)
        return segments.every(({ id }) => there.has(id))
      }),
      Effect.catch(({ reason }) => Effect.succeed(reason._tag !== "NotFound"))
    )

  /** Touches the owner's file, and makes another directory if this one is lost. */
  const checkDirectory = Effect.suspend(() => {
    checkedAt = now()
    const current = currentLog()
    return current === undefined ? Effect.void : Effect.flatMap(isWhole(current.source.log), (isWhole) => {
      if (isWhole || currentLog() !== current) return Effect.void
      state = State.lost(state)
      current.source.isLost = true
      // Keeps its files open until its entries have been moved.
      current.source.reading++
      old.add(current.source)
      lostLogs.add({ ...current, hasStarts: journal !== undefined, after: undefined })
      return open
    })
  })

  const forget = Effect.fnUntraced(function*(source: Source) {
    if (!isDone(source) || !old.delete(source)) return
    yield* closeSegments(source.log)
    // The directory still exists if only some of its files were removed.
    yield* Effect.ignore(removeDirectory(fs, place, source.log.directory))
  })

  const move = Effect.fnUntraced(function*(left: LostLog) {
    const { source, writer } = left
    const { log, reader } = source
    yield* writer.idle
    const canWrite = () => currentLog() !== undefined && State.next(state, now())._tag === "Write"
    if (left.hasStarts && canWrite()) {
      for (const segment of log.segments.filter(({ open }) => open > 0)) {
        for (const start of yield* startsIn(log, segment, journal!)) {
          if (writer.isOpenIn(segment, start.key!) && !put([start])) return
        }
      }
      left.hasStarts = false
    }
    let count = 0
    while (canWrite()) {
      // Entries in flight are written again, because this process may die before their acknowledgement.
      const { end, entries, isInFlight, isOver, lost } = yield* reader.readLost(left.after, moveBatch)
      left.after = end
      if (isOver) {
        yield* currentLog()?.writer.idle ?? Effect.void
        lostLogs.delete(left)
        source.reading--
        tell("Warning", `${log.directory} was no longer this process's own: ${count} ${noun} went to another`)
        return yield* forget(source)
      }
      const appends = entries.map((encoded): Append => ({
        kind: "ended",
        key: journal?.keyOf(encoded.bytes),
        encoded
      }))
      count += appends.length
      if (isInFlight) options.onAdopted(appends.length)
      else source.pending -= appends.length + lost
      onLost("corrupt", lost)
      putOrKeep(appends)
      yield* Effect.yieldNow
    }
  })

  const moving = Semaphore.makeUnsafe(1)
  /** Moves the entries of all lost directories to the current one. */
  const moveAll = Effect.suspend(() => Effect.forEach(lostLogs, (left) => Effect.ignore(move(left)), { discard: true }))
    .pipe(moving.withPermit)

  return {
    directories,
    current: () => currentLog()?.source,
    sources: () => {
      const source = currentLog()?.source
      return source === undefined ? [...old] : [...old, source]
    },
    canTake: () => State.next(state, now())._tag !== "Elsewhere",
    put,
    bytes: () => {
      let sum = currentLog()?.writer.bytes() ?? 0
      for (const { log } of old) sum += bytesOf(log)
      for (const append of waiting) sum += sizeOf(append)
      return sum
    },
    waiting: () => endedOf(waiting).length,
    open,
    keepAlive: Effect.andThen(checkDirectory, moveAll),
    noteFailure: (source, error) =>
      Effect.suspend(() => {
        if (source !== currentLog()?.source) return Effect.void
        if (error.reason._tag === "NotFound") return Effect.andThen(checkDirectory, moveAll)
        return Effect.sync(() => markBroken(error))
      }),
    forgetDone: Effect.suspend(() => Effect.forEach(old, forget, { discard: true })),
    sync: Effect.suspend(() => {
      const current = currentLog()
      if (current === undefined) return Effect.void
      return Effect.catch(syncHome(current), (error) => Effect.sync(() => markBroken(error)))
    }),
    close: Effect.gen(function*() {
      // First checks the directories, because the entries of a removed one must be moved.
      yield* checkDirectory
      if (waiting.length > 0) yield* open
      yield* moveAll
      const last = currentLog()
      state = State.close(state)
      if (last === undefined) return false
      yield* last.writer.idle
      yield* syncHome(last)
      return last.writer.hasOpen()
    })
  }
}
