/**
 * The disk queue of one exporter: entries wait in files until the receiver has acknowledged them. It reads the entries
 * of this process, and those that dead processes left.
 *
 * **Files**
 *
 * ```
 * DIRECTORY/NAME/                      one for each exporter
 *   01764122523000-4711-k3x9/          one for each process: milliseconds since the epoch, process id, random suffix
 *     owner                            JSON {"pid", "host", "since"}, touched every 5 seconds; renamed to `released`
 *                                      when its process ends and leaves entries behind
 *     00000001.log, 00000002.log, …    segments: records one after another, see `record`
 *     cursor                           JSON {"segment", "offset", "sequence"}, a newline, and the CRC-32C of the JSON;
 *                                      every entry before this position is settled
 *   01764119700000-4242-9aq2~1f0c/     one that another process took over: renamed, with another random suffix
 *   gone-…/                            one that is being removed
 * ```
 *
 * A segment ends at about `segmentBytes`, and names at most 256 contexts (a resource with a scope). A cursor is replaced
 * by a rename, so a crash leaves the old one or the new one.
 *
 * **States**
 *
 * - Of the disk: `Homeless`, `Ready`, `Broken` or `Closed`, see {@link DiskState}.
 * - Of a log, which is a {@link Source}: this process's own; adopted from a dead process; or behind, when its directory
 *   is no longer this process's. A log that is behind is read through the files that are still open.
 * - Of an entry: being written, unread, read, settled. `pending` counts the first three.
 *
 * **Invariants**
 *
 * - A written entry is delivered at least once, or counted as lost with a reason. This holds whenever the process stops.
 *   It holds when the machine stops too, as far as `fsync` has asked the disk.
 * - `pending` is never negative, and it is zero in the end.
 * - The cursor moves only past settled entries, in their order, whatever the order of the acknowledgements.
 * - A segment is deleted when a cursor past it is on disk, and the starts of spans that are still open in it are written
 *   and synced in a later segment. A directory is renamed before it is removed, so that nobody reads half of it.
 * - A directory has one writer, its owner. An owner that loses its directory, because somebody removed it or another
 *   process took it over, opens a new one and writes there every entry that is not settled. An entry that both processes
 *   send arrives twice, and none is lost.
 * - The log of a dead process is synced before its entries are counted as this process's.
 *
 * The states of the disk are pure values in `diskState`. This file has the effects.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Scoped } from "../../../core/internal/scoped.ts"
import type { Batch } from "../batch.ts"
import type { Encoded } from "../codec.ts"
import type { WhenFull } from "../memoryQueue.ts"
import { makeAdoption } from "./adoption.ts"
import type { DiskState } from "./diskState.ts"
import * as State from "./diskState.ts"
import type { LogFileSystem } from "./fileSystem.ts"
import { directoryMode, removeDirectory } from "./fileSystem.ts"
import type { Home } from "./moveEntries.ts"
import { moveEntries } from "./moveEntries.ts"
import { beat, createDirectory, deadAfter, heartbeatInterval, release } from "./owner.ts"
import type { Process } from "./process.ts"
import { headerSize } from "./record.ts"
import type { Journal } from "./recovery.ts"
import type { Log } from "./segments.ts"
import { bytesOf, closeSegments, removeSegment, start } from "./segments.ts"
import type { Source } from "./source.ts"
import { ownSource, unreadOf } from "./source.ts"
import type { LogWriter } from "./writer.ts"
import { makeLogWriter } from "./writer.ts"

/** When the disk is asked to have what was written: before a span's `end` returns, every so often, or never. */
export type Fsync = "always" | "never" | Duration.Duration

/** @internal */
export interface DiskSettings {
  readonly fs: LogFileSystem
  readonly root: string
  readonly process: Process
  readonly maxBytes: number
  readonly segmentBytes: number
  readonly fsync: Fsync
  /** Where entries are spans, which start before they end. */
  readonly journal?: Journal | undefined
}

/** @internal */
export interface DiskOptions extends DiskSettings {
  readonly name: string
  readonly items?: string | undefined
  readonly whenFull: WhenFull
  /** The resource and scope of entries whose own were lost. */
  readonly fallback: Scoped
  /** Something is there to be read. */
  readonly onAvailable: () => void
  /** Entries of dead processes, which are this destination's from now on, or no longer are where negative. */
  readonly onAdopted: (count: number) => void
  readonly onLost: (reason: string, count: number) => void
  /** Entries that the disk did not take. */
  readonly onUnwritten: (entries: ReadonlyArray<Encoded>) => void
}

/** @internal */
export interface DiskQueue {
  /** Writes the end of a span, or a log record. `false` where the disk does not work: it must wait elsewhere. */
  readonly ended: (key: string | undefined, encoded: Encoded) => boolean
  /** Writes the start of a span, so that it is known of if the process dies in it. */
  readonly started: (key: string, encoded: () => Encoded) => void
  /** Entries that can be read. */
  readonly unread: () => number
  /** Entries that are on their way to the disk or on it, and have no fate yet. */
  readonly pending: () => number
  readonly read: (maxItems: number, maxBytes: number) => Effect.Effect<Batch<Encoded>>
  readonly bytes: () => number
  /** Waits for the disk, and leaves what is left to the next process. */
  readonly close: Effect.Effect<void>
}

const nothing: Batch<Encoded> = { items: [], durable: true, ack: () => {}, done: Effect.void }

/** Opens a destination's place on the disk. Never fails: without a disk that works, it takes nothing. @internal */
export const openDiskQueue = Effect.fnUntraced(function*(
  options: DiskOptions
): Effect.fn.Return<DiskQueue, never, Scope.Scope> {
  const { fs, items: noun = "spans", journal, name, onLost, whenFull } = options
  // Else a name of dots alone would lead out of it.
  const root = `${options.root}/${encodeURIComponent(name).replace(/^\./, "%2E")}`
  const waitsForDisk = options.fsync !== "never"
  const services = yield* Effect.context<never>()
  const clock = yield* Clock.Clock
  const run = Effect.runForkWith(services)
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  let state: DiskState<Home> = State.homeless
  let lastBeat = now()

  const log = (level: "Warning" | "Info", message: string) => {
    const line = `effect-agentops: exporter ${name}: ${message}`
    run(level === "Warning" ? Effect.logWarning(line) : Effect.logInfo(line))
  }

  const { add, adopt, forgetDone, giveAway, others, own } = makeAdoption({
    fs,
    root,
    process: options.process,
    fallback: options.fallback,
    journal,
    noun,
    syncs: waitsForDisk,
    onAdopted: options.onAdopted,
    onAvailable: options.onAvailable,
    onLost,
    log
  })

  const noteBroken = (error: PlatformError) => {
    if (state._tag !== "Broken") {
      log("Warning", `the disk does not take ${noun}, so they wait in memory: ${error.message}`)
    }
    state = State.failed(state, now())
  }

  const noteWritten = () => {
    if (state._tag === "Broken") log("Info", `the disk takes ${noun} again`)
    state = State.written(state)
    options.onAvailable()
  }

  const home = () => State.homeOf(state)
  const sources = (): ReadonlyArray<Source> => {
    const { source } = home() ?? {}
    return source === undefined ? others : [...others, source]
  }

  const open = Effect.gen(function*() {
    yield* fs.makeDirectory(root, { recursive: true, mode: directoryMode })
    const directory = yield* createDirectory(fs, root, options.process)
    own.add(directory)
    lastBeat = now()
    const log: Log = { fs, directory, segments: [], fallback: options.fallback }
    const writer: LogWriter = makeLogWriter({
      log,
      segmentBytes: options.segmentBytes,
      durable: options.fsync === "always",
      services,
      onWritten: noteWritten,
      onUnwritten: (appends, error) => {
        const ended = appends.flatMap(({ encoded, kind }) => kind === "ended" ? [encoded] : [])
        const elsewhere = Effect.sync(() => {
          source.pending -= ended.length
          const to = home()
          if (to === undefined || to.source === source) return options.onUnwritten(ended)
          to.source.pending += ended.length
          to.writer.appendAll(appends)
        })
        if (error.reason._tag === "NotFound") return void run(Effect.andThen(keepAllAlive, elsewhere))
        noteBroken(error)
        Effect.runSync(elsewhere)
      }
    })
    const source = ownSource(log, start, writer, journal, waitsForDisk)
    state = State.opened(state, { source, writer })
  })

  const opening = Semaphore.makeUnsafe(1)
  /** Opens a directory, unless somebody else has meanwhile: what was written to one of two would not be read. */
  const tryOpen = Effect.suspend(() => home() === undefined ? open : Effect.void).pipe(
    Effect.catch((error) => Effect.sync(() => noteBroken(error))),
    opening.withPermit
  )

  /** Goes on in another directory with all that has no fate yet. */
  const moveOut = Effect.fnUntraced(function*({ source, writer }: Home) {
    state = State.lost(state)
    source.isBehind = true
    add(source)
    yield* writer.idle
    yield* tryOpen
    // What is on its way is written once more, for this process may die before it knows that it arrived.
    const again = yield* Effect.orElseSucceed(source.reader.unacknowledged, () => [])
    const count = source.reader.unread() + again.length
    log("Warning", `${source.log.directory} is no longer this process's own: ${count} ${noun} go to another`)
    const to = home()
    if (to === undefined || to.source === source) return
    yield* moveEntries({ source, writer }, to, again, { journal, onAdopted: options.onAdopted, onLost })
    yield* forgetDone
  }, (effect) => Effect.ignore(effect))

  const keepAlive = Effect.fnUntraced(function*(source: Source) {
    if (source.isBehind) return
    const isGone = yield* Effect.match(beat(fs, source.log.directory), {
      onSuccess: () => false,
      onFailure: ({ reason }) => reason._tag === "NotFound"
    })
    if (!isGone) return
    const current = home()
    yield* source === current?.source ? moveOut(current) : giveAway(source)
  })
  const keepAllAlive = Effect.suspend(() => {
    lastBeat = now()
    return Effect.forEach(sources(), keepAlive, { discard: true })
  })

  const bytes = () => others.reduce((sum, { log }) => sum + bytesOf(log), home()?.writer.bytes() ?? 0)

  /** Lets the oldest segment that is not being written go. */
  const dropOldest = (): boolean => {
    for (const source of sources()) {
      const [segment] = source.log.segments
      if (segment === undefined || (source === home()?.source && source.log.segments.length === 1)) continue
      const skipped = source.reader.skip(segment)
      source.pending -= skipped
      onLost("queue_full", skipped)
      run(Effect.ignore(removeSegment(source.log, segment)))
      return true
    }
    return false
  }

  const hasRoom = (size: number): boolean => {
    while (bytes() + size > options.maxBytes) {
      if (whenFull !== "dropOldest" || !dropOldest()) return false
    }
    return true
  }

  /** Where to write, if anywhere. */
  const writable = (): Home | undefined => {
    // A process that stood still may have been thought dead meanwhile, and finds out before it writes.
    if (now() - lastBeat > 2 * heartbeatInterval && home() !== undefined) run(keepAllAlive)
    const step = State.next(state, now())
    if (step._tag === "Open") run(tryOpen)
    return step._tag === "Write" ? step.home : step._tag === "Open" ? home() : undefined
  }

  const take = (
    source: Source,
    entries: ReadonlyArray<Encoded>,
    finish: Effect.Effect<void, PlatformError>
  ): Batch<Encoded> => {
    source.reading++
    return {
      items: entries,
      durable: true,
      ack: (count) => {
        source.pending -= count
      },
      done: finish.pipe(
        Effect.ensuring(Effect.sync(() => source.reading--)),
        Effect.catch((error) => Effect.sync(() => source.isBehind ? undefined : noteBroken(error))),
        Effect.andThen(forgetDone)
      )
    }
  }

  const read = Effect.fnUntraced(function*(maxItems: number, maxBytes: number) {
    for (const source of sources()) {
      if (source.reader.unread() > 0) {
        const { done, entries, lost } = yield* source.reader.read(maxItems, maxBytes)
        source.pending -= lost
        onLost("corrupt", lost)
        return take(source, entries, done)
      }
      if (source.unended.length > 0) {
        const spans = source.unended.slice(0, maxItems)
        source.unended = source.unended.slice(maxItems)
        return take(source, spans, Effect.void)
      }
    }
    return nothing
  })

  const every = (interval: Duration.Input, effect: Effect.Effect<void>) =>
    Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(interval), effect)))

  yield* tryOpen
  if (home() !== undefined) yield* adopt
  yield* every(deadAfter, adopt)
  yield* every(heartbeatInterval, keepAllAlive)
  if (typeof options.fsync !== "string") {
    const sync = Effect.suspend(() => home()?.writer.sync ?? Effect.void)
    yield* every(options.fsync, Effect.catch(sync, (error) => Effect.sync(() => noteBroken(error))))
  }

  return {
    ended: (key, encoded) => {
      const to = writable()
      if (to === undefined) return false
      if (!hasRoom(headerSize + encoded.bytes.length)) {
        onLost("queue_full", 1)
        return true
      }
      to.source.pending++
      to.writer.append({ kind: "ended", key, encoded })
      return true
    },
    started: (key, encode) => {
      const to = writable()
      if (to === undefined) return
      const encoded = encode()
      if (bytes() + headerSize + encoded.bytes.length > options.maxBytes) return
      to.writer.append({ kind: "started", key, encoded })
    },
    unread: () => sources().reduce((sum, source) => sum + unreadOf(source), 0),
    pending: () => sources().reduce((sum, { pending }) => sum + pending, 0),
    bytes,
    read: (maxItems, maxBytes) =>
      Effect.catch(read(maxItems, maxBytes), (error) => {
        noteBroken(error)
        return Effect.as(Effect.sleep("1 second"), nothing)
      }),
    close: Effect.gen(function*() {
      // What is in a directory that was removed just now would be left nowhere.
      yield* keepAllAlive
      const last = home()
      state = State.close(state)
      if (last !== undefined) {
        yield* last.writer.idle
        if (waitsForDisk) yield* last.writer.sync
      }
      for (const source of sources()) {
        yield* closeSegments(source.log)
        if (source.isBehind) {
          // Nobody else can read it any more. What was on its way is written elsewhere too.
          const unread = unreadOf(source)
          onLost("shutdown", unread)
          options.onAdopted(unread - source.pending)
          source.pending = 0
          continue
        }
        const isOpen = source === last?.source && last.writer.hasOpen()
        yield* source.pending === 0 && !isOpen
          ? removeDirectory(fs, root, source.log.directory)
          : release(fs, source.log.directory)
      }
    }).pipe(Effect.catch((error) => Effect.sync(() => log("Warning", `the disk failed at the end: ${error.message}`))))
  }
})
