/**
 * Writes a log: the one writer of its segments.
 *
 * What is appended while a write is under way goes with the next one. With files that are written before the call
 * returns, as Node's are here, an append is in the kernel's hands when it returns.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { PlatformError } from "effect/PlatformError"
import * as Scope from "effect/Scope"
import type { EncodedSpan, Scoped } from "../../../core/internal/scoped.ts"
import type { LogFile } from "./fileSystem.ts"
import { fileMode } from "./fileSystem.ts"
import { type Frame, headerSize, maxContexts, writeFrame } from "./record.ts"
import type { Log, Segment } from "./segments.ts"
import { segmentPath } from "./segments.ts"

/** @internal */
export interface Entry {
  readonly kind: "ended" | "started"
  /** The span's trace and span id, by which a start and an end find each other. */
  readonly key: string
  readonly span: EncodedSpan
}

/** @internal */
export interface WriterOptions {
  readonly log: Log
  readonly segmentBytes: number
  /** Whether a write waits for the disk. */
  readonly durable: boolean
  readonly services: Context.Context<never>
  readonly onWritten: () => void
  /** The disk did not take these. */
  readonly onUnwritten: (entries: ReadonlyArray<Entry>, error: PlatformError) => void
}

/** @internal */
export interface LogWriter {
  readonly append: (entry: Entry) => void
  /** Bytes that are written or about to be. */
  readonly bytes: () => number
  /** Waits for the disk to have what is written. */
  readonly sync: Effect.Effect<void, PlatformError>
  readonly close: Effect.Effect<void>
  /** Whether spans have started here that have not ended. */
  readonly hasOpen: () => boolean
  /** The starts in a segment of spans that have not ended. */
  readonly isOpenIn: (segment: Segment, key: string) => boolean
}

interface Active {
  readonly segment: Segment
  readonly file: LogFile
  readonly scope: Scope.Closeable
}

const encoder = new TextEncoder()

const contextPayload = ({ resource, scope }: Scoped): Uint8Array => encoder.encode(JSON.stringify({ resource, scope }))

const sizeOf = ({ span }: Entry): number => headerSize + span.bytes.length

/** @internal */
export const makeLogWriter = (options: WriterOptions): LogWriter => {
  const { log, segmentBytes } = options
  const open = new Map<string, Segment>()
  const unsynced = new Set<number>()
  let waiting: Array<Entry> = []
  let waitingBytes = 0
  let writing = false
  let active: Active | undefined
  let sequence = 0
  let lastId = 0
  const idle: Array<() => void> = []

  const syncFile = (path: string, flag: "a" | "r") =>
    Effect.scoped(Effect.flatMap(log.fs.open(path, { flag, mode: fileMode }), (file) => file.sync))
  // Not every system can sync a directory, and those that cannot need not.
  const syncDirectory = Effect.ignore(syncFile(log.directory, "r"))

  const closeActive = Effect.suspend(() => {
    if (active === undefined) return Effect.void
    const { scope } = active
    active = undefined
    return Scope.close(scope, Exit.void)
  })

  const roll = Effect.gen(function*() {
    yield* closeActive
    const scope = yield* Scope.make()
    const segment: Segment = { id: ++lastId, bytes: 0, endSequence: sequence, contexts: [], open: 0 }
    const file = yield* log.fs.open(segmentPath(log.directory, segment.id), { flag: "a", mode: fileMode }).pipe(
      Scope.provide(scope)
    )
    log.segments.push(segment)
    if (options.durable) yield* syncDirectory
    return active = { file, scope, segment }
  })

  /** The frames of as many entries as the segment still takes, and what is known of it once they are written. */
  const prepare = (segment: Segment, entries: ReadonlyArray<Entry>) => {
    const frames: Array<Frame> = []
    const contexts = segment.contexts.slice()
    let next = sequence
    let bytes = 0
    let count = 0
    for (; count < entries.length && segment.bytes + bytes < segmentBytes; count++) {
      const { kind, span } = entries[count]!
      let context = contexts.findIndex((known) => known.resource === span.resource && known.scope === span.scope)
      if (context === -1) {
        if (contexts.length > maxContexts && count > 0) break
        context = contexts.push(span) - 1
        contexts[context] = { resource: span.resource, scope: span.scope }
        const payload = contextPayload(span)
        frames.push({ kind: "context", sequence: next, context, payload })
        bytes += headerSize + payload.length
      }
      frames.push({ kind, sequence: next, context, payload: span.bytes })
      bytes += headerSize + span.bytes.length
      if (kind === "ended") next++
    }
    const chunk = new Uint8Array(bytes)
    let at = 0
    for (const frame of frames) at = writeFrame(chunk, at, frame)
    const commit = () => {
      segment.contexts.push(...contexts.slice(segment.contexts.length))
      segment.bytes += bytes
      segment.endSequence = sequence = next
      for (let i = 0; i < count; i++) {
        const { key, kind } = entries[i]!
        const before = open.get(key)
        if (before !== undefined) {
          before.open--
          open.delete(key)
        }
        if (kind === "started") {
          segment.open++
          open.set(key, segment)
        }
      }
      unsynced.add(segment.id)
    }
    return { chunk, count, commit }
  }

  const writeSome = Effect.fnUntraced(function*(entries: ReadonlyArray<Entry>) {
    const isFull = active === undefined || active.segment.bytes >= segmentBytes ||
      active.segment.contexts.length > maxContexts
    const current: Active = active === undefined || isFull ? yield* roll : active
    const { chunk, commit, count } = prepare(current.segment, entries)
    yield* current.file.writeAll(chunk).pipe(
      Effect.andThen(options.durable ? current.file.sync : Effect.void),
      Effect.tapError(() =>
        // Half of a frame must not stand before a whole one.
        Effect.andThen(Effect.ignore(current.file.truncate(current.segment.bytes)), closeActive)
      )
    )
    commit()
    options.onWritten()
    return count
  })

  const drain = Effect.gen(function*() {
    while (waiting.length > 0) {
      let entries = waiting
      waiting = []
      while (entries.length > 0) {
        const rest: ReadonlyArray<Entry> = entries
        const written = yield* writeSome(rest).pipe(Effect.catch((error) =>
          Effect.sync(() => {
            options.onUnwritten(rest, error)
            return rest.length
          })
        ))
        for (let i = 0; i < written; i++) waitingBytes -= sizeOf(rest[i]!)
        entries = entries.slice(written)
      }
    }
  }).pipe(
    Effect.ensuring(Effect.sync(() => {
      writing = false
      for (const resume of idle.splice(0)) resume()
    }))
  )

  const awaitIdle = Effect.callback<void>((resume) => {
    if (!writing) return resume(Effect.void)
    idle.push(() => resume(Effect.void))
  })

  const run = Effect.runForkWith(options.services)

  return {
    append: (entry) => {
      waiting.push(entry)
      waitingBytes += sizeOf(entry)
      if (writing) return
      writing = true
      run(drain)
    },
    bytes: () => log.segments.reduce((sum, segment) => sum + segment.bytes, waitingBytes),
    sync: Effect.suspend(() => {
      const ids = [...unsynced]
      unsynced.clear()
      return Effect.forEach(
        ids,
        (id) =>
          syncFile(segmentPath(log.directory, id), "a").pipe(
            Effect.catchIf(({ reason }) => reason._tag === "NotFound", () => Effect.void),
            Effect.tapError(() => Effect.sync(() => unsynced.add(id)))
          ),
        { discard: true }
      ).pipe(Effect.andThen(ids.length === 0 ? Effect.void : syncDirectory))
    }),
    close: Effect.andThen(awaitIdle, closeActive),
    hasOpen: () => open.size > 0,
    isOpenIn: (segment, key) => open.get(key) === segment
  }
}
