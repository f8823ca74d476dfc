/**
 * Whose a directory is: each process writes to one of its own, and takes over those that dead processes left.
 *
 * The owner's file names the process and is touched every few seconds. An owner on this machine whose process is
 * gone is dead at once; any other, one on a machine that shares the disk or one whose process id has a new
 * bearer, when it has not touched the file for a while. A directory is taken over by renaming it, which one
 * process can do and no other after it.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type { LogFileSystem } from "./fileSystem.ts"
import { directoryMode, readWhole, replaceFile } from "./fileSystem.ts"

/** @internal */
export interface Process {
  readonly pid: number
  readonly host: string
  /** When it began, which tells it from another with the same id. */
  readonly since: number
  /** Whether there is a process of that id on this machine. */
  readonly isAlive: (pid: number) => boolean
}

interface NodeProcess {
  readonly pid: number
  readonly kill: (pid: number, signal: 0) => void
  readonly getBuiltinModule: (name: "node:os") => { readonly hostname: () => string }
}

/** This process. @internal */
export const currentProcess = (): Process => {
  const { process } = globalThis as unknown as { readonly process: NodeProcess }
  return {
    pid: process.pid,
    host: process.getBuiltinModule("node:os").hostname(),
    since: Math.round(performance.timeOrigin),
    isAlive: (pid) => {
      // Signal 0 reaches nobody: it throws, with a code that says why it could not.
      try {
        process.kill(pid, 0)
        return true
      } catch (error) {
        return (error as { readonly code?: string }).code !== "ESRCH"
      }
    }
  }
}

const Owner = Schema.fromJsonString(Schema.Struct({
  pid: Schema.Int,
  host: Schema.String,
  since: Schema.Finite
}))
const encodeOwner = Schema.encodeSync(Owner)
const decodeOwner = Schema.decodeUnknownOption(Owner)

/** How often an owner gives a sign of life. @internal */
export const heartbeatInterval = 5_000
const deadAfter = 30_000

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const ownerPath = (directory: string): string => `${directory}/owner`
const releasedPath = (directory: string): string => `${directory}/released`

const claim = (fs: LogFileSystem, directory: string, { host, pid, since }: Process) =>
  replaceFile(fs, ownerPath(directory), encoder.encode(encodeOwner({ pid, host, since })), false)

const suffix = Effect.map(Random.nextIntBetween(0, 2 ** 31), (n) => n.toString(36))

/** Makes a directory that is this process's own. @internal */
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

/** Gives a sign of life. Fails where the directory is no longer there. @internal */
export const beat = (fs: LogFileSystem, directory: string): Effect.Effect<void, PlatformError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => fs.utimes(ownerPath(directory), now / 1000, now / 1000))

/** Leaves a directory to whoever comes next. @internal */
export const release = (fs: LogFileSystem, directory: string): Effect.Effect<void, PlatformError> =>
  fs.rename(ownerPath(directory), releasedPath(directory))

/** When a file was last touched, in milliseconds since the epoch. */
const touched = (fs: LogFileSystem, path: string): Effect.Effect<number | undefined> =>
  Effect.map(Effect.option(fs.stat(path)), (info) => {
    const mtime = Option.flatMap(info, ({ mtime }) => mtime)
    return Option.isSome(mtime) ? mtime.value.getTime() : undefined
  })

interface Left {
  /** Whether its owner is known to be gone. */
  readonly isDead: boolean
  readonly lastSeen: number
}

const look = Effect.fnUntraced(function*(fs: LogFileSystem, directory: string, self: Process) {
  const released = yield* touched(fs, releasedPath(directory))
  if (released !== undefined) return { isDead: true, lastSeen: released }
  const now = yield* Clock.currentTimeMillis
  const path = ownerPath(directory)
  const beat = yield* touched(fs, path)
  if (beat === undefined) {
    // Its maker died before it had written its name, unless it is about to.
    const made = (yield* touched(fs, directory)) ?? now
    return { isDead: now - made > heartbeatInterval, lastSeen: made }
  }
  const content = yield* Effect.option(readWhole(fs, path))
  const owner = Option.flatMap(content, (bytes) => decodeOwner(decoder.decode(bytes)))
  const isGone = Option.isSome(owner) && owner.value.host === self.host &&
    (owner.value.pid === self.pid ? owner.value.since !== self.since : !self.isAlive(owner.value.pid))
  return { isDead: isGone || now - beat > deadAfter, lastSeen: beat }
}) satisfies (fs: LogFileSystem, directory: string, self: Process) => Effect.Effect<Left>

/** A directory that was taken over. @internal */
export interface Adopted {
  readonly directory: string
  /** When its owner last gave a sign of life, in milliseconds since the epoch. */
  readonly lastSeen: number
}

/** Takes over the directories of dead processes, the oldest first. @internal */
export const adoptDead = Effect.fnUntraced(function*(
  fs: LogFileSystem,
  root: string,
  self: Process,
  own: ReadonlySet<string>
): Effect.fn.Return<ReadonlyArray<Adopted>, PlatformError> {
  const adopted: Array<Adopted> = []
  const names = (yield* fs.readDirectory(root)).filter((name) => /^\d{14}-/.test(name)).sort()
  for (const name of names) {
    const directory = `${root}/${name}`
    if (own.has(directory)) continue
    const { isDead, lastSeen } = yield* look(fs, directory, self)
    if (!isDead) continue
    const target = `${root}/${name.replace(/~.*$/, "")}~${yield* suffix}`
    const taken = yield* fs.rename(directory, target).pipe(
      Effect.andThen(claim(fs, target, self)),
      Effect.andThen(fs.remove(releasedPath(target), { force: true })),
      Effect.isSuccess
    )
    if (taken) adopted.push({ directory: target, lastSeen })
  }
  return adopted
})
