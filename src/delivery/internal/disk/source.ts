/**
 * A log that entries are sent from: this process's own, one that a dead process left, or one that is no longer ours.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import type { Encoded } from "../codec.ts"
import type { LogReader } from "./reader.ts"
import { makeLogReader } from "./reader.ts"
import type { Journal } from "./recovery.ts"
import { startsIn } from "./recovery.ts"
import type { Log, Position, Segment } from "./segments.ts"
import { removeSegment, withSegment } from "./segments.ts"
import type { LogWriter } from "./writer.ts"

/** @internal */
export interface Source {
  readonly log: Log
  readonly reader: LogReader
  /** Spans that a dead process did not end, ended for it. */
  unended: ReadonlyArray<Encoded>
  /** Entries whose fate is not known. */
  pending: number
  /** Batches that are read and not acknowledged. */
  reading: number
  /** Whether its directory is gone: what is left of it is read through files that are still open. */
  isBehind: boolean
}

/** @internal */
export const unreadOf = ({ reader, unended }: Source): number => reader.unread() + unended.length

/** @internal */
export const isDone = (source: Source): boolean => unreadOf(source) === 0 && source.reading === 0

const makeSource = (log: Log, reader: LogReader, unended: ReadonlyArray<Encoded>, pending: number): Source => ({
  log,
  reader,
  unended,
  pending,
  reading: 0,
  isBehind: false
})

/** The log that this process writes. @internal */
export const ownSource = (
  log: Log,
  start: Position,
  writer: LogWriter,
  journal: Journal | undefined,
  /** Waits for the disk to have what was written, where it is waited for. */
  sync: () => Effect.Effect<void, PlatformError>
): Source => {
  /** Deletes a segment once the spans that are still open in it are known elsewhere, and the disk has them there. */
  const pass = Effect.fnUntraced(function*(segment: Segment): Effect.fn.Return<void, PlatformError> {
    if (segment.open > 0 && journal !== undefined) {
      for (const start of yield* startsIn(log, segment, journal)) {
        if (writer.isOpenIn(segment, start.key!)) writer.append(start)
      }
      yield* writer.idle
      if (segment.open > 0) return
      yield* sync()
    }
    yield* removeSegment(log, segment)
  })
  const reader = makeLogReader(log, start, (segments) => Effect.forEach(segments, pass, { discard: true }))
  return makeSource(log, reader, [], 0)
}

/** A log that a dead process left. @internal */
export const adoptedSource = (log: Log, cursor: Position, unended: ReadonlyArray<Encoded>): Source => {
  // The starts in it are all that is known of spans that never ended, until those have arrived.
  const pass = unended.length > 0
    ? () => Effect.void
    : (segments: ReadonlyArray<Segment>) =>
      Effect.forEach(segments, (segment) => removeSegment(log, segment), { discard: true })
  const reader = makeLogReader(log, cursor, pass)
  return makeSource(log, reader, unended, reader.unread() + unended.length)
}

/** Waits for the disk to have a log that another process wrote: from now on this one answers for it. @internal */
export const syncLog = (log: Log): Effect.Effect<void, PlatformError> =>
  Effect.forEach(log.segments, (segment) => withSegment(log, segment, (file) => file.sync), { discard: true }).pipe(
    Effect.andThen(Effect.ignore(log.fs.syncDirectory(log.directory)))
  )
