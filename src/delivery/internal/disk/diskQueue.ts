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
 *                                      every entry before this position is acknowledged
 *   01764119700000-4242-9aq2~1f0c/     one that another process took over: renamed, with another random suffix
 *   gone-…/                            one that is being removed
 * ```
 *
 * A segment ends at about `segmentBytes`, and names at most 256 contexts (a resource with a scope). A cursor is replaced
 * by a rename, so a crash leaves the old one or the new one.
 *
 * **States**
 *
 * - Of the disk: `NoLog`, `Ready`, `Broken` or `Closed`, see `diskState`.
 * - Of a log, see `source`: own, adopted from a dead process, or lost to this process. A lost log is read through the
 *   files that are still open.
 * - Of an entry: being written, unread, in flight, acknowledged. `pending` counts the first three.
 *
 * **Invariants**
 *
 * - A written entry is delivered at least once, or counted as lost with a reason, whenever the process stops. If the
 *   machine stops, this holds for the entries that are synced, which `fsync` determines.
 * - `pending` is never negative, and it is zero in the end.
 * - The cursor moves only past acknowledged entries, in order, even if batches are acknowledged in another order.
 * - A segment is deleted once a cursor past it is on disk, and the starts of spans that are still open in it are synced
 *   in a later segment. A directory is renamed before it is removed, so that nobody reads a part of it.
 * - A directory has one writer, its owner. An owner can lose its directory, if somebody removes it or another process
 *   takes it over. It then opens a new one, and writes every unacknowledged entry there: see `ownLogs`. An entry that
 *   both processes send arrives twice. No entry is lost, unless the owner dies before it notices.
 * - The log of a dead process is synced before its entries are counted as this process's.
 *
 * The states of the disk are pure values in `diskState`. `ownLogs` writes the entries of this process, `adoption` takes
 * over those of dead processes, and this file combines them.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import type { Batch } from "../batch.ts"
import type { Encoded } from "../codec.ts"
import { makeAdoption } from "./adoption.ts"
import type { DiskOptions, Place } from "./diskOptions.ts"
import { removeDirectory } from "./fileSystem.ts"
import { deadAfter, heartbeatInterval, release } from "./owner.ts"
import { makeOwnLogs } from "./ownLogs.ts"
import { headerSize } from "./record.ts"
import { bytesOf, closeSegments, removeSegment } from "./segments.ts"
import type { Source } from "./source.ts"
import { unreadOf } from "./source.ts"

/** @internal */
export interface DiskQueue {
  /**
   * Writes the end of a span, or a log record. Returns `false` if the disk fails, and the entry must wait elsewhere.
   */
  readonly ended: (key: string | undefined, encoded: Encoded) => boolean
  /** Writes the start of a span, so that it is known if the process dies before its end. */
  readonly started: (key: string, encoded: () => Encoded) => void
  /** The number of entries that can be read. */
  readonly unread: () => number
  /** The number of entries that are being written or on disk, and not acknowledged. */
  readonly pending: () => number
  readonly read: (maxItems: number, maxBytes: number) => Effect.Effect<Batch<Encoded>>
  readonly bytes: () => number
  /** Waits for the disk, and leaves the remaining entries to the next process. */
  readonly close: Effect.Effect<void>
}

const nothing: Batch<Encoded> = { items: [], durable: true, ack: () => {}, done: Effect.void }

/** Opens the directory of a destination. It never fails. If the disk does not work, it accepts nothing. @internal */
export const openDiskQueue = Effect.fnUntraced(function*(
  options: DiskOptions
): Effect.fn.Return<DiskQueue, never, Scope.Scope> {
  const { fs, items: noun = "spans", name, onLost, whenFull } = options
  const services = yield* Effect.context<never>()
  const clock = yield* Clock.Clock
  const runFork = Effect.runForkWith(services)
  const run = (effect: Effect.Effect<void>) => void runFork(effect)
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const tell = (level: "Warning" | "Info", message: string) => {
    const line = `effect-agentops: exporter ${name}: ${message}`
    run(level === "Warning" ? Effect.logWarning(line) : Effect.logInfo(line))
  }
  const place: Place = {
    ...options,
    // Escapes a leading dot, because a name of dots alone would lead out of the directory.
    place: `${options.root}/${encodeURIComponent(name).replace(/^\./, "%2E")}`,
    noun,
    log: tell,
    run,
    now
  }
  const own = makeOwnLogs(place, services)
  const adopted = makeAdoption(place, own.directories)
  /** When each unreadable log is tried again. */
  const resting = new Map<Source, number>()

  const sources = (): ReadonlyArray<Source> => [...adopted.sources, ...own.sources()]
  const isReadable = (source: Source) => resting.size === 0 || !(resting.get(source)! > now())
  const unread = () => {
    let sum = 0
    for (const source of sources()) if (isReadable(source)) sum += unreadOf(source)
    return sum
  }

  const bytes = () => {
    let sum = own.bytes()
    for (const { log } of adopted.sources) sum += bytesOf(log)
    return sum
  }

  /** Deletes the oldest segment that is not being written. */
  const dropOldest = (): boolean => {
    for (const source of sources()) {
      const [segment] = source.log.segments
      if (segment === undefined || (source === own.current() && source.log.segments.length === 1)) continue
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
      // Nobody reads the cursor of a lost directory.
      done: Effect.suspend(() => source.isLost ? Effect.void : finish).pipe(
        Effect.ensuring(Effect.sync(() => source.reading--)),
        Effect.catch((error) => own.noteFailure(source, error)),
        Effect.andThen(Effect.andThen(adopted.forgetDone, own.forgetDone))
      )
    }
  }

  const readFrom = Effect.fnUntraced(function*(source: Source, maxItems: number, maxBytes: number) {
    if (source.reader.unread() > 0) {
      const { done, entries, lost } = yield* source.reader.read(maxItems, maxBytes)
      source.pending -= lost
      onLost("corrupt", lost)
      return take(source, entries, done)
    }
    const spans = source.unended.slice(0, maxItems)
    source.unended = source.unended.slice(maxItems)
    return take(source, spans, Effect.void)
  })

  const read = Effect.fnUntraced(function*(maxItems: number, maxBytes: number) {
    for (const source of sources()) {
      if (unreadOf(source) === 0 || !isReadable(source)) continue
      const batch = yield* Effect.catch(readFrom(source, maxItems, maxBytes), (error) => {
        if (error.reason._tag === "NotFound") return adopted.keepAlive
        return Effect.sync(() => {
          // Other logs must not wait for an unreadable one.
          if (!resting.has(source)) tell("Warning", `${source.log.directory} cannot be read now: ${error.message}`)
          resting.set(source, now() + deadAfter)
        })
      })
      if (typeof batch === "object") return batch
    }
    return nothing
  })

  const every = (interval: Duration.Input, effect: Effect.Effect<void>) =>
    Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(interval), effect)))

  yield* own.open
  if (own.current() !== undefined) yield* adopted.adopt
  yield* every(deadAfter, adopted.adopt)
  yield* every(
    heartbeatInterval,
    Effect.andThen(own.keepAlive, adopted.keepAlive).pipe(
      Effect.andThen(Effect.sync(() => resting.size > 0 ? options.onAvailable() : undefined))
    )
  )
  if (typeof options.fsync !== "string") yield* every(options.fsync, own.sync)

  return {
    ended: (key, encoded) => {
      if (!own.canTake()) return false
      if (!hasRoom(headerSize + encoded.bytes.length)) {
        onLost("queue_full", 1)
        return true
      }
      return own.put([{ kind: "ended", key, encoded }])
    },
    started: (key, encode) => {
      if (!own.canTake()) return
      const encoded = encode()
      if (bytes() + headerSize + encoded.bytes.length > options.maxBytes) return
      own.put([{ kind: "started", key, encoded }])
    },
    unread,
    pending: () => sources().reduce((sum, { pending }) => sum + pending, own.waiting()),
    bytes,
    read,
    close: Effect.gen(function*() {
      const isOpen = yield* own.close
      const last = own.current()
      for (const source of sources()) {
        yield* closeSegments(source.log)
        if (source.isLost) {
          // No other process can read this log. Its entries in flight were written elsewhere, too.
          const unread = unreadOf(source)
          onLost("shutdown", unread)
          options.onAdopted(unread - source.pending)
          source.pending = 0
          continue
        }
        yield* source.pending === 0 && !(source === last && isOpen)
          ? removeDirectory(fs, place.place, source.log.directory)
          : release(fs, source.log.directory)
      }
    }).pipe(Effect.catch((error) => Effect.sync(() => tell("Warning", `the disk failed at the end: ${error.message}`))))
  }
})
