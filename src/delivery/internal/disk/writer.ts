/**
 * Writes the segments of a log. A log has one writer.
 *
 * Entries that are appended during a write are part of the next write. Node's files here are synchronous, so an append
 * is in the kernel's memory when it returns.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import type { Scoped } from "../../../core/internal/scoped.ts"
import type { Encoded } from "../codec.ts"
import type { LogFile } from "./fileSystem.ts"
import type { DiskRecord } from "./record.ts"
import { headerSize, maxContexts, writeRecord } from "./record.ts"
import type { Log, Segment } from "./segments.ts"
import { bytesOf, openSegment } from "./segments.ts"

/** @internal */
export interface Append {
  readonly kind: "ended" | "started"
  /** The key that a start and an end share. Absent for entries without a start. */
  readonly key: string | undefined
  readonly encoded: Encoded
}

/** @internal */
export interface WriterOptions {
  readonly log: Log
  readonly segmentBytes: number
  /** Whether a write waits for the disk. */
  readonly durable: boolean
  readonly services: Context.Context<never>
  readonly onWritten: () => void
  /** Called with appends that could not be written. */
  readonly onUnwritten: (appends: ReadonlyArray<Append>, error: PlatformError) => void
}

/** @internal */
export interface LogWriter {
  readonly append: (append: Append) => void
  /** Appends many entries in one write. */
  readonly appendAll: (appends: ReadonlyArray<Append>) => void
  /** The number of bytes that are written or will be. */
  readonly bytes: () => number
  /** Waits until earlier appends are on the disk. */
  readonly sync: Effect.Effect<void, PlatformError>
  /** Waits until earlier appends are written or have failed. */
  readonly idle: Effect.Effect<void>
  /** Whether there are spans without an end. */
  readonly hasOpen: () => boolean
  /** Whether a segment has the start of a span without an end. */
  readonly isOpenIn: (segment: Segment, key: string) => boolean
  /** A span that started here has ended in another log. */
  readonly endedElsewhere: (key: string) => void
}

/**
 * - `Idle`: everything is written.
 * - `Writing`: a fiber is writing, and also writes what is appended before it ends.
 */
type State =
  | { readonly _tag: "Idle" }
  | { readonly _tag: "Writing"; readonly next: Array<Append>; readonly waiting: Array<() => void> }

const encoder = new TextEncoder()

const contextPayload = ({ resource, scope }: Scoped): Uint8Array => encoder.encode(JSON.stringify({ resource, scope }))

/** @internal */
export const sizeOf = ({ encoded }: Append): number => headerSize + encoded.bytes.length

/** The bytes of as many appends as fit into a segment. @internal */
export interface Prepared {
  readonly chunk: Uint8Array
  readonly count: number
  readonly contexts: ReadonlyArray<Scoped>
  /** The sequence of the next ended entry. */
  readonly next: number
}

/** @internal */
export const prepare = (
  segment: Pick<Segment, "bytes" | "contexts">,
  sequence: number,
  appends: ReadonlyArray<Append>,
  segmentBytes: number
): Prepared => {
  const records: Array<DiskRecord> = []
  const contexts = segment.contexts.slice()
  let next = sequence
  let bytes = 0
  let count = 0
  for (; count < appends.length && segment.bytes + bytes < segmentBytes; count++) {
    const { encoded, kind } = appends[count]!
    const { resource, scope } = encoded
    let context = contexts.findIndex((known) => known.resource === resource && known.scope === scope)
    if (context === -1) {
      if (contexts.length > maxContexts && count > 0) break
      context = contexts.push({ resource, scope }) - 1
      const payload = contextPayload(encoded)
      records.push({ kind: "context", sequence: next, context, payload })
      bytes += headerSize + payload.length
    }
    records.push({ kind, sequence: next, context, payload: encoded.bytes })
    bytes += headerSize + encoded.bytes.length
    if (kind === "ended") next++
  }
  const chunk = new Uint8Array(bytes)
  let at = 0
  for (const record of records) at = writeRecord(chunk, at, record)
  return { chunk, count, contexts, next }
}

/** @internal */
export const makeLogWriter = (options: WriterOptions): LogWriter => {
  const { log, segmentBytes } = options
  /** The segment with the start of each span without an end. */
  const open = new Map<string, Segment>()
  const unsynced = new Set<Segment>()
  let state: State = { _tag: "Idle" }
  let active: { readonly segment: Segment; readonly file: LogFile } | undefined
  let sequence = 0
  let lastId = 0
  let waitingBytes = 0

  // Some systems cannot sync a directory, and do not need to.
  const syncDirectory = Effect.ignore(log.fs.syncDirectory(log.directory))

  const roll = Effect.gen(function*() {
    const opened = yield* openSegment(log.fs, log.directory, lastId + 1, "a")
    const segment: Segment = { id: ++lastId, bytes: 0, endSequence: sequence, contexts: [], open: 0, opened }
    log.segments.push(segment)
    if (options.durable) yield* syncDirectory
    return active = { file: opened.file, segment }
  })

  const close = (key: string) => {
    const segment = open.get(key)
    if (segment === undefined) return
    segment.open--
    open.delete(key)
  }

  const commit = (segment: Segment, appends: ReadonlyArray<Append>, { chunk, contexts, count, next }: Prepared) => {
    segment.contexts.push(...contexts.slice(segment.contexts.length))
    segment.bytes += chunk.length
    segment.endSequence = sequence = next
    for (let i = 0; i < count; i++) {
      const { key, kind } = appends[i]!
      if (key === undefined) continue
      close(key)
      if (kind === "started") {
        segment.open++
        open.set(key, segment)
      }
    }
    unsynced.add(segment)
    options.onWritten()
  }

  const writeSome = Effect.fnUntraced(function*(appends: ReadonlyArray<Append>) {
    const isFull = active === undefined || active.segment.bytes >= segmentBytes ||
      active.segment.contexts.length > maxContexts
    const { file, segment } = active === undefined || isFull ? yield* roll : active
    const prepared = prepare(segment, sequence, appends, segmentBytes)
    yield* file.writeAll(prepared.chunk).pipe(
      Effect.andThen(options.durable ? file.sync : Effect.void),
      Effect.tapError(() =>
        // An incomplete record must not precede a complete one.
        Effect.andThen(Effect.ignore(file.truncate(segment.bytes)), Effect.sync(() => active = undefined))
      )
    )
    commit(segment, appends, prepared)
    return prepared.count
  })

  const drain = (writing: Extract<State, { _tag: "Writing" }>) =>
    Effect.gen(function*() {
      while (writing.next.length > 0) {
        let appends: ReadonlyArray<Append> = writing.next.splice(0)
        while (appends.length > 0) {
          const rest = appends
          const written = yield* writeSome(rest).pipe(Effect.catch((error) =>
            Effect.sync(() => {
              options.onUnwritten(rest, error)
              return rest.length
            })
          ))
          for (let i = 0; i < written; i++) waitingBytes -= sizeOf(rest[i]!)
          appends = rest.slice(written)
        }
      }
    }).pipe(
      Effect.ensuring(Effect.sync(() => {
        state = { _tag: "Idle" }
        for (const resume of writing.waiting.splice(0)) resume()
      }))
    )

  const idle = Effect.callback<void>((resume) => {
    if (state._tag === "Idle") return resume(Effect.void)
    state.waiting.push(() => resume(Effect.void))
  })

  const run = Effect.runForkWith(options.services)

  const syncSegment = (segment: Segment) => {
    const { opened } = segment
    return opened === undefined ? Effect.void : opened.file.sync
  }

  const appendAll = (appends: ReadonlyArray<Append>): void => {
    for (const append of appends) waitingBytes += sizeOf(append)
    if (state._tag === "Writing") return void state.next.push(...appends)
    state = { _tag: "Writing", next: [...appends], waiting: [] }
    run(drain(state))
  }

  return {
    append: (append) => appendAll([append]),
    appendAll,
    bytes: () => bytesOf(log) + waitingBytes,
    sync: Effect.andThen(
      idle,
      Effect.suspend(() => {
        const segments = [...unsynced]
        unsynced.clear()
        return Effect.forEach(
          segments,
          (segment) => Effect.tapError(syncSegment(segment), () => Effect.sync(() => unsynced.add(segment))),
          { discard: true }
        ).pipe(
          Effect.andThen(segments.length === 0 ? Effect.void : syncDirectory)
        )
      })
    ),
    idle,
    hasOpen: () => open.size > 0,
    isOpenIn: (segment, key) => open.get(key) === segment,
    endedElsewhere: close
  }
}
