/**
 * Reads the log of a dead process: its unsent entries, and its spans without an end.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type { Scoped } from "../../../core/internal/scoped.ts"
import type { Encoded } from "../codec.ts"
import type { LogFileSystem } from "./fileSystem.ts"
import { readFile, readRange } from "./fileSystem.ts"
import type { DiskRecord } from "./record.ts"
import { scan } from "./record.ts"
import type { Log, Position, Segment } from "./segments.ts"
import { listSegments, readCursor, segmentPath, withSegment } from "./segments.ts"
import type { Append } from "./writer.ts"

/** How the log reads spans, which are only bytes otherwise. @internal */
export interface Journal {
  /** The key that the start and the end of a span share. */
  readonly keyOf: (bytes: Uint8Array) => string
  /** In nanoseconds since the epoch. */
  readonly endTimeOf: (encoded: Encoded) => bigint
  /** Ends a span of a dead process. */
  readonly end: (started: Encoded, lastSeen: bigint) => Encoded
}

const Value = Schema.Union([
  Schema.String,
  Schema.Number,
  Schema.Boolean,
  Schema.Array(Schema.String),
  Schema.Array(Schema.Number),
  Schema.Array(Schema.Boolean)
])
const text = Schema.String.pipe(Schema.optionalKey)
const Context = Schema.fromJsonString(Schema.Struct({
  resource: Schema.Struct({ attributes: Schema.Record(Schema.String, Value), schemaUrl: text }),
  scope: Schema.Struct({
    name: Schema.String,
    version: text,
    schemaUrl: text,
    attributes: Schema.Record(Schema.String, Value).pipe(Schema.optionalKey)
  })
}))
const decodeContext = Schema.decodeUnknownOption(Context)
const decoder = new TextDecoder()

/** How many bytes are scanned before other fibers run. */
const slice = 1 << 16

/**
 * Scans the records from an offset. Returns the final offset, and whether a complete record is damaged there. It yields
 * regularly, so that a long file does not block the event loop.
 */
const forEachRecord = Effect.fnUntraced(function*(
  content: Uint8Array,
  from: number,
  onRecord: (record: DiskRecord) => void
) {
  let at = from
  let turn = from
  while (at < content.length) {
    const scanned = scan(content, at)
    if (scanned._tag === "End") return { at, damaged: scanned.damaged }
    at = scanned.end
    if (scanned._tag === "Record") onRecord(scanned.record)
    if (at - turn >= slice) {
      turn = at
      yield* Effect.yieldNow
    }
  }
  return { at, damaged: false }
})

/** @internal */
export interface Recovered {
  readonly log: Log
  readonly cursor: Position
  /** The starts of spans without an end. */
  readonly open: ReadonlyArray<Encoded>
  /** The last ended entry. */
  readonly last: Encoded | undefined
}

/** Reads a directory from start to end. @internal */
export const recoverLog = Effect.fnUntraced(function*(
  fs: LogFileSystem,
  directory: string,
  fallback: Scoped,
  journal: Journal | undefined
): Effect.fn.Return<Recovered, PlatformError> {
  const segments: Array<Segment> = []
  const open = new Map<string, Encoded>()
  const ids = yield* listSegments(fs, directory)
  let firstSequence: number | undefined
  let endSequence = 0
  let last: Encoded | undefined
  for (const id of ids) {
    const content = yield* readFile(fs, segmentPath(directory, id))
    const contexts: Array<Scoped> = []
    const { at, damaged } = yield* forEachRecord(content, 0, ({ context, kind, payload, sequence }) => {
      firstSequence ??= sequence
      endSequence = Math.max(endSequence, sequence)
      if (kind === "context") return setContext(contexts, context, payload)
      const { resource, scope } = contexts[context] ?? fallback
      const encoded = { bytes: payload, resource, scope }
      if (kind === "started") {
        if (journal !== undefined) open.set(journal.keyOf(payload), { ...encoded, bytes: payload.slice() })
      } else {
        endSequence = Math.max(endSequence, sequence + 1)
        if (journal !== undefined) open.delete(journal.keyOf(payload))
        last = encoded
      }
    })
    const isLast = id === ids.at(-1)
    if (damaged && isLast) endSequence++
    // An incomplete record is an entry whose `end` never returned, or one that is being written.
    const bytes = isLast && !damaged ? at : content.length
    segments.push({ id, bytes, endSequence, contexts, open: 0, opened: undefined })
  }
  const found = yield* readCursor(fs, directory)
  const sequence = found === "damaged" ? firstSequence ?? 0 : 0
  const cursor = typeof found === "string" ? { segment: 0, offset: 0, sequence } : found
  return { log: { fs, directory, segments, fallback }, cursor, open: [...open.values()], last }
})

const setContext = (contexts: Array<Scoped>, context: number, payload: Uint8Array): void => {
  const known = Option.getOrUndefined(decodeContext(decoder.decode(payload)))
  if (known !== undefined) contexts[context] = known
}

/**
 * Reads the records that were written to a log after its recovery, by an owner that was alive after all. Returns the
 * number of ended entries among them.
 *
 * @internal
 */
export const readOn = Effect.fnUntraced(function*(log: Log): Effect.fn.Return<number, PlatformError> {
  let count = 0
  for (const id of yield* listSegments(log.fs, log.directory)) {
    const last = log.segments.at(-1)
    if (last !== undefined && id < last.id) continue
    const isNew = last === undefined || id > last.id
    const segment: Segment = isNew
      ? { id, bytes: 0, endSequence: last?.endSequence ?? 0, contexts: [], open: 0, opened: undefined }
      : last
    const { size } = yield* log.fs.stat(segmentPath(log.directory, id))
    if (size <= segment.bytes) continue
    const added = yield* readFile(log.fs, segmentPath(log.directory, id), segment.bytes)
    yield* forEachRecord(added, 0, ({ context, kind, payload, sequence }) => {
      if (kind === "context") return setContext(segment.contexts, context, payload)
      if (kind !== "ended" || sequence < segment.endSequence) return
      count += sequence + 1 - segment.endSequence
      segment.endSequence = sequence + 1
    })
    segment.bytes += added.length
    if (isNew) log.segments.push(segment)
  }
  return count
})

/** The starts of spans in a segment. @internal */
export const startsIn = Effect.fnUntraced(function*(
  log: Log,
  segment: Segment,
  journal: Journal
): Effect.fn.Return<ReadonlyArray<Append>, PlatformError> {
  const content = yield* withSegment(log, segment, (file) => readRange(file, 0, segment.bytes))
  const starts: Array<Append> = []
  yield* forEachRecord(content, 0, ({ context, kind, payload }) => {
    if (kind !== "started") return
    const { resource, scope } = segment.contexts[context] ?? log.fallback
    starts.push({
      kind: "started",
      key: journal.keyOf(payload),
      encoded: { bytes: payload.slice(), resource, scope }
    })
  })
  return starts
})
