/**
 * The store from which the viewer reads sessions: files, a database, or another program's store.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { LogData } from "../core/LogData.ts"
import type { ReadPoint } from "../core/MetricPoint.ts"
import type { SpanData } from "../core/SpanData.ts"
import type { MetricSeries } from "./MetricSeries.ts"
import type { Query, Stats } from "./Query.ts"
import type { SessionRow } from "./SessionRow.ts"
import type { LogView, SpanView } from "./SpanView.ts"

/**
 * A session with its spans and log records.
 *
 * @category models
 * @since 0.1.0
 */
export interface SessionView {
  readonly row: SessionRow
  readonly spans: ReadonlyArray<SpanView>
  readonly logs: ReadonlyArray<LogView>
}

/**
 * A page of rows, and the total number of rows.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listing {
  readonly rows: ReadonlyArray<SessionRow>
  readonly total: number
}

/**
 * A store that cannot be read or written.
 *
 * @category errors
 * @since 0.1.0
 */
export class StoreError extends Data.TaggedError("StoreError")<{
  /** The operation that failed, such as `open`, `read` or `write`. */
  readonly operation: string
  readonly message: string
  readonly cause?: unknown
}> {}

/**
 * Reads sessions.
 *
 * **Details**
 *
 * `changes` emits the trace id of each session that grows, and `metrics` when metrics arrive, so that an open page
 * reloads them.
 *
 * @category services
 * @since 0.1.0
 */
export class TraceStore extends Context.Service<TraceStore, {
  /** The source of the sessions, in a word or two. */
  readonly source: string
  readonly list: (query: Query) => Effect.Effect<Listing, StoreError>
  readonly session: (traceId: string) => Effect.Effect<SessionView | undefined, StoreError>
  readonly stats: (query: Query) => Effect.Effect<Stats, StoreError>
  readonly metrics: Effect.Effect<ReadonlyArray<MetricSeries>, StoreError>
  readonly changes: Stream.Stream<string>
}>()("effect-agentops/viewer/TraceStore") {}

/**
 * Writes received telemetry to the store that {@link TraceStore} reads.
 *
 * @category services
 * @since 0.1.0
 */
export class TraceSink extends Context.Service<TraceSink, {
  readonly addSpans: (spans: ReadonlyArray<SpanData>) => Effect.Effect<void, StoreError>
  readonly addLogs: (logs: ReadonlyArray<LogData>) => Effect.Effect<void, StoreError>
  readonly addMetrics: (points: ReadonlyArray<ReadPoint>) => Effect.Effect<void, StoreError>
}>()("effect-agentops/viewer/TraceSink") {}
