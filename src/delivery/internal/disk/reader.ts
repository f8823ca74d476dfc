/**
 * Reads a log from its cursor on, in batches, and moves the cursor as they are settled.
 *
 * Batches may be settled in any order: the cursor passes those that are settled up to the first that is not.
 * So what is sent again after a crash are the batches behind that one, and nothing is skipped.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Semaphore from "effect/Semaphore"
import type { EncodedSpan } from "../../../core/internal/scoped.ts"
import { readRange } from "./fileSystem.ts"
import { scan } from "./record.ts"
import type { Log, Position, Segment } from "./segments.ts"
import { segmentPath, writeCursor } from "./segments.ts"

/** @internal */
export interface LogBatch {
  readonly spans: ReadonlyArray<EncodedSpan>
  /** Spans that should have stood among these and cannot be read any more. */
  readonly lost: number
  /** To be run once every span of the batch has found its fate. */
  readonly settled: Effect.Effect<void, PlatformError>
}

/** @internal */
export interface LogReader {
  /** The next spans in order, at least one if there is any, up to a number and about up to a number of bytes. */
  readonly read: (maxItems: number, maxBytes: number) => Effect.Effect<LogBatch, PlatformError>
  /** Spans that are written and not yet read. */
  readonly unread: () => number
  readonly cursor: () => Position
  readonly position: () => Position
  /** Goes on after a segment that is to go, and gives the number of spans that are skipped. */
  readonly skip: (segment: Segment) => number
}

interface Outstanding {
  readonly end: Position
  done: boolean
}

const endSequence = (log: Log): number => log.segments.at(-1)?.endSequence ?? 0

/** @internal */
export const makeLogReader = (
  log: Log,
  cursor: Position,
  /** Segments that lie wholly before the cursor, once the cursor is on the disk. */
  onPassed: (segments: ReadonlyArray<Segment>) => Effect.Effect<void, PlatformError>
): LogReader => {
  let position = cursor
  let settledUpTo = cursor
  const outstanding: Array<Outstanding> = []
  const moving = Semaphore.makeUnsafe(1)
  let window: { readonly segment: number; readonly start: number; readonly bytes: Uint8Array } | undefined

  const load = (segment: Segment, offset: number): Effect.Effect<Uint8Array, PlatformError> =>
    Effect.suspend(() => {
      if (window?.segment === segment.id && offset >= window.start && offset < window.start + window.bytes.length) {
        return Effect.succeed(window.bytes.subarray(offset - window.start))
      }
      return readRange(log.fs, segmentPath(log.directory, segment.id), offset, segment.bytes).pipe(
        // A file that is gone has lost all that was in it, which the sequence of what comes after it tells.
        Effect.catchIf(
          ({ reason }) => reason._tag === "NotFound",
          () => Effect.succeed(new Uint8Array())
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
      settledUpTo = outstanding.shift()!.end
      moved = true
    }
    if (!moved) return
    const passed = log.segments.filter((segment) => isPassed(segment, settledUpTo))
    // A cursor that is behind only sends again, unless what it points to is gone.
    yield* writeCursor(log.fs, log.directory, settledUpTo, passed.length > 0)
    if (passed.length > 0) yield* onPassed(passed)
  }).pipe(moving.withPermit)

  const readFrom = Effect.fnUntraced(function*(from: Position, maxItems: number, maxBytes: number) {
    const spans: Array<EncodedSpan> = []
    let { offset, segment: id, sequence } = from
    let bytes = 0
    let lost = 0
    const missing = (upTo: number) => {
      lost += Math.max(0, upTo - sequence)
      sequence = Math.max(sequence, upTo)
    }
    while (spans.length < maxItems && bytes < maxBytes) {
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
      const { context, kind, payload, sequence: found } = scanned.frame
      // A sequence that the log never gave is one that another file had.
      if (found <= endSequence(log)) missing(found)
      if (kind !== "ended") continue
      if (found === sequence) sequence++
      const { resource, scope } = segment.contexts[context] ?? log.fallback
      spans.push({ bytes: payload, resource, scope })
      bytes += payload.length
    }
    return { spans, lost, end: { segment: id, offset, sequence } }
  })

  return {
    read: Effect.fnUntraced(function*(maxItems, maxBytes) {
      while (true) {
        const from = position
        const { end, lost, spans } = yield* readFrom(from, maxItems, maxBytes)
        // Meanwhile the oldest segment may have had to make room.
        if (position !== from) continue
        position = end
        const batch: Outstanding = { end, done: false }
        outstanding.push(batch)
        const settled = Effect.suspend(() => {
          batch.done = true
          return moveCursor
        })
        return { spans, lost, settled }
      }
    }),
    unread: () => endSequence(log) - position.sequence,
    cursor: () => settledUpTo,
    position: () => position,
    skip: (segment) => {
      if (position.segment > segment.id) return 0
      const skipped = Math.max(0, segment.endSequence - position.sequence)
      position = { segment: segment.id + 1, offset: 0, sequence: Math.max(position.sequence, segment.endSequence) }
      if (outstanding.length === 0) settledUpTo = position
      return skipped
    }
  }
}
