/**
 * The file operations of a log: the part of Effect's `FileSystem` that it needs, and checks of what it finds.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"

/** An open file. It stays valid when its path is renamed or removed. @internal */
export type LogFile = Pick<FileSystem.File, "readAlloc" | "sync" | "truncate" | "writeAll">

/** @internal */
export interface Entry {
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly mtime: number
  readonly isDirectory: boolean
  /** Why it must not be used: a link, a pipe, another user's, or writable by all. */
  readonly problem: string | undefined
}

/** @internal */
export interface LogFileSystem
  extends Pick<FileSystem.FileSystem, "makeDirectory" | "readDirectory" | "remove" | "rename" | "utimes">
{
  /** Never blocks, never follows a link, and fails unless it is a regular file of this user. `a` can read, too. */
  readonly open: (path: string, flag: "a" | "r" | "w") => Effect.Effect<LogFile, PlatformError, Scope.Scope>
  /** The path itself, not the target of a link. */
  readonly stat: (path: string) => Effect.Effect<Entry, PlatformError>
  /** Waits until the names in a directory are on the disk. */
  readonly syncDirectory: (path: string) => Effect.Effect<void, PlatformError>
}

/** Only the user may read the files. @internal */
export const fileMode = 0o600

/** @internal */
export const directoryMode = 0o700

/** Replaces a file as a whole: after a crash the old or the new one is there. @internal */
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

/** How many bytes are read before other fibers run. */
const slice = 1 << 18

/** The bytes of a file between two offsets, or fewer if the file is shorter. @internal */
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

/** The content of a file from an offset to its end. @internal */
export const readFile = (fs: LogFileSystem, path: string, start = 0): Effect.Effect<Uint8Array, PlatformError> =>
  Effect.flatMap(
    fs.stat(path),
    ({ size }) => Effect.scoped(Effect.flatMap(fs.open(path, "r"), (file) => readRange(file, start, size)))
  )

/**
 * Removes a directory in a way that can stop anywhere without leaving a partial log. The directory is renamed first,
 * and {@link removeGone} removes directories with such a name.
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
  // Syncs the rename, because after a crash the old name must not return with files missing.
  yield* Effect.ignore(fs.syncDirectory(root))
  yield* removeFiles(fs, gone)
})

/** Removes the files one by one, because the system needs about a millisecond for a large file. */
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

/** Removes directories whose removal a dead process had begun. @internal */
export const removeGone = (fs: LogFileSystem, root: string): Effect.Effect<void> =>
  fs.readDirectory(root).pipe(
    Effect.flatMap((names) =>
      Effect.forEach(names.filter((name) => name.startsWith(gonePrefix)), (name) =>
        Effect.ignore(removeFiles(fs, `${root}/${name}`)), { discard: true })
    ),
    Effect.ignore
  )
