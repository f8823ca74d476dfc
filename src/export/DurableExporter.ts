/**
 * Stores spans on disk until they have been delivered.
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
 * The options of {@link durable}.
 *
 * @category models
 * @since 0.1.0
 */
export interface DurableOptions {
  /** The directory of the files. It is created if it is missing, and only its user can read it. */
  readonly directory: string
  /**
   * The most bytes on disk for each exporter. Default 256 MiB. `whenFull` decides which spans are dropped beyond it.
   */
  readonly maxBytes?: number | undefined
  /**
   * When files are flushed to the disk: `always` before the end of a span returns, at an interval, or `never`. Default:
   * every 500 milliseconds. It matters only if the machine stops. If only the process stops, nothing is lost either
   * way.
   */
  readonly fsync?: "always" | "never" | Duration.Input | undefined
  /**
   * Which spans are written: `all`, or with `overflow` only those that do not fit in memory. `overflow` costs nothing
   * while the backend is available. Its spans survive an outage but not the process. Default `all`.
   */
  readonly spans?: "all" | "overflow" | undefined
  /**
   * Whether spans are also written when they start, so that unfinished spans are known after a crash. Default `true`.
   */
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
 * Stores the spans of exporters on disk until they have been delivered.
 *
 * **Details**
 *
 * Every span is written before its end returns, and is sent from the disk. Undelivered spans are sent by the next
 * process with the same directory, however this process ended. Spans that had started and not ended are sent too, with
 * the status error, `error.type` `process_crash` and `agentops.recovered`. The files have the exported form of the
 * spans: the exporter's convention, content policy and redaction apply.
 *
 * Each record has a checksum. A record that is torn or damaged is skipped and counted as `corrupt`. If the disk is
 * full, read-only or missing, one warning is logged, and spans wait in memory until it works again.
 *
 * **Gotchas**
 *
 * Spans arrive at least once: those of the last requests before a crash may arrive twice, with the same ids. Exporters
 * that share a directory must have different names. Writing costs the program ten to twenty microseconds for each span,
 * and more with `fsync: "always"`. `Exporter.memory` and `Exporter.fromSpanProcessor` have no queue, so this has no
 * effect on them.
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
   * Stores the spans of exporters on disk until they have been delivered.
   *
   * **Details**
   *
   * Every span is written before its end returns, and is sent from the disk. Undelivered spans are sent by the next
   * process with the same directory, however this process ended. Spans that had started and not ended are sent too,
   * with the status error, `error.type` `process_crash` and `agentops.recovered`. The files have the exported form of
   * the spans: the exporter's convention, content policy and redaction apply.
   *
   * Each record has a checksum. A record that is torn or damaged is skipped and counted as `corrupt`. If the disk is
   * full, read-only or missing, one warning is logged, and spans wait in memory until it works again.
   *
   * **Gotchas**
   *
   * Spans arrive at least once: those of the last requests before a crash may arrive twice, with the same ids.
   * Exporters that share a directory must have different names. Writing costs the program ten to twenty microseconds
   * for each span, and more with `fsync: "always"`. `Exporter.memory` and `Exporter.fromSpanProcessor` have no queue,
   * so this has no effect on them.
   */
  (
    options: DurableOptions
  ): <A, E, R>(exporters: Layer.Layer<A, E, R>) => Layer.Layer<A, E | ConfigurationError.ConfigurationError, R>
  /**
   * Stores the spans of exporters on disk until they have been delivered.
   *
   * **Details**
   *
   * Every span is written before its end returns, and is sent from the disk. Undelivered spans are sent by the next
   * process with the same directory, however this process ended. Spans that had started and not ended are sent too,
   * with the status error, `error.type` `process_crash` and `agentops.recovered`. The files have the exported form of
   * the spans: the exporter's convention, content policy and redaction apply.
   *
   * Each record has a checksum. A record that is torn or damaged is skipped and counted as `corrupt`. If the disk is
   * full, read-only or missing, one warning is logged, and spans wait in memory until it works again.
   *
   * **Gotchas**
   *
   * Spans arrive at least once: those of the last requests before a crash may arrive twice, with the same ids.
   * Exporters that share a directory must have different names. Writing costs the program ten to twenty microseconds
   * for each span, and more with `fsync: "always"`. `Exporter.memory` and `Exporter.fromSpanProcessor` have no queue,
   * so this has no effect on them.
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
    // `Layer.fresh`, because the same exporter without a disk is a different one.
    Layer.provide(Layer.fresh(exporters), Layer.effect(Durability, makeDurable(options)))
)
