/**
 * What the log needs of Effect's `FileSystem`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"

/** @internal */
export type LogFile = Pick<FileSystem.File, "readAlloc" | "sync" | "truncate" | "writeAll">

/** @internal */
export interface LogFileSystem
  extends Pick<FileSystem.FileSystem, "makeDirectory" | "readDirectory" | "remove" | "rename" | "utimes">
{
  readonly open: (
    path: string,
    options: { readonly flag: "a" | "r" | "w"; readonly mode: number }
  ) => Effect.Effect<LogFile, PlatformError, Scope.Scope>
  readonly stat: (path: string) => Effect.Effect<Pick<FileSystem.File.Info, "mtime" | "size">, PlatformError>
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
    const file = yield* fs.open(`${path}.new`, { flag: "w", mode: fileMode })
    yield* file.writeAll(content)
    if (durable) yield* file.sync
  })).pipe(Effect.andThen(fs.rename(`${path}.new`, path)))

/** The bytes of a file from one offset to another, or fewer where it is shorter. @internal */
export const readRange = (
  fs: LogFileSystem,
  path: string,
  start: number,
  end: number
): Effect.Effect<Uint8Array, PlatformError> =>
  Effect.scoped(Effect.gen(function*() {
    const file = yield* fs.open(path, { flag: "r", mode: fileMode })
    const bytes = new Uint8Array(Math.max(0, end - start))
    let length = 0
    while (length < bytes.length) {
      const chunk = yield* file.readAlloc(bytes.length - length, { position: BigInt(start + length) })
      if (chunk._tag === "None" || chunk.value.length === 0) break
      bytes.set(chunk.value, length)
      length += chunk.value.length
    }
    return bytes.subarray(0, length)
  }))

/** A whole file. @internal */
export const readWhole = (fs: LogFileSystem, path: string): Effect.Effect<Uint8Array, PlatformError> =>
  Effect.flatMap(fs.stat(path), ({ size }) => readRange(fs, path, 0, Number(size)))
