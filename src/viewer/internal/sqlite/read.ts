/**
 * Reads sessions from the database.
 *
 * @internal
 */
import type { InstrumentationScope, Resource } from "../../../core/SpanData.ts"
import type { Pricing } from "../../../model/Pricing.ts"
import { decodeSpan } from "../../../otlp/internal/protobufReader.ts"
import * as MetricSeries from "../../MetricSeries.ts"
import type { Query, Stats } from "../../Query.ts"
import { defaultLimit, stats } from "../../Query.ts"
import * as SessionRow from "../../SessionRow.ts"
import type { LogView } from "../../SpanView.ts"
import * as SpanView from "../../SpanView.ts"
import type { Listing, SessionView } from "../../TraceStore.ts"
import { withLogs } from "../logs.ts"
import type { Database } from "./open.ts"

type Value = string | number

interface Condition {
  readonly sql: string
  /** The same condition for counting, where no order is needed. */
  readonly counted: string
  readonly values: ReadonlyArray<Value>
}

// The words of the query in the syntax of the index. All must occur, and each matches as a prefix.
const ftsQuery = (text: string): string | undefined => {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu)
  return words === null ? undefined : words.slice(0, 16).map((word) => `"${word}"*`).join(" AND ")
}

// A very common word stops at the newest matches, which are shown first.
const maxMatches = 10_000

const conditions = (query: Query): ReadonlyArray<Condition> => {
  const all: Array<Condition> = []
  const add = (sql: string, ...values: ReadonlyArray<Value>) => all.push({ sql, counted: sql, values })
  if (query.state !== undefined) add("t.state = ?", query.state)
  if (query.minCost !== undefined) add("t.cost >= ?", query.minCost)
  if (query.minDuration !== undefined) add("t.duration >= ?", query.minDuration)
  if (query.since !== undefined) add("t.finish >= ?", query.since)
  for (const kind of ["tag", "model", "service"] as const) {
    const value = query[kind]
    if (value !== undefined) {
      all.push({
        sql: "exists (select 1 from facets f where f.kind = ? and f.value = ? and f.trace = t.trace)",
        counted: "t.trace in (select f.trace from facets f where f.kind = ? and f.value = ?)",
        values: [kind, value]
      })
    }
  }
  if (query.text !== undefined && query.text.trim() !== "") {
    const match = ftsQuery(query.text)
    if (match === undefined) add("0")
    else {
      add(
        `t.trace in (select trace from texts where id in
          (select rowid from text_index where text_index match ? order by rowid desc limit ${maxMatches}))`,
        match
      )
    }
  }
  return all
}

const columns = { start: "t.start", duration: "t.duration", cost: "t.cost", tokens: "t.tokens", errors: "t.errors" }

const clause = (all: ReadonlyArray<Condition>, of: "sql" | "counted"): string =>
  all.length === 0 ? "" : `where ${all.map((condition) => condition[of]).join(" and ")}`

const rowOf = (record: Readonly<Record<string, unknown>>): SessionRow.SessionRow =>
  SessionRow.toRow(JSON.parse(String(record["json"])) as SessionRow.Draft)

// The charts cover the newest sessions, which is enough to show a trend.
const maxCharted = 2_000

/** @internal */
export const makeReader = (database: Database, pricing: Pricing) => {
  const rows = (query: Query, limit: number, offset: number): ReadonlyArray<SessionRow.SessionRow> => {
    const all = conditions(query)
    const order = `${columns[query.sort ?? "start"]} ${query.ascending === true ? "asc" : "desc"}`
    return database.prepare(
      `select d.json from (select t.trace, row_number() over (order by ${order}) as place from traces t ${
        clause(all, "sql")
      }
        order by ${order} limit ? offset ?) p join drafts d on d.trace = p.trace order by p.place`
    ).all(...all.flatMap(({ values }) => values), limit, offset).map(rowOf)
  }

  const list = (query: Query): Listing => {
    const all = conditions(query)
    const total = database.prepare(`select count(*) as n from traces t ${clause(all, "counted")}`)
      .get(...all.flatMap(({ values }) => values))
    return {
      rows: rows(query, Math.min(query.limit ?? defaultLimit, 1_000), Math.max(0, query.offset ?? 0)),
      total: Number(total?.["n"] ?? 0)
    }
  }

  const session = (traceId: string): SessionView | undefined => {
    const draft = database.prepare("select json from drafts where trace = ?").get(traceId)
    if (draft === undefined) return undefined
    const resources = new Map<number, { readonly resource: Resource; readonly scope: InstrumentationScope }>()
    const resourceOf = (id: number) => {
      const known = resources.get(id)
      if (known !== undefined) return known
      const found = database.prepare("select json from resources where id = ?").get(id)
      const read = found === undefined
        ? { resource: { attributes: {} }, scope: { name: "" } }
        : JSON.parse(String(found["json"])) as { resource: Resource; scope: InstrumentationScope }
      resources.set(id, read)
      return read
    }
    const spans = database.prepare("select resource, data from spans where trace = ?").all(traceId).map((record) =>
      SpanView.make(
        decodeSpan({ bytes: record["data"] as Uint8Array, ...resourceOf(Number(record["resource"])) }),
        pricing
      )
    )
    const logs = database.prepare("select json from logs where trace = ? order by id").all(traceId)
      .map((record) => JSON.parse(String(record["json"])) as LogView)
    return { row: rowOf(draft), spans: withLogs(spans, logs), logs }
  }

  const metrics = (): ReadonlyArray<MetricSeries.MetricSeries> =>
    MetricSeries.sorted(
      database.prepare("select json from metrics").all()
        .map(({ json }) => JSON.parse(String(json)) as MetricSeries.MetricSeries)
    )

  return {
    list,
    metrics,
    session,
    stats: (query: Query): Stats => stats(rows({ ...query, sort: "start" }, maxCharted, 0))
  }
}
