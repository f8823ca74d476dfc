/**
 * The spans of one destination that wait on disk: those of this process, and those that dead processes left.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import type { EncodedSpan, Scoped } from "../../../core/internal/scoped.ts"
import type { WhenFull } from "../memoryQueue.ts"
import type { LogFileSystem } from "./fileSystem.ts"
import { directoryMode, readWhole } from "./fileSystem.ts"
import type { Process } from "./owner.ts"
import { adoptDead, beat, createDirectory, heartbeatInterval, release } from "./owner.ts"
import type { LogBatch, LogReader } from "./reader.ts"
import { makeLogReader } from "./reader.ts"
import { headerSize, scan } from "./record.ts"
import { endForTheDead, keyOf, recoverLog } from "./recovery.ts"
import type { Log, Segment } from "./segments.ts"
import { segmentPath, start } from "./segments.ts"
import type { Entry, LogWriter } from "./writer.ts"
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
}

/** @internal */
export interface DiskOptions extends DiskSettings {
  readonly name: string
  readonly whenFull: WhenFull
  /** The resource and scope of spans whose own were lost. */
  readonly fallback: Scoped
  /** Something is there to be read. */
  readonly onAvailable: () => void
  /** Spans of dead processes, which are this destination's from now on. */
  readonly onAdopted: (count: number) => void
  readonly onLost: (reason: string, count: number) => void
  /** Spans that the disk did not take. */
  readonly onUnwritten: (spans: ReadonlyArray<EncodedSpan>) => void
}

/** @internal */
export interface DiskBatch {
  readonly spans: ReadonlyArray<EncodedSpan>
  /** So many of them have found their fate. */
  readonly settle: (count: number) => void
  /** All of them have. */
  readonly settled: Effect.Effect<void>
}

/** @internal */
export interface DiskQueue {
  /** Writes the end of a span. `false` where the disk does not work: the span must wait elsewhere. */
  readonly ended: (traceId: string, spanId: string, span: EncodedSpan) => boolean
  /** Writes the start of a span, so that it is known of if the process dies in it. */
  readonly started: (traceId: string, spanId: string, span: () => EncodedSpan) => void
  /** Spans that can be read. */
  readonly unread: () => number
  /** Spans that are on their way to the disk or on it, and not settled. */
  readonly pending: () => number
  readonly read: (maxItems: number, maxBytes: number) => Effect.Effect<DiskBatch>
  readonly bytes: () => number
  /** Waits for the disk, and leaves what is left to the next process. */
  readonly close: Effect.Effect<void>
}

interface Source {
  readonly log: Log
  readonly reader: LogReader
  /** Spans that a dead process did not end, as it left them. */
  unended: ReadonlyArray<EncodedSpan>
  /** Spans that are not settled. */
  pending: number
  /** Batches that are read and not settled. */
  reading: number
}

/** How long a disk that failed is left alone, and how often dead processes are looked for. */
const retryAfter = 30_000
const adoptInterval = 30_000
const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10

/** Opens a destination's place on the disk. Never fails: without a disk that works, it takes nothing. @internal */
export const openDiskQueue = Effect.fnUntraced(function*(
  options: DiskOptions
): Effect.fn.Return<DiskQueue, never, Scope.Scope> {
  const { fs, name, onLost, whenFull } = options
  const root = `${options.root}/${encodeURIComponent(name)}`
  const services = yield* Effect.context<never>()
  const clock = yield* Clock.Clock
  const run = Effect.runForkWith(services)
  const adopted: Array<Source> = []
  const own = new Set<string>()
  let current: { readonly source: Source; readonly writer: LogWriter } | undefined
  let opening = false
  let brokenUntil = 0
  let broken = false
  let closed = false

  const log = (level: "Warning" | "Info", message: string) => {
    const line = `effect-agentops: exporter ${name}: ${message}`
    run(level === "Warning" ? Effect.logWarning(line) : Effect.logInfo(line))
  }

  const noteBroken = (error: PlatformError) => {
    brokenUntil = clock.currentTimeMillisUnsafe() + retryAfter
    if (broken) return
    broken = true
    log("Warning", `the disk does not take spans, so they wait in memory: ${error.message}`)
  }

  const noteWorking = () => {
    if (!broken) return
    broken = false
    log("Info", "the disk takes spans again")
  }

  /** Deletes segments that all is settled of, once the spans that are still open in them are known elsewhere. */
  const passed = (log: Log, writer: () => LogWriter | undefined) => (segments: ReadonlyArray<Segment>) =>
    Effect.forEach(segments, (segment) =>
      Effect.gen(function*() {
        const path = segmentPath(log.directory, segment.id)
        const to = writer()
        if (to !== undefined && segment.open > 0) {
          for (const entry of startsIn(yield* readWhole(fs, path), segment, log)) {
            if (to.isOpenIn(segment, entry.key)) to.append(entry)
          }
        }
        yield* fs.remove(path, { force: true })
        log.segments.splice(log.segments.indexOf(segment), 1)
      }), { discard: true })

  const openOwn = Effect.gen(function*() {
    yield* fs.makeDirectory(root, { recursive: true, mode: directoryMode })
    const directory = yield* createDirectory(fs, root, options.process)
    own.add(directory)
    const log: Log = { fs, directory, segments: [], fallback: options.fallback }
    const writer: LogWriter = makeLogWriter({
      log,
      segmentBytes: options.segmentBytes,
      durable: options.fsync === "always",
      services,
      onWritten: () => {
        noteWorking()
        options.onAvailable()
      },
      onUnwritten: (entries, error) => {
        noteBroken(error)
        const spans = entries.flatMap(({ kind, span }) => kind === "ended" ? [span] : [])
        source.pending -= spans.length
        options.onUnwritten(spans)
      }
    })
    const reader = makeLogReader(log, start, passed(log, () => writer))
    const source: Source = { log, reader, unended: [], pending: 0, reading: 0 }
    current = { source, writer }
  })

  const tryOpen = Effect.suspend(() => {
    if (opening) return Effect.void
    opening = true
    return openOwn
  }).pipe(
    Effect.catch((error) => Effect.sync(() => noteBroken(error))),
    Effect.ensuring(Effect.sync(() => opening = false))
  )

  /** Forgets a log that a dead process left, once nothing of it is left. */
  const forgetEmpty = Effect.suspend(() => {
    const done = adopted.filter((source) =>
      source.reader.unread() === 0 && source.unended.length === 0 && source.reading === 0
    )
    return Effect.forEach(done, (source) => {
      adopted.splice(adopted.indexOf(source), 1)
      return Effect.ignore(fs.remove(source.log.directory, { recursive: true, force: true }))
    }, { discard: true })
  })

  const adopt = Effect.gen(function*() {
    const found = yield* adoptDead(fs, root, options.process, own)
    for (const { directory, lastSeen } of found) {
      own.add(directory)
      const { cursor, lastEnd, log: left, open } = yield* recoverLog(fs, directory, options.fallback)
      const seen = BigInt(Math.floor(lastSeen)) * 1_000_000n
      const unended = open.map((span) => endForTheDead(span, seen > lastEnd ? seen : lastEnd))
      // The starts in it are all that is known of spans that never ended, until those have arrived.
      const keep = () => Effect.void
      const reader = makeLogReader(left, cursor, unended.length > 0 ? keep : passed(left, () => undefined))
      const count = reader.unread() + unended.length
      adopted.push({ log: left, reader, unended, pending: count, reading: 0 })
      options.onAdopted(count)
      if (count > 0) {
        const bytes = left.segments.reduce((sum, segment) => sum + segment.bytes, 0)
        log(
          "Info",
          `sends ${count} spans that a process left behind, ${unended.length} of them never ended ` +
            `(${megabytes(bytes)} MB)`
        )
      }
      options.onAvailable()
    }
    yield* forgetEmpty
    // What cannot be read now may be read another time, and is nobody's loss until then.
  }).pipe(Effect.ignore)

  const sources = (): ReadonlyArray<Source> => current === undefined ? adopted : [...adopted, current.source]
  const bytes = () =>
    adopted.reduce(
      (sum, { log }) => log.segments.reduce((sum, segment) => sum + segment.bytes, sum),
      current?.writer.bytes() ?? 0
    )

  /** Lets the oldest segment that is not being written go. */
  const dropOldest = (): boolean => {
    for (const source of sources()) {
      const [segment] = source.log.segments
      if (segment === undefined || (source === current?.source && source.log.segments.length === 1)) continue
      const skipped = source.reader.skip(segment)
      source.log.segments.shift()
      source.pending -= skipped
      onLost("queue_full", skipped)
      run(Effect.ignore(fs.remove(segmentPath(source.log.directory, segment.id), { force: true })))
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

  const works = (): boolean => {
    if (closed) return false
    if (!broken || clock.currentTimeMillisUnsafe() >= brokenUntil) {
      if (current === undefined) run(tryOpen)
      return current !== undefined
    }
    return false
  }

  const append = (entry: Entry) => current!.writer.append(entry)

  const takeBatch = (source: Source, batch: LogBatch): DiskBatch => {
    source.reading++
    source.pending -= batch.lost
    onLost("corrupt", batch.lost)
    const settled = batch.settled.pipe(
      Effect.ensuring(Effect.sync(() => source.reading--)),
      Effect.catch((error) => Effect.sync(() => noteBroken(error))),
      Effect.andThen(forgetEmpty)
    )
    const settle = (count: number) => {
      source.pending -= count
    }
    return { spans: batch.spans, settle, settled }
  }

  /** Another process thought us dead, which it may after a long sleep: what is there is now its own. */
  const giveAway = (source: Source) => {
    const count = source.reader.unread() + source.unended.length
    source.pending -= count
    options.onAdopted(-count)
    if (source === current?.source) current = undefined
    else adopted.splice(adopted.indexOf(source), 1)
    log("Warning", `another process has taken over ${count} spans from disk`)
  }

  const keepAlive = (source: Source) =>
    Effect.catch(beat(fs, source.log.directory), (error) =>
      Effect.sync(() => {
        if (error.reason._tag === "NotFound") giveAway(source)
      }))

  const nothing: DiskBatch = { spans: [], settle: () => {}, settled: Effect.void }

  yield* tryOpen
  if (current !== undefined) yield* adopt
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(adoptInterval), adopt)))
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(
    Effect.sleep(heartbeatInterval),
    Effect.suspend(() => Effect.forEach(sources(), keepAlive, { discard: true }))
  )))
  if (typeof options.fsync !== "string") {
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(
      Effect.sleep(options.fsync),
      Effect.suspend(() => current?.writer.sync ?? Effect.void).pipe(
        Effect.catch((error) => Effect.sync(() => noteBroken(error)))
      )
    )))
  }

  return {
    ended: (traceId, spanId, span) => {
      if (!works()) return false
      if (!hasRoom(headerSize + span.bytes.length)) {
        onLost("queue_full", 1)
        return true
      }
      current!.source.pending++
      append({ kind: "ended", key: traceId + spanId, span })
      return true
    },
    started: (traceId, spanId, span) => {
      if (!works()) return
      const encoded = span()
      if (bytes() + headerSize + encoded.bytes.length > options.maxBytes) return
      append({ kind: "started", key: traceId + spanId, span: encoded })
    },
    unread: () => sources().reduce((sum, { reader, unended }) => sum + reader.unread() + unended.length, 0),
    pending: () => sources().reduce((sum, { pending }) => sum + pending, 0),
    bytes,
    read: Effect.fnUntraced(
      function*(maxItems, maxBytes) {
        for (const source of sources()) {
          if (source.reader.unread() > 0) {
            const batch = yield* source.reader.read(maxItems, maxBytes)
            return takeBatch(source, batch)
          }
          if (source.unended.length > 0) {
            const spans = source.unended.slice(0, maxItems)
            source.unended = source.unended.slice(maxItems)
            return takeBatch(source, { spans, lost: 0, settled: Effect.void })
          }
        }
        return nothing
      },
      Effect.catch((error) => {
        noteBroken(error)
        return Effect.as(Effect.sleep("1 second"), nothing)
      })
    ),
    close: Effect.gen(function*() {
      closed = true
      if (current !== undefined) {
        yield* current.writer.close
        if (options.fsync !== "never") yield* current.writer.sync
      }
      for (const { log, pending } of sources()) {
        const isOpen = log === current?.source.log && current.writer.hasOpen()
        yield* pending === 0 && !isOpen
          ? fs.remove(log.directory, { recursive: true, force: true })
          : release(fs, log.directory)
      }
    }).pipe(Effect.catch((error) => Effect.sync(() => noteBroken(error))))
  }
})

/** The starts of spans in a segment. */
const startsIn = (content: Uint8Array, segment: Segment, log: Log): ReadonlyArray<Entry> => {
  const entries: Array<Entry> = []
  let at = 0
  for (let scanned = scan(content, at); scanned._tag !== "End"; scanned = scan(content, at)) {
    at = scanned.end
    if (scanned._tag === "Damage" || scanned.frame.kind !== "started") continue
    const { context, payload } = scanned.frame
    const { resource, scope } = segment.contexts[context] ?? log.fallback
    entries.push({ kind: "started", key: keyOf(payload), span: { bytes: payload.slice(), resource, scope } })
  }
  return entries
}
