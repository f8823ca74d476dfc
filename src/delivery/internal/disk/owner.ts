/**
 * The owners of directories: each process writes to its own directory, and takes over those of dead processes.
 *
 * The owner's file names the process and is touched every few seconds. If the owner's process can be looked up, it is
 * dead when the process is gone. Any other owner, in another container or on a machine that shares the disk, is dead
 * when its file has not been touched for 30 seconds of the observer's monotonic clock. Differences between wall clocks
 * do not matter. A directory is taken over by renaming it, in which only one process can succeed. If an owner was alive
 * after all, it finds its directory gone and continues in another.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type { Entry, LogFileSystem } from "./fileSystem.ts"
import { directoryMode, readFile, replaceFile } from "./fileSystem.ts"
import type { Process } from "./process.ts"

const Owner = Schema.fromJsonString(Schema.Struct({
  pid: Schema.Int,
  host: Schema.String,
  since: Schema.Finite
}))
const encodeOwner = Schema.encodeSync(Owner)
const decodeOwner = Schema.decodeUnknownOption(Owner)

/** How often an owner touches its file. @internal */
export const heartbeatInterval = 5_000
/** How long a file is untouched before its owner counts as dead. @internal */
export const deadAfter = 30_000

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const ownerPath = (directory: string): string => `${directory}/owner`
const releasedPath = (directory: string): string => `${directory}/released`

const claim = (fs: LogFileSystem, directory: string, { host, pid, since }: Process) =>
  replaceFile(fs, ownerPath(directory), encoder.encode(encodeOwner({ pid, host, since })), false)

const suffix = Effect.map(Random.nextIntBetween(0, 2 ** 31), (n) => n.toString(36))

/** Makes a directory that this process owns. Its name is not synced to the disk yet. @internal */
export const createDirectory = Effect.fnUntraced(function*(
  fs: LogFileSystem,
  root: string,
  process: Process
): Effect.fn.Return<string, PlatformError> {
  const now = yield* Clock.currentTimeMillis
  const directory = `${root}/${String(Math.floor(now)).padStart(14, "0")}-${process.pid}-${yield* suffix}`
  yield* fs.makeDirectory(directory, { recursive: true, mode: directoryMode })
  yield* claim(fs, directory, process)
  return directory
})

/** Touches the owner's file. Fails if the directory is gone. @internal */
export const beat = (fs: LogFileSystem, directory: string): Effect.Effect<void, PlatformError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => fs.utimes(ownerPath(directory), now / 1000, now / 1000))

/** Releases a directory, so that any process may take it over. @internal */
export const release = (fs: LogFileSystem, directory: string): Effect.Effect<void, PlatformError> =>
  fs.rename(ownerPath(directory), releasedPath(directory))

/** Whether another process has taken a directory over, as opposed to its removal. @internal */
export const isTakenOver = (fs: LogFileSystem, root: string, directory: string): Effect.Effect<boolean> =>
  fs.readDirectory(root).pipe(
    Effect.map((names) => {
      const base = nameOf(directory).replace(/~.*$/, "")
      return names.some((name) => name.startsWith(`${base}~`) && name !== nameOf(directory))
    }),
    Effect.orElseSucceed(() => false)
  )

const nameOf = (directory: string): string => directory.slice(directory.lastIndexOf("/") + 1)

/** The last observed touch of an owner's file, and since when it has been the same, by a monotonic clock. */
interface Seen {
  readonly beat: number
  readonly at: number
}

/**
 * The state of an owner:
 *
 * - `Dead`: its directory can be taken over. `lastSeen` is the time of its last touch, by its own clock.
 * - `Alive`
 * - `Silent`: it counts as dead unless it touches its file within `deadAfter`.
 */
type Owned =
  | { readonly _tag: "Dead"; readonly lastSeen: number }
  | { readonly _tag: "Alive" }
  | { readonly _tag: "Silent"; readonly beat: number; readonly deadAfter: number }

/** Observes the directories of other processes, and remembers the observations. @internal */
export class Watch {
  readonly #seen = new Map<string, Seen>()
  readonly #told = new Set<string>()
  readonly #fs: LogFileSystem
  readonly #self: Process
  readonly #warn: (message: string) => void

  constructor(fs: LogFileSystem, self: Process, warn: (message: string) => void) {
    this.#fs = fs
    this.#self = self
    this.#warn = warn
  }

  /** Warns about a path once. */
  tell(path: string, problem: string): void {
    if (this.#told.has(path)) return
    this.#told.add(path)
    this.#warn(`${path} is left alone: ${problem}`)
  }

  /** The last touch of a directory's owner, if the owner is dead. */
  readonly lastSeen = Effect.fnUntraced(function*(this: Watch, directory: string) {
    const owned = yield* this.#look(directory)
    if (owned._tag !== "Silent") {
      this.#seen.delete(directory)
      return owned._tag === "Dead" ? owned.lastSeen : undefined
    }
    const now = Number(yield* Clock.monotonicTimeNanos) / 1e6
    const known = this.#seen.get(directory)
    if (known === undefined || known.beat !== owned.beat) {
      this.#seen.set(directory, { beat: owned.beat, at: now })
      return undefined
    }
    if (now - known.at < owned.deadAfter) return undefined
    this.#seen.delete(directory)
    return owned.beat
  })

  readonly #look = Effect.fnUntraced(function*(this: Watch, directory: string): Effect.fn.Return<Owned> {
    const released = yield* this.#stat(releasedPath(directory))
    if (released !== undefined) return { _tag: "Dead", lastSeen: released.mtime }
    const path = ownerPath(directory)
    const beat = yield* this.#stat(path)
    if (beat === undefined) {
      // The owner's file is missing: its process died before it wrote the file, or is about to write it.
      const made = yield* this.#stat(directory)
      return { _tag: "Silent", beat: made?.mtime ?? 0, deadAfter: heartbeatInterval }
    }
    const content = yield* Effect.option(readFile(this.#fs, path))
    const owner = Option.getOrUndefined(Option.flatMap(content, (bytes) => decodeOwner(decoder.decode(bytes))))
    const alive = owner === undefined || owner.host !== this.#self.host
      ? undefined
      : owner.pid === this.#self.pid
      // Another thread or layer of this process. It touches its file if it is alive.
      ? owner.since === this.#self.since ? undefined : false
      : this.#self.isAlive(owner.pid, owner.since)
    if (alive === undefined) return { _tag: "Silent", beat: beat.mtime, deadAfter }
    return alive ? { _tag: "Alive" } : { _tag: "Dead", lastSeen: beat.mtime }
  })

  #stat(path: string): Effect.Effect<Entry | undefined> {
    return Effect.map(Effect.option(this.#fs.stat(path)), (entry) => {
      const found = Option.getOrUndefined(entry)
      if (found?.problem === undefined) return found
      this.tell(path, found.problem)
      return undefined
    })
  }

  /** The directories that can be observed, the oldest first. */
  readonly candidates = Effect.fnUntraced(function*(this: Watch, root: string, isOwn: (directory: string) => boolean) {
    const names = (yield* this.#fs.readDirectory(root)).filter((name) => /^\d{14}-/.test(name)).sort()
    const found: Array<string> = []
    for (const name of names) {
      const directory = `${root}/${name}`
      if (isOwn(directory)) continue
      const entry = yield* this.#stat(directory)
      if (entry === undefined) continue
      if (entry.isDirectory) found.push(directory)
      else this.tell(directory, "it is no directory")
    }
    return found
  })
}

/** Takes a directory over, unless another process was faster, and returns its new path. @internal */
export const takeOver = Effect.fnUntraced(function*(
  fs: LogFileSystem,
  directory: string,
  self: Process
): Effect.fn.Return<string | undefined> {
  const target = `${directory.replace(/~[^/]*$/, "")}~${yield* suffix}`
  const taken = yield* fs.rename(directory, target).pipe(
    Effect.andThen(claim(fs, target, self)),
    Effect.andThen(fs.remove(releasedPath(target), { force: true })),
    Effect.isSuccess
  )
  return taken ? target : undefined
})
