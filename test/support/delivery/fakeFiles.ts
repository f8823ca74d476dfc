/**
 * Files in memory that distinguish the kernel's state from the disk's, and that can fail or stop for good at any
 * operation.
 *
 * Names are kept like in a journaling file system: creations, renames and removals reach the disk in order, at the
 * latest when a directory is synced.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PlatformError, SystemErrorTag } from "effect/PlatformError"
import { systemError } from "effect/PlatformError"
import type { LogFile, LogFileSystem } from "../../../src/delivery/internal/disk/fileSystem.ts"

interface FakeFile {
  /** The content for readers, which survives a killed process. */
  kernel: Uint8Array
  /** The content that survives a power loss. */
  disk: Uint8Array
  mtime: number
  /** Why a process must not trust the file, such as another owner. */
  problem?: string
}

const concat = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}

const fail = (tag: SystemErrorTag, method: string, path: string) =>
  Effect.fail(systemError({ _tag: tag, module: "FileSystem", method, pathOrDescriptor: path }))

export class FakeFiles {
  readonly files = new Map<string, FakeFile>()
  readonly directories = new Map<string, number>()
  /** The number of completed operations. */
  operations = 0
  /** The operation from which on nothing happens, as in a dead process. */
  stopAt = Infinity
  /** How much of a write is done at that operation. */
  torn = 0
  /** Operations that fail, by their name and path. */
  fails: (method: string, path: string) => SystemErrorTag | undefined = () => undefined

  /** Whether a sync takes time, while its process continues. */
  slowSyncs = false
  /** The number of syncs in progress. */
  syncing = 0

  /** Reverts operations on names that the disk does not have yet, the oldest first. */
  #undo: Array<ReadonlyArray<() => void>> = []
  #changes: Array<() => void> = []

  /**
   * Loses the power. A share of the unsynced content survives, and another share of the names. The rest of a file is
   * missing or zeros, as in a file system that had written the size and not the content.
   */
  losePower(share: number, rest: "nothing" | "zeros", names = share): void {
    for (const undo of this.#undo.slice(Math.floor(this.#undo.length * names)).flat().reverse()) undo()
    this.#undo = []
    for (const file of this.files.values()) {
      const { disk, kernel } = file
      const left = disk.length + Math.floor((kernel.length - disk.length) * share)
      if (kernel.length <= disk.length) file.kernel = disk
      else if (rest === "nothing") file.kernel = kernel.slice(0, left)
      else file.kernel = concat(kernel.slice(0, left), new Uint8Array(kernel.length - left))
      file.disk = file.kernel
    }
  }

  #put<A>(known: Map<string, A>, path: string, value: A | undefined): void {
    const before = known.get(path)
    this.#changes.push(() => void (before === undefined ? known.delete(path) : known.set(path, before)))
    if (value === undefined) known.delete(path)
    else known.set(path, value)
  }

  /** Removes a directory while processes have files in it open. */
  removeDirectory(path: string): void {
    for (const known of [this.files, this.directories]) {
      for (const other of known.keys()) if (other === path || other.startsWith(`${path}/`)) known.delete(other)
    }
    this.#undo = []
  }

  /** Removes files, as another process may. */
  removeFiles(paths: ReadonlyArray<string>): void {
    for (const path of paths) this.files.delete(path)
    this.#undo = []
  }

  paths(pattern: RegExp): ReadonlyArray<string> {
    return [...this.files.keys()].filter((path) => pattern.test(path)).sort()
  }

  get bytes(): number {
    return [...this.files.values()].reduce((sum, { kernel }) => sum + kernel.length, 0)
  }

  #exists(path: string): boolean {
    return this.files.has(path) || this.directories.has(path)
  }

  #process = 0

  /** Kills the process that uses the files. Its pending operations do not happen. */
  kill(): void {
    this.#process++
    this.syncing = 0
    this.stopAt = Infinity
  }

  /** The files as the current process sees them. */
  get fileSystem(): LogFileSystem {
    const process = this.#process
    const operation = <A>(
      method: string,
      path: string,
      f: (now: number) => A | Effect.Effect<A, PlatformError>
    ): Effect.Effect<A, PlatformError> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (process !== this.#process || this.operations >= this.stopAt) return Effect.never
        this.operations++
        const tag = this.fails(method, path)
        if (tag !== undefined) return fail(tag, method, path)
        this.#changes = []
        const result = f(now)
        if (this.#changes.length > 0) this.#undo.push(this.#changes)
        return Effect.isEffect(result) ? result as Effect.Effect<A, PlatformError> : Effect.succeed(result)
      })

    /** Runs an effect immediately, or a little later unless the process is killed before. */
    const synced = (effect: () => void): Effect.Effect<void> => {
      if (!this.slowSyncs) return Effect.sync(effect)
      this.syncing++
      return Effect.repeat(Effect.yieldNow, { times: 3 }).pipe(
        Effect.andThen(Effect.suspend(() => {
          if (process !== this.#process || this.operations >= this.stopAt) return Effect.never
          this.syncing--
          return Effect.sync(effect)
        }))
      )
    }

    const makeFile = (path: string, file: FakeFile): LogFile => ({
      writeAll: (bytes) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          if (process === this.#process && this.operations === this.stopAt) {
            file.kernel = concat(file.kernel, bytes.slice(0, Math.floor(bytes.length * this.torn)))
          }
          return operation("writeAll", path, () => {
            file.kernel = concat(file.kernel, bytes)
            file.mtime = now
          })
        }),
      truncate: (length) => operation("truncate", path, () => void (file.kernel = file.kernel.slice(0, length))),
      sync: operation("sync", path, () => {
        const { kernel } = file
        return synced(() => void (kernel.length >= file.disk.length && (file.disk = kernel)))
      }),
      readAlloc: (size, options) =>
        operation("readAlloc", path, () => {
          const start = Number(options?.position ?? 0)
          const bytes = file.kernel.slice(start, start + size)
          return bytes.length === 0 ? Option.none() : Option.some(bytes)
        })
    })

    return {
      open: (path, flag) =>
        operation("open", path, (now) => {
          let file = this.files.get(path)
          if (file?.problem !== undefined) return fail("PermissionDenied", "open", path)
          if (file === undefined) {
            if (flag === "r" || !this.directories.has(path.replace(/\/[^/]*$/, ""))) {
              return fail("NotFound", "open", path)
            }
            file = { kernel: new Uint8Array(), disk: new Uint8Array(), mtime: now }
            this.#put(this.files, path, file)
          }
          if (flag === "w") file.kernel = new Uint8Array()
          return Effect.succeed(makeFile(path, file))
        }),
      syncDirectory: (path) =>
        operation(
          "syncDirectory",
          path,
          () => {
            if (!this.directories.has(path)) return fail("NotFound", "syncDirectory", path)
            const known = new Set(this.#undo)
            return synced(() => void (this.#undo = this.#undo.filter((undo) => !known.has(undo))))
          }
        ),
      makeDirectory: (path) =>
        operation("makeDirectory", path, (now) => {
          const parts = path.split("/")
          for (let i = 1; i <= parts.length; i++) {
            const parent = parts.slice(0, i).join("/")
            if (!this.directories.has(parent)) this.#put(this.directories, parent, now)
          }
        }),
      readDirectory: (path) =>
        operation("readDirectory", path, () => {
          if (!this.directories.has(path)) return fail("NotFound", "readDirectory", path)
          const names = [...this.files.keys(), ...this.directories.keys()].flatMap((other) => {
            const rest = other.startsWith(`${path}/`) ? other.slice(path.length + 1) : "/"
            return rest.includes("/") ? [] : [rest]
          })
          return Effect.succeed(names.sort())
        }),
      // File by file, because it can stop between any two of them.
      remove: (path) =>
        Effect.suspend(() => {
          const within = [...this.files.keys()].filter((other) => other === path || other.startsWith(`${path}/`))
          const files = Effect.forEach(
            within,
            (other) => operation("remove", other, () => this.#put(this.files, other, undefined)),
            { discard: true }
          )
          return Effect.andThen(
            files,
            operation("remove", path, () => {
              for (const other of this.directories.keys()) {
                if (other === path || other.startsWith(`${path}/`)) this.#put(this.directories, other, undefined)
              }
            })
          )
        }),
      rename: (from, to) =>
        operation("rename", from, () => {
          if (!this.#exists(from)) return fail("NotFound", "rename", from)
          const move = <A>(known: Map<string, A>) => {
            for (const [other, value] of known) {
              if (other !== from && !other.startsWith(`${from}/`)) continue
              this.#put(known, other, undefined)
              this.#put(known, to + other.slice(from.length), value)
            }
          }
          move(this.files)
          move(this.directories)
          return Effect.void
        }),
      stat: (path) =>
        operation("stat", path, () => {
          const file = this.files.get(path)
          const mtime = file?.mtime ?? this.directories.get(path)
          if (mtime === undefined) return fail("NotFound", "stat", path)
          return Effect.succeed({
            mtime,
            size: file?.kernel.length ?? 0,
            isDirectory: file === undefined,
            problem: file?.problem
          })
        }),
      utimes: (path, _, mtime) =>
        operation("utimes", path, () => {
          const file = this.files.get(path)
          if (file === undefined) return fail("NotFound", "utimes", path)
          file.mtime = Number(mtime) * 1000
          return Effect.void
        })
    }
  }
}
