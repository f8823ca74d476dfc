/**
 * The options of the disk queue, and what its parts share.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { Scoped } from "../../../core/internal/scoped.ts"
import type { Encoded } from "../codec.ts"
import type { WhenFull } from "../memoryQueue.ts"
import type { LogFileSystem } from "./fileSystem.ts"
import type { Process } from "./process.ts"
import type { Journal } from "./recovery.ts"

/** When the disk is asked to sync: before a span's `end` returns, at an interval, or never. */
export type Fsync = "always" | "never" | Duration.Duration

/** @internal */
export interface DiskSettings {
  readonly fs: LogFileSystem
  readonly root: string
  readonly process: Process
  readonly maxBytes: number
  readonly segmentBytes: number
  readonly fsync: Fsync
  /** How spans are read, for entries that are spans. */
  readonly journal?: Journal | undefined
}

/** @internal */
export interface DiskOptions extends DiskSettings {
  readonly name: string
  readonly items?: string | undefined
  readonly whenFull: WhenFull
  /** The resource and scope of entries whose own were lost. */
  readonly fallback: Scoped
  /** Called when entries can be read. */
  readonly onAvailable: () => void
  /** Called with the number of entries adopted from dead processes. Negative if they are adopted by another process. */
  readonly onAdopted: (count: number) => void
  readonly onLost: (reason: string, count: number) => void
  /** Called with entries that could not be written. */
  readonly onUnwritten: (entries: ReadonlyArray<Encoded>) => void
}

/** The options, the directory of one exporter, and what the parts of the queue need besides. @internal */
export interface Place extends DiskOptions {
  /** The directory of this exporter. Each process has a directory of its own in it. */
  readonly place: string
  readonly noun: string
  readonly log: (level: "Warning" | "Info", message: string) => void
  /** Runs an effect in the background. */
  readonly run: (effect: Effect.Effect<void>) => void
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number
}
