/**
 * Reads a log from its cursor in batches, and moves the cursor as they are acknowledged.
 *
 * Batches may be acknowledged in any order. The cursor stops at the first unacknowledged batch. So a crash repeats the
 * batches after the cursor, and skips none.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Semaphore from "effect/Semaphore"
import type { Encoded } from "../codec.ts"
import { readRange } from "./fileSystem.ts"
import { scan } from "./record.ts"
import type { Log, Position, Segment } from "./segments.ts"
import { withSegment, writeCursor } from "./segments.ts"

/** A batch that was read and is not acknowledged. @internal */
export interface ReadBatch {
  readonly entries: ReadonlyArray<Encoded>
  /** How many entries among these are unreadable. */
  readonly lost: number
  /** Runs once all entries are acknowledged. */
  readonly done: Effect.Effect<void, PlatformError>
}

/** A part of a lost log, to be written to another one. @internal */
export interface LostEntries {
  readonly entries: ReadonlyArray<Encoded>
  readonly lost: number
  /** Whether these entries are also in flight, so that they are sent again. */
  readonly isInFlight: boolean
  readonly isOver: boolean
  readonly end: Position
}

/** @internal */
export interface LogReader {
  /** The next entries in order, at least one if there is any, up to `maxItems` and about `maxBytes`. */
  readonly read: (maxItems: number, maxBytes: number) => Effect.Effect<ReadBatch, PlatformError>
  /** The number of entries that are written and not read. */
  readonly unread: () => number
  /**
   * Reads all unacknowledged entries of a lost log, in parts: first the entries in flight, once more, and then the
   * unread ones, which count as read from then on. `after` is the end of the previous part.
   */
  readonly readLost: (after: Position | undefined, maxItems: number) => Effect.Effect<LostEntries, PlatformError>
  /** Continues after a segment that is being deleted, and returns the number of skipped entries. */
  readonly skip: (segment: Segment) => number
}

interface Outstanding {
  readonly end: Position
  done: boolean
}

/** The end of the log. A crash can leave a cursor beyond it, which then counts as the end. */
const endOf = (log: Log, cursor: Position): number => Math.max(cursor.sequence, log.segments.at(-1)?.endSequence ?? 0)

/** @internal */
export const makeLogReader = (
  log: Log,
  cursor: Position,
  /** Called with the segments before the cursor, once the cursor is on the disk. */
  onPassed: (segments: ReadonlyArray<Segment>) => Effect.Effect<void, PlatformError>
): LogReader => {
  let position = cursor
  let acknowledged = cursor
  const outstanding: Array<Outstanding> = []
  const moving = Semaphore.makeUnsafe(1)
  let window: { readonly segment: number; readonly start: number; readonly bytes: Uint8Array } | undefined

  const end = () => endOf(log, acknowledged)

  const load = (segment: Segment, offset: number): Effect.Effect<Uint8Array, PlatformError> =>
    Effect.suspend(() => {
      if (window?.segment === segment.id && offset >= window.start && offset < window.start + window.bytes.length) {
        return Effect.succeed(window.bytes.subarray(offset - window.start))
      }
      return withSegment(log, segment, (file) => readRange(file, offset, segment.bytes)).pipe(
        // A missing file has lost all its entries. The sequence of the next entry tells how many. If the directory is
        // missing too, another process may have it.
        Effect.catchIf(
          ({ reason }) => reason._tag === "NotFound",
          () => Effect.as(log.fs.stat(log.directory), new Uint8Array())
        ),
        Effect.tap((bytes) =>
          Effect.sync(() => {
            window = { segment: segment.id, start: offset, bytes }
          })
        )
      )
    })

  const isPassed = (segment: Segment, cursor: Position): boolean =>
    segment.id < cursor.segment ||
    (segment.id === cursor.segment && cursor.offset >= segment.bytes && segment !== log.segments.at(-1))

  const moveCursor = Effect.gen(function*() {
    let moved = false
    while (outstanding[0]?.done === true) {
      acknowledged = outstanding.shift()!.end
      moved = true
    }
    if (!moved) return
    const passed = log.segments.filter((segment) => isPassed(segment, acknowledged))
    // A stale cursor only causes repetition, unless it points to a deleted segment. So it is synced only then.
    yield* writeCursor(log.fs, log.directory, acknowledged, passed.length > 0)
    if (passed.length > 0) yield* onPassed(passed)
  }).pipe(moving.withPermit)

  const readFrom = Effect.fnUntraced(function*(from: Position, maxItems: number, maxBytes: number, until = Infinity) {
    const entries: Array<Encoded> = []
    let { offset, segment: id, sequence } = from
    let bytes = 0
    let lost = 0
    const missing = (upTo: number) => {
      lost += Math.max(0, upTo - sequence)
      sequence = Math.max(sequence, upTo)
    }
    while (entries.length < maxItems && bytes < maxBytes && sequence < until) {
      const segment = log.segments.find((segment) => segment.id >= id)
      if (segment === undefined) break
      if (segment.id > id) offset = 0
      id = segment.id
      if (offset >= segment.bytes) {
        missing(segment.endSequence)
        if (segment === log.segments.at(-1)) break
        id = segment.id + 1
        offset = 0
        continue
      }
      const content = yield* load(segment, offset)
      const scanned = scan(content, 0)
      if (scanned._tag === "End") {
        offset = segment.bytes
        continue
      }
      offset += scanned.end
      if (scanned._tag === "Damage") continue
      const { context, kind, payload, sequence: found } = scanned.record
      // A sequence beyond the end of the log comes from another file, so it is ignored.
      if (found <= end()) missing(found)
      if (kind !== "ended") continue
      if (found === sequence) sequence++
      const { resource, scope } = segment.contexts[context] ?? log.fallback
      entries.push({ bytes: payload, resource, scope })
      bytes += payload.length
    }
    return { entries, lost, end: { segment: id, offset, sequence } }
  })

  return {
    read: Effect.fnUntraced(function*(maxItems, maxBytes) {
      while (true) {
        const from = position
        const { end, entries, lost } = yield* readFrom(from, maxItems, maxBytes)
        // Meanwhile the oldest segment may have been deleted.
        if (position !== from) continue
        position = end
        const batch: Outstanding = { end, done: false }
        outstanding.push(batch)
        const done = Effect.suspend(() => {
          batch.done = true
          return moveCursor
        })
        return { entries, lost, done }
      }
    }),
    unread: () => Math.max(0, end() - position.sequence),
    readLost: Effect.fnUntraced(function*(after, maxItems) {
      while (true) {
        const at = position
        const from = after === undefined || after.sequence < acknowledged.sequence ? acknowledged : after
        const isInFlight = from.sequence < at.sequence
        const { end, entries, lost } = yield* readFrom(
          isInFlight ? from : at,
          maxItems,
          Infinity,
          isInFlight ? at.sequence : undefined
        )
        if (position !== at) continue
        if (!isInFlight) position = end
        return {
          entries,
          lost: isInFlight ? 0 : lost,
          isInFlight,
          isOver: !isInFlight && entries.length + lost === 0,
          end
        }
      }
    }),
    skip: (segment) => {
      if (position.segment > segment.id) return 0
      const skipped = Math.max(0, segment.endSequence - position.sequence)
      position = { segment: segment.id + 1, offset: 0, sequence: Math.max(position.sequence, segment.endSequence) }
      if (outstanding.length === 0) acknowledged = position
      return skipped
    }
  }
}
