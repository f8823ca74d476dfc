/**
 * Writes spans, log records and metrics into the database, each request in one transaction.
 *
 * @internal
 */
import type { LogData } from "../../../core/LogData.ts"
import type { ReadPoint } from "../../../core/MetricPoint.ts"
import type { SpanData } from "../../../core/SpanData.ts"
import type { Pricing } from "../../../model/Pricing.ts"
import { encodeSpan } from "../../../otlp/internal/protobuf.ts"
import * as MetricSeries from "../../MetricSeries.ts"
import * as SessionRow from "../../SessionRow.ts"
import * as SpanView from "../../SpanView.ts"
import { toLogView } from "../logs.ts"
import { searchText } from "../text.ts"
import type { Database } from "./open.ts"

/** @internal */
export interface Writer {
  /** Returns the ids of the traces that grew. */
  readonly spans: (spans: ReadonlyArray<SpanData>) => ReadonlySet<string>
  readonly logs: (logs: ReadonlyArray<LogData>) => ReadonlySet<string>
  readonly metrics: (points: ReadonlyArray<ReadPoint>) => void
  /** Removes the oldest sessions until the database is within its limits. */
  readonly prune: (bounds: { readonly maxBytes: number; readonly oldest: number }) => number
}

// How many rows are kept in memory while their spans arrive. The others are read from the database again.
const maxDrafts = 1_000

/** @internal */
export const makeWriter = (database: Database, pricing: Pricing): Writer => {
  const statements = {
    resource: database.prepare("insert or ignore into resources (hash, json) values (?, ?)"),
    resourceId: database.prepare("select id from resources where hash = ?"),
    span: database.prepare("insert or ignore into spans (trace, span, resource, data) values (?, ?, ?, ?)"),
    draft: database.prepare("select json from drafts where trace = ?"),
    putDraft: database.prepare("insert or replace into drafts (trace, json) values (?, ?)"),
    trace: database.prepare(
      `insert or replace into traces (trace, start, finish, duration, state, cost, tokens, errors, spans)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)`
    ),
    facet: database.prepare("insert or ignore into facets (kind, value, trace) values (?, ?, ?)"),
    text: database.prepare("insert into texts (trace) values (?)"),
    index: database.prepare("insert into text_index (rowid, text) values (?, ?)"),
    log: database.prepare("insert into logs (trace, time, json) values (?, ?, ?)"),
    series: database.prepare("select json from metrics where key = ?"),
    putSeries: database.prepare("insert or replace into metrics (key, last, json) values (?, ?, ?)"),
    seriesCount: database.prepare("select count(*) as n from metrics"),
    // Log records of sessions without any span.
    pruneLogs: database.prepare("delete from logs where time < ? and trace not in (select trace from traces)"),
    pruneSeries: database.prepare("delete from metrics where last < ?"),
    oldest: database.prepare("select trace, finish from traces order by finish limit ?"),
    unindex: database.prepare("delete from text_index where rowid in (select id from texts where trace = ?)")
  }
  const removals = ["texts", "spans", "logs", "facets", "drafts", "traces"].map((table) =>
    database.prepare(`delete from ${table} where trace = ?`)
  )
  const drafts = new Map<string, SessionRow.Draft>()
  const resources = new WeakMap<object, number>()

  const transaction = <A>(work: () => A): A => {
    database.exec("begin immediate")
    try {
      const result = work()
      database.exec("commit")
      return result
    } catch (cause) {
      database.exec("rollback")
      drafts.clear()
      throw cause
    }
  }

  const resourceOf = (span: SpanData): number => {
    const known = resources.get(span.scope)
    if (known !== undefined) return known
    const { name, version } = span.scope
    const json = JSON.stringify({
      resource: { attributes: SpanView.plainAttributes(span.resource.attributes) },
      scope: version === undefined ? { name } : { name, version }
    })
    statements.resource.run(json, json)
    const id = Number(statements.resourceId.get(json)!["id"])
    resources.set(span.scope, id)
    return id
  }

  const draftOf = (trace: string): SessionRow.Draft => {
    const known = drafts.get(trace)
    if (known !== undefined) return known
    const kept = statements.draft.get(trace)
    return kept === undefined ? SessionRow.empty(trace) : JSON.parse(String(kept["json"])) as SessionRow.Draft
  }

  const keep = (draft: SessionRow.Draft, before: SessionRow.Draft): void => {
    const { cost, duration, end, errors, inputTokens, outputTokens, spans, start, state, traceId } = draft
    statements.putDraft.run(traceId, JSON.stringify(draft))
    statements.trace.run(traceId, start, end, duration, state, cost, inputTokens + outputTokens, errors, spans)
    if (draft.tags !== before.tags) { for (const tag of draft.tags) statements.facet.run("tag", tag, traceId) }
    if (draft.models !== before.models) {
      for (const { model } of draft.models) statements.facet.run("model", model, traceId)
    }
    if (draft.services !== before.services) {
      for (const service of draft.services) statements.facet.run("service", service, traceId)
    }
    if (drafts.size >= maxDrafts) drafts.delete(drafts.keys().next().value!)
    drafts.set(traceId, draft)
  }

  const spans: Writer["spans"] = (all) =>
    transaction(() => {
      const touched = new Map<string, { draft: SessionRow.Draft; readonly before: SessionRow.Draft; text: string }>()
      for (const data of all) {
        const { changes } = statements.span.run(data.traceId, data.spanId, resourceOf(data), encodeSpan(data))
        if (changes === 0) continue
        let session = touched.get(data.traceId)
        if (session === undefined) {
          const before = draftOf(data.traceId)
          session = { draft: before, before, text: before.spans === 0 ? data.traceId : "" }
          touched.set(data.traceId, session)
        }
        const span = SpanView.make(data, pricing)
        session.draft = SessionRow.fold(session.draft, span)
        session.text += ` ${searchText(span)}`
      }
      for (const [trace, { before, draft, text }] of touched) {
        keep(draft, before)
        const { lastInsertRowid } = statements.text.run(trace)
        statements.index.run(lastInsertRowid, text)
      }
      return new Set(touched.keys())
    })

  const logs: Writer["logs"] = (all) =>
    transaction(() => {
      const ofSpans = all.filter(({ traceId }) => traceId !== "")
      for (const log of ofSpans) {
        const view = toLogView(log)
        statements.log.run(log.traceId, view.time, JSON.stringify(view))
      }
      return new Set(ofSpans.map(({ traceId }) => traceId))
    })

  const metrics: Writer["metrics"] = (points) =>
    transaction(() => {
      for (const point of points) {
        const key = MetricSeries.keyOf(point)
        const kept = statements.series.get(key)
        if (kept === undefined && Number(statements.seriesCount.get()!["n"]) >= MetricSeries.maxSeries) continue
        const before = kept === undefined ? undefined : JSON.parse(String(kept["json"])) as MetricSeries.MetricSeries
        const series = MetricSeries.fold(before, point)
        statements.putSeries.run(key, series.points.at(-1)?.time ?? 0, JSON.stringify(series))
      }
    })

  const remove = (trace: string): void => {
    statements.unindex.run(trace)
    for (const removal of removals) removal.run(trace)
    drafts.delete(trace)
  }

  const used = (): number => {
    const row = database.prepare(
      "select (p.page_count - f.freelist_count) * s.page_size as bytes from pragma_page_count p, pragma_freelist_count f, pragma_page_size s"
    ).get()
    return Number(row?.["bytes"] ?? 0)
  }

  const prune: Writer["prune"] = ({ maxBytes, oldest }) => {
    let removed = 0
    statements.pruneSeries.run(oldest)
    statements.pruneLogs.run(oldest)
    while (true) {
      const isLarge = used() > maxBytes
      const candidates = statements.oldest.all(100).filter(({ finish }) => isLarge || Number(finish) < oldest)
      if (candidates.length === 0) {
        if (isLarge) statements.pruneLogs.run(Infinity)
        return removed
      }
      transaction(() => {
        for (const { trace } of candidates) remove(String(trace))
      })
      removed += candidates.length
    }
  }

  return { spans, logs, metrics, prune }
}
