/** The source of the page's sessions: the server that served it, or the data saved inside it. */
import type { ConventionView } from "../../Conventions.ts"
import type { MetricSeries } from "../../MetricSeries.ts"
import type { Query, Stats } from "../../Query.ts"
import { defaultLimit, matches, sorted, stats } from "../../Query.ts"
import type { Listing, SessionView } from "../../TraceStore.ts"

export interface Source {
  readonly isLive: boolean
  readonly name: string
  readonly list: (query: Query) => Promise<Listing>
  readonly stats: (query: Query) => Promise<Stats>
  readonly session: (traceId: string) => Promise<SessionView | undefined>
  readonly metrics: () => Promise<ReadonlyArray<MetricSeries>>
  /** One span in each convention, or `undefined` if the page was saved without it. */
  readonly conventions: (traceId: string, spanId: string) => Promise<ReadonlyArray<ConventionView> | undefined>
  /** Calls back with the id of each session that grows. Returns a function that stops it. */
  readonly watch: (onChange: (traceId: string) => void) => () => void
}

const parameters = (query: Query): string => {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(key, String(value))
  }
  return search.toString()
}

const ask = async <A>(path: string): Promise<A | undefined> => {
  const response = await fetch(path)
  if (response.status === 404) return undefined
  const body = await response.json() as A & { readonly message?: string }
  if (!response.ok) throw new Error(body.message ?? `the viewer answered ${response.status}`)
  return body
}

const required = async <A>(path: string): Promise<A> => {
  const found = await ask<A>(path)
  if (found === undefined) throw new Error(`the viewer has no ${path}`)
  return found
}

export const fromServer: Source = {
  isLive: true,
  name: location.host,
  list: (query) => required(`/api/sessions?${parameters(query)}`),
  stats: (query) => required(`/api/stats?${parameters(query)}`),
  metrics: () => required("/api/metrics"),
  session: (traceId) => ask(`/api/sessions/${encodeURIComponent(traceId)}`),
  conventions: (traceId, spanId) =>
    ask(`/api/sessions/${encodeURIComponent(traceId)}/conventions/${encodeURIComponent(spanId)}`),
  watch: (onChange) => {
    const events = new EventSource("/api/changes")
    events.addEventListener("message", (event) => onChange(JSON.parse(event.data as string) as string))
    return () => events.close()
  }
}

/** The data of a saved page. */
export interface Saved {
  readonly name: string
  readonly sessions: ReadonlyArray<SessionView>
  readonly metrics: ReadonlyArray<MetricSeries>
  /** Spans in each convention, by trace id and span id. */
  readonly conventions: Readonly<Record<string, ReadonlyArray<ConventionView>>>
}

const textOf = (session: SessionView): string => JSON.stringify(session).toLowerCase()

export const fromSaved = ({ metrics, name, conventions: views, sessions }: Saved): Source => {
  const texts = new Map<string, string>()
  const has = (session: SessionView, text: string): boolean => {
    const { traceId } = session.row
    const known = texts.get(traceId) ?? textOf(session)
    texts.set(traceId, known)
    return known.includes(text.toLowerCase())
  }
  const find = (query: Query) =>
    sorted(
      sessions.filter((session) =>
        matches(session.row, query) && (query.text === undefined || query.text === "" || has(session, query.text))
      ).map(({ row }) => row),
      query
    )
  return {
    isLive: false,
    name,
    list: async (query) => {
      const rows = find(query)
      const offset = query.offset ?? 0
      return { rows: rows.slice(offset, offset + (query.limit ?? defaultLimit)), total: rows.length }
    },
    stats: async (query) => stats(find(query)),
    session: async (traceId) => sessions.find(({ row }) => row.traceId === traceId),
    metrics: async () => metrics,
    conventions: async (traceId, spanId) => views[`${traceId} ${spanId}`],
    watch: () => () => {}
  }
}

/** The source of this page. */
export const source: Source = (() => {
  const saved = document.getElementById("saved")?.textContent
  return saved === undefined || saved === null ? fromServer : fromSaved(JSON.parse(saved) as Saved)
})()
