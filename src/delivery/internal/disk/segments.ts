/**
 * The files of one log: numbered segments in order, and a cursor before which all entries are acknowledged.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type { Scoped } from "../../../core/internal/scoped.ts"
import { crc32c } from "./crc32c.ts"
import type { LogFile, LogFileSystem } from "./fileSystem.ts"
import { readFile, replaceFile } from "./fileSystem.ts"

/** A position in a log, between two records. @internal */
export interface Position {
  readonly segment: number
  readonly offset: number
  /** The number of ended entries before it. */
  readonly sequence: number
}

/** The open file of a segment. @internal */
export interface OpenFile {
  readonly file: LogFile
  readonly close: Effect.Effect<void>
}

/** @internal */
export interface Segment {
  readonly id: number
  /** The number of bytes written. */
  bytes: number
  /** The number of ended entries before its end. */
  endSequence: number
  /** The resource and scope for each context of its records. */
  readonly contexts: Array<Scoped>
  /** The number of spans that started in it and have not ended. */
  open: number
  /** Kept open by its writer, which can then read it even if its path is gone. */
  opened: OpenFile | undefined
}

/** @internal */
export interface Log {
  readonly fs: LogFileSystem
  readonly directory: string
  readonly segments: Array<Segment>
  /** The resource and scope of entries whose own were lost. */
  readonly fallback: Scoped
}

/** @internal */
export const start: Position = { segment: 0, offset: 0, sequence: 0 }

/** @internal */
export const segmentPath = (directory: string, id: number): string => `${directory}/${String(id).padStart(8, "0")}.log`

/** @internal */
export const openSegment = Effect.fnUntraced(function*(
  fs: LogFileSystem,
  directory: string,
  id: number,
  flag: "a" | "r"
): Effect.fn.Return<OpenFile, PlatformError> {
  const scope = yield* Scope.make()
  const file = yield* fs.open(segmentPath(directory, id), flag).pipe(
    Scope.provide(scope),
    Effect.onError(() => Scope.close(scope, Exit.void))
  )
  return { file, close: Scope.close(scope, Exit.void) }
})

/** Runs with the file of a segment. @internal */
export const withSegment = <A>(
  log: Log,
  segment: Segment,
  use: (file: LogFile) => Effect.Effect<A, PlatformError>
): Effect.Effect<A, PlatformError> =>
  segment.opened === undefined
    ? Effect.acquireUseRelease(
      openSegment(log.fs, log.directory, segment.id, "r"),
      ({ file }) => use(file),
      ({ close }) => close
    )
    : use(segment.opened.file)

/** Removes a segment and its file, if the file still exists. @internal */
export const removeSegment = (log: Log, segment: Segment): Effect.Effect<void, PlatformError> =>
  Effect.suspend(() => {
    const index = log.segments.indexOf(segment)
    if (index !== -1) log.segments.splice(index, 1)
    const { opened } = segment
    segment.opened = undefined
    return Effect.andThen(
      opened?.close ?? Effect.void,
      log.fs.remove(segmentPath(log.directory, segment.id), { force: true })
    )
  })

/** Closes the open files of a log. @internal */
export const closeSegments = (log: Log): Effect.Effect<void> =>
  Effect.suspend(() =>
    Effect.forEach(log.segments, (segment) => {
      const { opened } = segment
      segment.opened = undefined
      return opened?.close ?? Effect.void
    }, { discard: true })
  )

/** @internal */
export const bytesOf = (log: Log): number => log.segments.reduce((sum, { bytes }) => sum + bytes, 0)

/** The segments of a directory, in order. @internal */
export const listSegments = (
  fs: LogFileSystem,
  directory: string
): Effect.Effect<ReadonlyArray<number>, PlatformError> =>
  Effect.map(fs.readDirectory(directory), (names) =>
    names.flatMap((name) => {
      const [, id] = /^(\d{8,})\.log$/.exec(name) ?? []
      return id === undefined ? [] : [Number(id)]
    }).sort((a, b) => a - b))

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Cursor = Schema.fromJsonString(Schema.Struct({ segment: Count, offset: Count, sequence: Count }))
const encodeCursor = Schema.encodeSync(Cursor)
const decodeCursor = Schema.decodeUnknownOption(Cursor)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

const checksum = (text: string): string => {
  const bytes = encoder.encode(text)
  return crc32c(bytes, 0, bytes.length).toString(16)
}

const cursorPath = (directory: string): string => `${directory}/cursor`

/** @internal */
export const writeCursor = (
  fs: LogFileSystem,
  directory: string,
  { offset, segment, sequence }: Position,
  durable: boolean
): Effect.Effect<void, PlatformError> => {
  const text = encodeCursor({ segment, offset, sequence })
  return replaceFile(fs, cursorPath(directory), encoder.encode(`${text}\n${checksum(text)}`), durable)
}

/**
 * The cursor of a directory. It is `missing` if nothing was ever acknowledged, because no segment is deleted before a
 * cursor past it is on the disk. It is `damaged` if it cannot be trusted.
 *
 * @internal
 */
export const readCursor = (
  fs: LogFileSystem,
  directory: string
): Effect.Effect<Position | "missing" | "damaged", PlatformError> =>
  readFile(fs, cursorPath(directory)).pipe(
    Effect.map((content) => {
      const [text = "", sum] = decoder.decode(content).split("\n")
      if (sum !== checksum(text)) return "damaged"
      const cursor = decodeCursor(text)
      return cursor._tag === "Some" ? cursor.value : "damaged"
    }),
    Effect.catchIf(({ reason }) => reason._tag === "NotFound", () => Effect.succeed("missing" as const))
  )
