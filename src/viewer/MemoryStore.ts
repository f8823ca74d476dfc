/**
 * Keeps sessions in memory, for files and for a viewer without a database.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { LogData } from "../core/LogData.ts"
import type { ReadPoint } from "../core/MetricPoint.ts"
import type { SpanData } from "../core/SpanData.ts"
import * as Pricing from "../model/Pricing.ts"
import { toLogView, withLogs } from "./internal/logs.ts"
import { searchText } from "./internal/text.ts"
import * as MetricSeries from "./MetricSeries.ts"
import type { Query } from "./Query.ts"
import { defaultLimit, matches, sorted, stats } from "./Query.ts"
import * as SessionRow from "./SessionRow.ts"
import * as SpanView from "./SpanView.ts"
import type { SessionView } from "./TraceStore.ts"
import { TraceSink, TraceStore } from "./TraceStore.ts"

interface StoredSession {
  readonly spans: Map<string, SpanView.SpanView>
  readonly logs: Array<SpanView.LogView>
  draft: SessionRow.Draft
  text: string
}

/**
 * A store in memory, and the sink that fills it.
 *
 * **Details**
 *
 * `maxSpans` limits spans and log records together, by default to 200,000. The oldest sessions are removed whole.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: {
  readonly source?: string | undefined
  readonly maxSpans?: number | undefined
}): Layer.Layer<TraceStore | TraceSink> =>
  Layer.effectContext(Effect.gen(function*() {
    const pricing = yield* Pricing.Pricing
    const hub = yield* PubSub.sliding<string>(1024)
    const maxSpans = options?.maxSpans ?? 200_000
    const sessions = new Map<string, StoredSession>()
    let count = 0

    const storedOf = (traceId: string): StoredSession => {
      const known = sessions.get(traceId)
      if (known !== undefined) return known
      const made: StoredSession = { spans: new Map(), logs: [], draft: SessionRow.empty(traceId), text: traceId }
      sessions.set(traceId, made)
      return made
    }

    const add = (data: SpanData): void => {
      const kept = storedOf(data.traceId)
      if (kept.spans.has(data.spanId)) return
      const span = SpanView.make(data, pricing)
      kept.spans.set(data.spanId, span)
      kept.draft = SessionRow.fold(kept.draft, span)
      kept.text += `\n${searchText(span)}`
      count += 1
    }

    const bound = (): void => {
      for (const [traceId, kept] of sessions) {
        if (count <= maxSpans || sessions.size === 1) return
        sessions.delete(traceId)
        count -= kept.spans.size + kept.logs.length
      }
    }

    const addSpans = Effect.fnUntraced(function*(spans: ReadonlyArray<SpanData>) {
      for (const span of spans) add(span)
      bound()
      yield* PubSub.publishAll(hub, new Set(spans.map(({ traceId }) => traceId)))
    })

    const addLogs = Effect.fnUntraced(function*(logs: ReadonlyArray<LogData>) {
      for (const log of logs) {
        if (log.traceId === "") continue
        storedOf(log.traceId).logs.push(toLogView(log))
        count += 1
      }
      bound()
      yield* PubSub.publishAll(hub, new Set(logs.map(({ traceId }) => traceId)))
    })

    const series = new Map<string, MetricSeries.MetricSeries>()
    const addMetrics = Effect.fnUntraced(function*(points: ReadonlyArray<ReadPoint>) {
      for (const point of points) {
        const key = MetricSeries.keyOf(point)
        if (series.size >= MetricSeries.maxSeries && !series.has(key)) continue
        series.set(key, MetricSeries.fold(series.get(key), point))
      }
      yield* PubSub.publish(hub, "metrics")
    })

    const find = (query: Query): ReadonlyArray<SessionRow.SessionRow> => {
      const wanted = query.text?.toLowerCase()
      const rows: Array<SessionRow.SessionRow> = []
      for (const kept of sessions.values()) {
        if (kept.spans.size === 0) continue
        const row = SessionRow.toRow(kept.draft)
        if (!matches(row, query)) continue
        if (wanted !== undefined && !kept.text.toLowerCase().includes(wanted)) continue
        rows.push(row)
      }
      return sorted(rows, query)
    }

    return Context.make(TraceSink, TraceSink.of({ addSpans, addLogs, addMetrics })).pipe(
      Context.add(
        TraceStore,
        TraceStore.of({
          source: options?.source ?? "memory",
          list: (query) =>
            Effect.sync(() => {
              const rows = find(query)
              const offset = query.offset ?? 0
              return { rows: rows.slice(offset, offset + (query.limit ?? defaultLimit)), total: rows.length }
            }),
          session: (traceId) =>
            Effect.sync((): SessionView | undefined => {
              const kept = sessions.get(traceId)
              if (kept === undefined || kept.spans.size === 0) return undefined
              return {
                row: SessionRow.toRow(kept.draft),
                spans: withLogs([...kept.spans.values()], kept.logs),
                logs: kept.logs
              }
            }),
          stats: (query) => Effect.sync(() => stats(find(query))),
          metrics: Effect.sync(() => MetricSeries.sorted(series.values())),
          changes: Stream.fromPubSub(hub)
        })
      )
    )
  }))
