/**
 * A log from which entries are sent: this process's own, one of a dead process, or one that this process has lost.
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
  /** The spans that a dead process did not end, ended for it. */
  unended: ReadonlyArray<Encoded>
  /** The number of entries that are not acknowledged. */
  pending: number
  /** The number of batches that are read and not acknowledged. */
  reading: number
  /** Whether its directory is lost, so that the log is read through files that are still open. */
  isLost: boolean
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
  isLost: false
})

/** The log that this process writes. @internal */
export const ownSource = (
  log: Log,
  start: Position,
  writer: LogWriter,
  journal: Journal | undefined,
  /** Syncs what was written, unless the user does not want any sync. */
  sync: () => Effect.Effect<void, PlatformError>
): Source => {
  /** Deletes a segment. The starts of spans that are still open are written and synced to a later segment first. */
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
  // The segments are kept until the unended spans have been sent, because only their starts record those spans.
  const pass = unended.length > 0
    ? () => Effect.void
    : (segments: ReadonlyArray<Segment>) =>
      Effect.forEach(segments, (segment) => removeSegment(log, segment), { discard: true })
  const reader = makeLogReader(log, cursor, pass)
  return makeSource(log, reader, unended, reader.unread() + unended.length)
}

/** Syncs the log of another process, because this process is now responsible for it. @internal */
export const syncLog = (log: Log): Effect.Effect<void, PlatformError> =>
  Effect.forEach(log.segments, (segment) => withSegment(log, segment, (file) => file.sync), { discard: true }).pipe(
    Effect.andThen(Effect.ignore(log.fs.syncDirectory(log.directory)))
  )
