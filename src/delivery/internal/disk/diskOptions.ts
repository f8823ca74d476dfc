/**
 * What the queue on disk is told, and what it tells.
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

/** When the disk is asked to have what was written: before a span's `end` returns, every so often, or never. */
export type Fsync = "always" | "never" | Duration.Duration

/** @internal */
export interface DiskSettings {
  readonly fs: LogFileSystem
  readonly root: string
  readonly process: Process
  readonly maxBytes: number
  readonly segmentBytes: number
  readonly fsync: Fsync
  /** Where entries are spans, which start before they end. */
  readonly journal?: Journal | undefined
}

/** @internal */
export interface DiskOptions extends DiskSettings {
  readonly name: string
  readonly items?: string | undefined
  readonly whenFull: WhenFull
  /** The resource and scope of entries whose own were lost. */
  readonly fallback: Scoped
  /** Something is there to be read. */
  readonly onAvailable: () => void
  /** Entries of dead processes, which are this destination's from now on, or no longer are where negative. */
  readonly onAdopted: (count: number) => void
  readonly onLost: (reason: string, count: number) => void
  /** Entries that the disk did not take. */
  readonly onUnwritten: (entries: ReadonlyArray<Encoded>) => void
}

/** Which directory of {@link DiskOptions} is one exporter's, and what its parts need beside. @internal */
export interface Place extends DiskOptions {
  /** The directory of this exporter, in which each process has one of its own. */
  readonly place: string
  readonly noun: string
  readonly log: (level: "Warning" | "Info", message: string) => void
  /** Runs what nobody waits for. */
  readonly run: (effect: Effect.Effect<void>) => void
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}
