/**
 * Node's files, for the log: written before the call returns.
 *
 * Effect's `FileSystem` of Node answers later, and a process that is killed in between loses what a span's `end`
 * had already handed over. A write to a file goes to the kernel's memory and takes microseconds. Only waiting for
 * the disk is slow, so `sync` is left to a thread unless the user wants each span to be there first.
 *
 * @internal
 */
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PlatformError, SystemErrorTag } from "effect/PlatformError"
import { systemError } from "effect/PlatformError"
import type { LogFile, LogFileSystem } from "./fileSystem.ts"
import { directoryMode } from "./fileSystem.ts"

/** What is used of `node:fs`, whose types a library for other runtimes too does without. */
interface NodeFs {
  readonly openSync: (path: string, flag: string, mode: number) => number
  readonly closeSync: (descriptor: number) => void
  readonly writeSync: (descriptor: number, bytes: Uint8Array, offset: number) => number
  readonly readSync: (descriptor: number, into: Uint8Array, offset: number, length: number, position: number) => number
  readonly ftruncateSync: (descriptor: number, length: number | undefined) => void
  readonly fsyncSync: (descriptor: number) => void
  readonly fsync: (descriptor: number, done: (error: unknown) => void) => void
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
  readonly statSync: (path: string) => { readonly mtime: Date; readonly size: number }
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

// The same in Node, Bun and Deno, and nothing in a browser.
const nodeFs = (): NodeFs | undefined =>
  (globalThis as {
    readonly process?: { readonly getBuiltinModule?: (name: string) => NodeFs | undefined }
  }).process?.getBuiltinModule?.("node:fs")

/** The files of the runtime, if it has any. @internal */
export const makeNodeFileSystem = (waitForDisk: boolean): LogFileSystem | undefined => {
  const fs = nodeFs()
  if (fs === undefined) return undefined
  const attempt = <A>(method: string, path: string, f: () => A): Effect.Effect<A, PlatformError> =>
    Effect.try({ try: f, catch: toPlatformError(method, path) })

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
    sync: waitForDisk
      ? attempt("sync", path, () => fs.fsyncSync(descriptor))
      : Effect.callback((resume) => {
        fs.fsync(descriptor, (error) => {
          resume(error === null ? Effect.void : Effect.fail(toPlatformError("sync", path)(error)))
        })
      })
  })

  return {
    open: (path, { flag, mode }) =>
      Effect.acquireRelease(
        attempt("open", path, () => fs.openSync(path, flag, mode)),
        (descriptor) => Effect.ignore(attempt("close", path, () => fs.closeSync(descriptor)))
      ).pipe(Effect.map((descriptor) => makeFile(path, descriptor))),
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
        const { mtime, size } = fs.statSync(path)
        return { mtime: Option.some(mtime), size: ByteSize.bytes(size) }
      }),
    utimes: (path, atime, mtime) => attempt("utimes", path, () => fs.utimesSync(path, atime, mtime))
  }
}
