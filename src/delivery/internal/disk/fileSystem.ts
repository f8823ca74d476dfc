/**
 * The files of a log: what it needs of Effect's `FileSystem`, and what it must know to trust what it finds.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"

/** Stays what it is when its path is renamed or removed. @internal */
export type LogFile = Pick<FileSystem.File, "readAlloc" | "sync" | "truncate" | "writeAll">

/** @internal */
export interface Entry {
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly mtime: number
  readonly isDirectory: boolean
  /** Why it must not be used: a link, a pipe, another's, or open to all. */
  readonly problem: string | undefined
}

/** @internal */
export interface LogFileSystem
  extends Pick<FileSystem.FileSystem, "makeDirectory" | "readDirectory" | "remove" | "rename" | "utimes">
{
  /** Never waits, never follows a link, and fails for what is no regular file of this user. `a` reads too. */
  readonly open: (path: string, flag: "a" | "r" | "w") => Effect.Effect<LogFile, PlatformError, Scope.Scope>
  /** Of the path itself, and not of what it links to. */
  readonly stat: (path: string) => Effect.Effect<Entry, PlatformError>
  /** Waits until the disk has the names in a directory. */
  readonly syncDirectory: (path: string) => Effect.Effect<void, PlatformError>
}

/** Only its user may read what is written. @internal */
export const fileMode = 0o600

/** @internal */
export const directoryMode = 0o700

/** Replaces a file as a whole: after a crash it is the old one or the new one. @internal */
export const replaceFile = (
  fs: LogFileSystem,
  path: string,
  content: Uint8Array,
  durable: boolean
): Effect.Effect<void, PlatformError> =>
  Effect.scoped(Effect.gen(function*() {
    const file = yield* fs.open(`${path}.new`, "w")
    yield* file.writeAll(content)
    if (durable) yield* file.sync
  })).pipe(
    Effect.andThen(fs.rename(`${path}.new`, path)),
    Effect.andThen(durable ? fs.syncDirectory(path.replace(/\/[^/]*$/, "")) : Effect.void)
  )

/** How much is read at once, before others have their turn. */
const slice = 1 << 18

/** The bytes of a file from one offset to another, or fewer where it is shorter. @internal */
export const readRange = Effect.fnUntraced(function*(
  file: LogFile,
  start: number,
  end: number
): Effect.fn.Return<Uint8Array, PlatformError> {
  const bytes = new Uint8Array(Math.max(0, end - start))
  let length = 0
  while (length < bytes.length) {
    const wanted = Math.min(slice, bytes.length - length)
    const chunk = yield* file.readAlloc(wanted, { position: BigInt(start + length) })
    if (chunk._tag === "None" || chunk.value.length === 0) break
    bytes.set(chunk.value, length)
    length += chunk.value.length
    if (length < bytes.length) yield* Effect.yieldNow
  }
  return bytes.subarray(0, length)
})

/** A file from an offset to its end. @internal */
export const readFile = (fs: LogFileSystem, path: string, start = 0): Effect.Effect<Uint8Array, PlatformError> =>
  Effect.flatMap(
    fs.stat(path),
    ({ size }) => Effect.scoped(Effect.flatMap(fs.open(path, "r"), (file) => readRange(file, start, size)))
  )

/**
 * Removes a directory so that none of what is left of it is taken for a log, wherever this stops: it gets another name
 * first, and {@link removeGone} removes what has that name.
 *
 * @internal
 */
export const removeDirectory = Effect.fnUntraced(function*(
  fs: LogFileSystem,
  root: string,
  directory: string
): Effect.fn.Return<void, PlatformError> {
  const gone = `${root}/${gonePrefix}${directory.slice(directory.lastIndexOf("/") + 1)}`
  yield* fs.rename(directory, gone)
  // The new name must not come back as the old one once files in it are missing.
  yield* Effect.ignore(fs.syncDirectory(root))
  yield* removeFiles(fs, gone)
})

/** One by one: to let a large file go takes the system a millisecond. */
const removeFiles = Effect.fnUntraced(function*(
  fs: LogFileSystem,
  directory: string
): Effect.fn.Return<void, PlatformError> {
  for (const name of yield* fs.readDirectory(directory)) {
    yield* fs.remove(`${directory}/${name}`, { recursive: true, force: true })
    yield* Effect.yieldNow
  }
  yield* fs.remove(directory, { recursive: true, force: true })
})

const gonePrefix = "gone-"

/** Removes what a process that died had begun to remove. @internal */
export const removeGone = (fs: LogFileSystem, root: string): Effect.Effect<void> =>
  fs.readDirectory(root).pipe(
    Effect.flatMap((names) =>
      Effect.forEach(names.filter((name) => name.startsWith(gonePrefix)), (name) =>
        Effect.ignore(removeFiles(fs, `${root}/${name}`)), { discard: true })
    ),
    Effect.ignore
  )
