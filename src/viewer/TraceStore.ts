/**
 * Where the viewer reads sessions: a file, a database, or another program's store.
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
 * A session with all that is known of it.
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
 * A page of rows, and how many there are in all.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listing {
  readonly rows: ReadonlyArray<SessionRow>
  readonly total: number
}

/**
 * A store that could not be read or written.
 *
 * @category errors
 * @since 0.1.0
 */
export class StoreError extends Data.TaggedError("StoreError")<{
  /** What was to be done, such as `open`, `read` or `write`. */
  readonly operation: string
  readonly message: string
  readonly cause?: unknown
}> {}

/**
 * Reads sessions.
 *
 * **Details**
 *
 * `changes` has the trace id of each session to which something was added, for a page that is open, and `metrics` where
 * metrics came in.
 *
 * @category services
 * @since 0.1.0
 */
export class TraceStore extends Context.Service<TraceStore, {
  /** Where the sessions come from, in a word or two for people. */
  readonly source: string
  readonly list: (query: Query) => Effect.Effect<Listing, StoreError>
  readonly session: (traceId: string) => Effect.Effect<SessionView | undefined, StoreError>
  readonly stats: (query: Query) => Effect.Effect<Stats, StoreError>
  readonly metrics: Effect.Effect<ReadonlyArray<MetricSeries>, StoreError>
  readonly changes: Stream.Stream<string>
}>()("effect-agentops/viewer/TraceStore") {}

/**
 * Takes telemetry in, beside {@link TraceStore}.
 *
 * @category services
 * @since 0.1.0
 */
export class TraceSink extends Context.Service<TraceSink, {
  readonly addSpans: (spans: ReadonlyArray<SpanData>) => Effect.Effect<void, StoreError>
  readonly addLogs: (logs: ReadonlyArray<LogData>) => Effect.Effect<void, StoreError>
  readonly addMetrics: (points: ReadonlyArray<ReadPoint>) => Effect.Effect<void, StoreError>
}>()("effect-agentops/viewer/TraceSink") {}
