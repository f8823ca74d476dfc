/**
 * Spans that stay on disk until they have arrived.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import { Durability } from "./internal/durability.ts"
import * as parts from "./internal/parts.ts"
import type { Durability as Durable } from "./internal/spanDestination.ts"

/**
 * How spans are kept on disk.
 *
 * @category models
 * @since 0.1.0
 */
export interface DurableOptions {
  /** Where they are kept. It is made if it is missing, and private to its user. */
  readonly directory: string
  /** The most bytes that they may take, for each exporter. Default 256 MiB. Past it, `whenFull` says what goes. */
  readonly maxBytes?: number | undefined
  /**
   * When the disk is waited for: `always` before a span's end returns, else every so often, or `never`. Default
   * every 500 milliseconds. It matters when the machine stops; a process that stops loses nothing either way.
   */
  readonly fsync?: "always" | "never" | Duration.Input | undefined
  /**
   * Which spans are written: `all`, or, at no cost while the backend is well, only those that memory has no room for.
   * Those outlive an outage and not the process. Default `all`.
   */
  readonly spans?: "all" | "overflow" | undefined
  /** Whether spans are written as they start too, so that those that a crash cuts short are known. Default `true`. */
  readonly openSpans?: boolean | undefined
}

const SpansOnDisk = Schema.Literals(["all", "overflow"])
const mebibyte = 1024 * 1024
const maxSegment = 4 * mebibyte

const makeDurable = Effect.fnUntraced(function*(
  options: DurableOptions
): Effect.fn.Return<Durable | undefined, ConfigurationError.ConfigurationError> {
  const { check } = ConfigurationError
  const root = yield* check(Schema.NonEmptyString, "directory", options.directory, "Give the path of a directory")
  const maxBytes = yield* check(
    Schema.Int.check(Schema.isGreaterThanOrEqualTo(64 * 1024)),
    "maxBytes",
    options.maxBytes ?? 256 * mebibyte,
    "Give a whole number of bytes from 65,536"
  )
  const spans = yield* check(SpansOnDisk, "spans", options.spans ?? "all", `Give "all" or "overflow"`)
  const fsync = options.fsync ?? "500 millis"
  const { duration } = yield* parts.delivery
  const { currentProcess, makeNodeFileSystem } = yield* parts.disk
  const fs = makeNodeFileSystem(fsync === "always")
  if (fs === undefined) {
    yield* Effect.logWarning("effect-agentops: this runtime has no files, so spans wait in memory")
    return undefined
  }
  return {
    fs,
    root: root.replace(/[\\/]+$/, ""),
    process: currentProcess(),
    maxBytes,
    segmentBytes: Math.min(maxSegment, Math.floor(maxBytes / 8)),
    fsync: fsync === "always" || fsync === "never" ? fsync : yield* duration("fsync", fsync, fsync),
    spans,
    openSpans: options.openSpans ?? true
  }
})

/**
 * Keeps the spans of exporters on disk until they have arrived.
 *
 * **Details**
 *
 * Every span is written before its end returns, and sent from there. What has not arrived when the process ends is
 * sent by the next process with the same directory, however this one ended. Spans that had started and not ended are
 * sent too, with the status error, `error.type` `process_crash` and `agentops.recovered`. What is written is what
 * would be sent: the exporter's convention, content policy and redaction hold.
 *
 * Each record has a checksum: what a torn write or a bad disk took is skipped and counted as `corrupt`. A disk that is
 * full, read-only or missing is told of once, and spans wait in memory until it works again.
 *
 * **Gotchas**
 *
 * Spans arrive at least once: those of the last requests before a crash may arrive twice, with the same ids.
 * Exporters that share a directory must have different names. Writing takes ten to twenty microseconds of the program for
 * each span, and longer with `fsync: "always"`. `Exporter.memory` and `Exporter.fromSpanProcessor` keep nothing
 * waiting, so this does nothing for them.
 *
 * **Example** (a collector that may be away)
 *
 * ```ts
 * import { Exporter } from "effect-agentops"
 *
 * const CollectorLive = Exporter.otlp({ url: "http://localhost:4318" }).pipe(
 *   Exporter.durable({ directory: "/var/lib/support-bot/traces" })
 * )
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const durable: {
  /**
   * Keeps the spans of exporters on disk until they have arrived.
   *
   * **Details**
   *
   * Every span is written as it ends, before its end returns, and sent from there. What has not arrived when the
   * process ends, in whatever way, is sent by the next process that is given the same directory; so are spans that had
   * started and not ended, with the status error, `error.type` `process_crash` and `agentops.recovered`. What is
   * written is what would be sent: the exporter's convention, content policy and redaction hold.
   *
   * Each record has a checksum: what a torn write or a bad disk took is skipped and counted as `corrupt`. A disk that is
   * full, read-only or missing is told of once, and spans wait in memory until it works again.
   *
   * **Gotchas**
   *
   * Spans arrive at least once: those of the last requests before a crash may arrive twice, with the same ids.
   * Exporters that share a directory must have different names. Writing takes ten to twenty microseconds of the program for
   * each span, and longer with `fsync: "always"`. `Exporter.memory` and `Exporter.fromSpanProcessor` keep nothing
   * waiting, so this does nothing for them.
   */
  (
    options: DurableOptions
  ): <A, E, R>(exporters: Layer.Layer<A, E, R>) => Layer.Layer<A, E | ConfigurationError.ConfigurationError, R>
  /**
   * Keeps the spans of exporters on disk until they have arrived.
   *
   * **Details**
   *
   * Every span is written as it ends, before its end returns, and sent from there. What has not arrived when the
   * process ends, in whatever way, is sent by the next process that is given the same directory; so are spans that had
   * started and not ended, with the status error, `error.type` `process_crash` and `agentops.recovered`. What is
   * written is what would be sent: the exporter's convention, content policy and redaction hold.
   *
   * Each record has a checksum: what a torn write or a bad disk took is skipped and counted as `corrupt`. A disk that is
   * full, read-only or missing is told of once, and spans wait in memory until it works again.
   *
   * **Gotchas**
   *
   * Spans arrive at least once: those of the last requests before a crash may arrive twice, with the same ids.
   * Exporters that share a directory must have different names. Writing takes ten to twenty microseconds of the program for
   * each span, and longer with `fsync: "always"`. `Exporter.memory` and `Exporter.fromSpanProcessor` keep nothing
   * waiting, so this does nothing for them.
   */
  <A, E, R>(
    exporters: Layer.Layer<A, E, R>,
    options: DurableOptions
  ): Layer.Layer<A, E | ConfigurationError.ConfigurationError, R>
} = dual(
  2,
  <A, E, R>(
    exporters: Layer.Layer<A, E, R>,
    options: DurableOptions
  ): Layer.Layer<A, E | ConfigurationError.ConfigurationError, R> =>
    // Fresh, for the same exporter without a disk is another.
    Layer.provide(Layer.fresh(exporters), Layer.effect(Durability, makeDurable(options)))
)
