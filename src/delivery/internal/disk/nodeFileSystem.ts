/**
 * Node's files for the log, written synchronously.
 *
 * Effect's `FileSystem` for Node is asynchronous. A process that is killed in between would lose spans whose `end` had
 * already returned. A write goes to the kernel's memory and takes microseconds. Only syncing the disk is slow, so
 * `sync` runs on a thread unless the user wants every span to be on the disk first.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PlatformError, SystemErrorTag } from "effect/PlatformError"
import { systemError } from "effect/PlatformError"
import type { LogFile, LogFileSystem } from "./fileSystem.ts"
import { directoryMode, fileMode } from "./fileSystem.ts"

/** The part of `node:fs` that is used. The package compiles without Node's types. */
interface Stats {
  readonly mtimeMs: number
  readonly size: number
  readonly nlink: number
  readonly uid: number
  readonly mode: number
  readonly isFile: () => boolean
  readonly isDirectory: () => boolean
  readonly isSymbolicLink: () => boolean
}

interface NodeFs {
  readonly constants: Readonly<Record<string, number | undefined>>
  readonly openSync: (path: string, flags: number, mode: number) => number
  readonly closeSync: (descriptor: number) => void
  readonly writeSync: (descriptor: number, bytes: Uint8Array, offset: number) => number
  readonly readSync: (descriptor: number, into: Uint8Array, offset: number, length: number, position: number) => number
  readonly ftruncateSync: (descriptor: number, length: number | undefined) => void
  readonly fsyncSync: (descriptor: number) => void
  readonly fsync: (descriptor: number, done: (error: unknown) => void) => void
  readonly fstatSync: (descriptor: number) => Stats
  readonly lstatSync: (path: string) => Stats
  readonly mkdirSync: (
    path: string,
    options: { readonly recursive: boolean; readonly mode: number }
  ) => unknown
  readonly readdirSync: (path: string) => Array<string>
  readonly rmSync: (
    path: string,
    options: { readonly recursive: boolean; readonly force: boolean }
  ) => void
  readonly renameSync: (from: string, to: string) => void
  readonly utimesSync: (path: string, atime: Date | number, mtime: Date | number) => void
}

interface NodeError {
  readonly code?: string | undefined
  readonly message?: string | undefined
}

const tags: Readonly<Record<string, SystemErrorTag>> = {
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  EROFS: "PermissionDenied",
  EEXIST: "AlreadyExists",
  ENOENT: "NotFound",
  // The file was in a directory on a network disk that another machine removed.
  ESTALE: "NotFound",
  EBUSY: "Busy"
}

const toPlatformError = (method: string, path: string) => (cause: unknown): PlatformError => {
  const { code, message } = cause as NodeError
  return systemError({
    _tag: tags[code ?? ""] ?? "Unknown",
    module: "FileSystem",
    method,
    pathOrDescriptor: path,
    description: message,
    cause
  })
}

interface NodeProcess {
  readonly getBuiltinModule?: (name: string) => NodeFs | undefined
  readonly getuid?: () => number
}

// The `process` of Node, Bun and Deno. A browser has none.
const nodeProcess = (): NodeProcess | undefined => (globalThis as { readonly process?: NodeProcess }).process

/** Why a file or directory must not be trusted. */
const problemOf = (stats: Stats): string | undefined => {
  const uid = nodeProcess()?.getuid?.()
  if (stats.isSymbolicLink()) return "it is a symbolic link"
  if (!stats.isFile() && !stats.isDirectory()) return "it is neither a file nor a directory"
  if (stats.isFile() && stats.nlink > 1) return "it has another name, and may be somebody else's file"
  // Without users, as on Windows, owner and mode have no meaning.
  if (uid === undefined) return undefined
  if (stats.uid !== uid) return "it belongs to another user"
  return (stats.mode & (stats.isFile() ? 0o006 : 0o002)) === 0 ? undefined : "it is open to all users"
}

/** The files of the runtime, if it has any. @internal */
export const makeNodeFileSystem = (waitForDisk: boolean): LogFileSystem | undefined => {
  const fs = nodeProcess()?.getBuiltinModule?.("node:fs")
  if (fs === undefined) return undefined
  const attempt = <A>(method: string, path: string, f: () => A): Effect.Effect<A, PlatformError> =>
    Effect.try({ try: f, catch: toPlatformError(method, path) })

  // Opening a pipe would block, and a link would lead elsewhere. Windows has neither flag.
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = fs.constants
  const careful = (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0)
  const flags = {
    a: O_RDWR! | O_CREAT! | O_APPEND! | careful,
    r: O_RDONLY! | careful,
    w: O_RDWR! | O_CREAT! | careful
  }

  const openFile = (path: string, flag: "a" | "r" | "w"): number => {
    const descriptor = fs.openSync(path, flags[flag], fileMode)
    const stats = fs.fstatSync(descriptor)
    const problem = stats.isFile() ? problemOf(stats) : "it is no regular file"
    if (problem === undefined) {
      // Truncated after the check, because at opening it is not known yet whose file it is.
      if (flag === "w") fs.ftruncateSync(descriptor, 0)
      return descriptor
    }
    fs.closeSync(descriptor)
    throw new Error(`${path} is not used: ${problem}`)
  }

  const sync = (path: string, descriptor: number): Effect.Effect<void, PlatformError> =>
    waitForDisk
      ? attempt("sync", path, () => fs.fsyncSync(descriptor))
      : Effect.callback((resume) => {
        fs.fsync(descriptor, (error) => {
          resume(error === null ? Effect.void : Effect.fail(toPlatformError("sync", path)(error)))
        })
      })

  const makeFile = (path: string, descriptor: number): LogFile => ({
    writeAll: (bytes) =>
      attempt("writeAll", path, () => {
        for (let at = 0; at < bytes.length;) at += fs.writeSync(descriptor, bytes, at)
      }),
    truncate: (length) => attempt("truncate", path, () => fs.ftruncateSync(descriptor, length)),
    readAlloc: (size, options) =>
      attempt("readAlloc", path, () => {
        const buffer = new Uint8Array(size)
        const read = fs.readSync(descriptor, buffer, 0, size, Number(options?.position ?? 0))
        return read === 0 ? Option.none() : Option.some(buffer.subarray(0, read))
      }),
    sync: sync(path, descriptor)
  })

  const opened = (path: string, open: () => number) =>
    Effect.acquireRelease(
      attempt("open", path, open),
      (descriptor) => Effect.ignore(attempt("close", path, () => fs.closeSync(descriptor)))
    )

  return {
    open: (path, flag) =>
      Effect.map(opened(path, () => openFile(path, flag)), (descriptor) => makeFile(path, descriptor)),
    syncDirectory: (path) =>
      Effect.scoped(
        Effect.flatMap(opened(path, () => fs.openSync(path, O_RDONLY!, 0)), (descriptor) => sync(path, descriptor))
      ),
    makeDirectory: (path, options) =>
      attempt("makeDirectory", path, () => {
        fs.mkdirSync(path, { recursive: options?.recursive === true, mode: options?.mode ?? directoryMode })
      }),
    readDirectory: (path) => attempt("readDirectory", path, () => fs.readdirSync(path)),
    remove: (path, options) =>
      attempt(
        "remove",
        path,
        () => fs.rmSync(path, { recursive: options?.recursive === true, force: options?.force === true })
      ),
    rename: (from, to) => attempt("rename", from, () => fs.renameSync(from, to)),
    stat: (path) =>
      attempt("stat", path, () => {
        const stats = fs.lstatSync(path)
        return {
          size: stats.size,
          mtime: stats.mtimeMs,
          isDirectory: stats.isDirectory(),
          problem: problemOf(stats)
        }
      }),
    utimes: (path, atime, mtime) => attempt("utimes", path, () => fs.utimesSync(path, atime, mtime))
  }
}
