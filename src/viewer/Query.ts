/**
 * Filters and sorts sessions, and computes their statistics.
 *
 * The functions are pure and work on rows, so they are the same for files, databases and saved pages.
 *
 * @since 0.1.0
 */
import type { ModelTotals, SessionRow, SessionState } from "./SessionRow.ts"

/**
 * The keys by which lists can be sorted.
 *
 * @category constants
 * @since 0.1.0
 */
export const sorts = ["start", "duration", "cost", "tokens", "errors"] as const

/**
 * The sessions that a list should have.
 *
 * **Details**
 *
 * `text` must occur in a name, a message, an error or an id. `minCost` is in US dollars, `minDuration` in milliseconds,
 * `since` in milliseconds since the Unix epoch. Without `sort` the newest sessions come first.
 *
 * @category models
 * @since 0.1.0
 */
export interface Query {
  readonly text?: string | undefined
  readonly state?: SessionState | undefined
  readonly tag?: string | undefined
  readonly model?: string | undefined
  readonly service?: string | undefined
  readonly minCost?: number | undefined
  readonly minDuration?: number | undefined
  readonly since?: number | undefined
  readonly sort?: typeof sorts[number] | undefined
  readonly ascending?: boolean | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/**
 * The default number of rows in a list.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultLimit = 100

/**
 * Whether a row passes the filters. `text` is not checked here, because only a store can search it.
 *
 * @category filtering
 * @since 0.1.0
 */
export const matches = (row: SessionRow, query: Query): boolean =>
  (query.state === undefined || row.state === query.state) &&
  (query.tag === undefined || row.tags.includes(query.tag)) &&
  (query.model === undefined || row.models.some(({ model }) => model === query.model)) &&
  (query.service === undefined || row.services.includes(query.service)) &&
  (query.minCost === undefined || row.cost >= query.minCost) &&
  (query.minDuration === undefined || row.duration >= query.minDuration) &&
  (query.since === undefined || row.start + row.duration >= query.since)

const sortKey = (row: SessionRow, sort: Query["sort"]): number => {
  switch (sort) {
    case "duration":
      return row.duration
    case "cost":
      return row.cost
    case "tokens":
      return row.inputTokens + row.outputTokens
    case "errors":
      return row.errors
    default:
      return row.start
  }
}

/**
 * Sorts rows by a query, by default the newest first.
 *
 * @category filtering
 * @since 0.1.0
 */
export const sorted = (rows: ReadonlyArray<SessionRow>, { ascending, sort }: Query): ReadonlyArray<SessionRow> => {
  const sign = ascending === true ? 1 : -1
  return rows.toSorted((a, b) => sign * (sortKey(a, sort) - sortKey(b, sort)))
}

/**
 * The totals of one time interval.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bucket {
  readonly start: number
  readonly sessions: number
  readonly failed: number
  readonly cost: number
  readonly tokens: number
  readonly errors: number
  /** The mean duration of a model call in milliseconds, or 0 without calls. */
  readonly latency: number
  /** By model, the most expensive first. */
  readonly models: ReadonlyArray<ModelTotals>
}

/**
 * The totals of rows.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stats {
  readonly sessions: number
  readonly running: number
  readonly failed: number
  readonly cost: number
  readonly tokens: number
  readonly errors: number
  readonly llmCalls: number
  /** Quantiles over sessions of their mean duration of a model call, in milliseconds. */
  readonly latency: { readonly p50: number; readonly p95: number }
  readonly buckets: ReadonlyArray<Bucket>
  readonly models: ReadonlyArray<ModelTotals>
  readonly tags: ReadonlyArray<string>
  readonly services: ReadonlyArray<string>
}

const quantile = (sortedValues: ReadonlyArray<number>, q: number): number =>
  sortedValues.length === 0 ? 0 : sortedValues[Math.min(sortedValues.length - 1, Math.floor(q * sortedValues.length))]!

const sum = <A>(items: ReadonlyArray<A>, of: (item: A) => number): number => items.reduce((n, item) => n + of(item), 0)

const latencyOf = (rows: ReadonlyArray<SessionRow>): number => {
  const calls = sum(rows, (row) => row.llmCalls)
  return calls === 0 ? 0 : sum(rows, (row) => row.modelTime) / calls
}

const mergeModels = (rows: ReadonlyArray<SessionRow>): ReadonlyArray<ModelTotals> => {
  const all = new Map<string, ModelTotals>()
  for (const totals of rows.flatMap(({ models }) => models)) {
    const known = all.get(totals.model)
    all.set(
      totals.model,
      known === undefined ? totals : {
        model: totals.model,
        calls: known.calls + totals.calls,
        errors: known.errors + totals.errors,
        inputTokens: known.inputTokens + totals.inputTokens,
        outputTokens: known.outputTokens + totals.outputTokens,
        cost: known.cost + totals.cost,
        time: known.time + totals.time
      }
    )
  }
  return [...all.values()].sort((a, b) => b.cost - a.cost || b.calls - a.calls)
}

const often = (rows: ReadonlyArray<SessionRow>, of: (row: SessionRow) => ReadonlyArray<string>) => {
  const counts = new Map<string, number>()
  for (const value of rows.flatMap(of)) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 30).map(([value]) => value)
}

const bucketCount = 24

/**
 * Adds rows up, over time and by model.
 *
 * @category summarizing
 * @since 0.1.0
 */
export const stats = (rows: ReadonlyArray<SessionRow>): Stats => {
  const first = rows.reduce((least, { start }) => Math.min(least, start), Infinity)
  const last = rows.reduce((most, { start }) => Math.max(most, start), -Infinity)
  const width = Math.max(1, (last - first) / bucketCount)
  const groups: Array<Array<SessionRow>> = Array.from({ length: rows.length === 0 ? 0 : bucketCount }, () => [])
  for (const row of rows) groups[Math.min(bucketCount - 1, Math.floor((row.start - first) / width))]!.push(row)
  const latencies = rows.filter(({ llmCalls }) => llmCalls > 0).map((row) => row.modelTime / row.llmCalls)
  latencies.sort((a, b) => a - b)
  const tokens = (row: SessionRow) => row.inputTokens + row.outputTokens
  return {
    sessions: rows.length,
    running: rows.filter(({ state }) => state === "Running").length,
    failed: rows.filter(({ state }) => state === "Fail").length,
    cost: sum(rows, ({ cost }) => cost),
    tokens: sum(rows, tokens),
    errors: sum(rows, ({ errors }) => errors),
    llmCalls: sum(rows, ({ llmCalls }) => llmCalls),
    latency: { p50: quantile(latencies, 0.5), p95: quantile(latencies, 0.95) },
    buckets: groups.map((group, i) => ({
      start: first + i * width,
      sessions: group.length,
      failed: group.filter(({ state }) => state === "Fail").length,
      cost: sum(group, ({ cost }) => cost),
      tokens: sum(group, tokens),
      errors: sum(group, ({ errors }) => errors),
      latency: latencyOf(group),
      models: mergeModels(group)
    })),
    models: mergeModels(rows),
    tags: often(rows, ({ tags }) => tags),
    services: often(rows, ({ services }) => services)
  }
}
