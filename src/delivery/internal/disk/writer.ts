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
  /** By which a start and an end find each other; nothing for what has no start. */
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
  /** The disk did not take these. */
  readonly onUnwritten: (appends: ReadonlyArray<Append>, error: PlatformError) => void
}

/** @internal */
export interface LogWriter {
  readonly append: (append: Append) => void
  /** Many at once: one write. */
  readonly appendAll: (appends: ReadonlyArray<Append>) => void
  /** Bytes that are written or about to be. */
  readonly bytes: () => number
  /** Waits for the disk to have what was appended before. */
  readonly sync: Effect.Effect<void, PlatformError>
  /** Waits until what was appended is written, or was not taken. */
  readonly idle: Effect.Effect<void>
  /** Whether spans have started here that have not ended. */
  readonly hasOpen: () => boolean
  /** Whether a segment has the start of a span that has not ended. */
  readonly isOpenIn: (segment: Segment, key: string) => boolean
  /** A span that started here has ended in another log. */
  readonly endedElsewhere: (key: string) => void
}

/**
 * - `Idle`: all that was appended is written.
 * - `Writing`: a fiber writes, and takes what is appended meanwhile before it ends.
 */
type State =
  | { readonly _tag: "Idle" }
  | { readonly _tag: "Writing"; readonly next: Array<Append>; readonly waiting: Array<() => void> }

const encoder = new TextEncoder()

const contextPayload = ({ resource, scope }: Scoped): Uint8Array => encoder.encode(JSON.stringify({ resource, scope }))

/** @internal */
export const sizeOf = ({ encoded }: Append): number => headerSize + encoded.bytes.length

/** The bytes of as many appends as a segment still takes. @internal */
export interface Prepared {
  readonly chunk: Uint8Array
  readonly count: number
  readonly contexts: ReadonlyArray<Scoped>
  /** The sequence of the next that ends. */
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
  /** Where each span started that has not ended. */
  const open = new Map<string, Segment>()
  const unsynced = new Set<Segment>()
  let state: State = { _tag: "Idle" }
  let active: { readonly segment: Segment; readonly file: LogFile } | undefined
  let sequence = 0
  let lastId = 0
  let waitingBytes = 0

  // Not every system can sync a directory, and those that cannot need not.
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
        // Half of a record must not stand before a whole one.
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
