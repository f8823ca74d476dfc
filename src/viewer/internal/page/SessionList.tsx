/** All sessions: totals, filters and a row for each. */
import { useEffect, useRef, useState } from "preact/hooks"
import type { Query, Stats } from "../../Query.ts"
import { defaultLimit } from "../../Query.ts"
import { type SessionRow, states } from "../../SessionRow.ts"
import { Charts, Models } from "./Charts.tsx"
import { cost, count, duration, hasTokens, time, tokens } from "./format.ts"
import { Empty, Problem, State, stateName } from "./parts.tsx"
import { compareHref, go, listHref, sessionHref } from "./route.ts"
import { source } from "./source.ts"
import { useLoaded } from "./useLoaded.ts"

const Filters = ({ query, stats }: { readonly query: Query; readonly stats: Stats | undefined }) => {
  const chip = (label: string, patch: Partial<Query>, isOn: boolean) => (
    <a
      class={isOn ? "chip on" : "chip"}
      aria-current={isOn ? "true" : undefined}
      href={listHref({ ...query, ...patch })}
    >
      {label}
    </a>
  )
  const choice = (label: string, key: "tag" | "model" | "service", values: ReadonlyArray<string>) => {
    const all = query[key] === undefined || values.includes(query[key]) ? values : [query[key], ...values]
    return all.length === 0 ? null : (
      <label class="choice">
        <span class="hidden">{label}</span>
        <select
          value={query[key] ?? ""}
          onChange={(event) => go(listHref({ ...query, [key]: event.currentTarget.value || undefined }))}
        >
          <option value="">{`any ${label}`}</option>
          {all.map((value) => <option key={value} value={value}>{value}</option>)}
        </select>
      </label>
    )
  }
  const least = (label: string, key: "minCost" | "minDuration", values: ReadonlyArray<readonly [number, string]>) => (
    <label class="choice">
      <span class="hidden">{label}</span>
      <select
        value={query[key] ?? ""}
        onChange={(event) => go(listHref({ ...query, [key]: Number(event.currentTarget.value) || undefined }))}
      >
        <option value="">{`any ${label}`}</option>
        {values.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
      </select>
    </label>
  )
  return (
    <nav class="chips" aria-label="Filters">
      {chip("all", { state: undefined }, query.state === undefined)}
      {states.map((state) => chip(stateName(state), { state }, query.state === state))}
      {choice("tag", "tag", stats?.tags ?? [])}
      {choice("model", "model", stats?.models.map(({ model }) => model) ?? [])}
      {choice("service", "service", stats?.services ?? [])}
      {least("cost", "minCost", [[0.01, "cost ≥ $0.01"], [0.1, "cost ≥ $0.10"], [1, "cost ≥ $1"], [10, "cost ≥ $10"]])}
      {least("time", "minDuration", [
        [1_000, "longer than 1 s"],
        [10_000, "longer than 10 s"],
        [60_000, "longer than 1 min"],
        [600_000, "longer than 10 min"]
      ])}
      {Object.keys(query).some((key) => key !== "sort" && key !== "ascending")
        ? <a class="chip" href={listHref({ sort: query.sort, ascending: query.ascending })}>clear</a>
        : null}
    </nav>
  )
}

const columns: ReadonlyArray<readonly [label: string, sort: Query["sort"], isNumber: boolean]> = [
  ["Session", "start", false],
  ["Asked → answered", undefined, false],
  ["State", undefined, false],
  ["Time", "duration", true],
  ["Models", undefined, true],
  ["Tools", undefined, true],
  ["Errors", "errors", true],
  ["Tokens", "tokens", true],
  ["Cost", "cost", true]
]

const Heading = ({ query }: { readonly query: Query }) => (
  <tr>
    <th scope="col">
      <span class="hidden">Compare</span>
    </th>
    {columns.map(([label, sort, isNumber]) => {
      const isSorted = sort !== undefined && (query.sort ?? "start") === sort
      const ascending = isSorted && query.ascending === true
      return (
        <th
          key={label}
          scope="col"
          class={isNumber ? "n" : undefined}
          aria-sort={isSorted ? (ascending ? "ascending" : "descending") : undefined}
        >
          {sort === undefined ? label : (
            <a href={listHref({ ...query, sort, ascending: isSorted && !ascending })}>
              {label}
              {isSorted ? <span aria-hidden="true">{ascending ? " ↑" : " ↓"}</span> : null}
            </a>
          )}
        </th>
      )
    })}
  </tr>
)

const Row = ({ isPicked, isSelected, now, onPick, row }: {
  readonly row: SessionRow
  readonly now: number
  readonly isSelected: boolean
  readonly isPicked: boolean
  readonly onPick: () => void
}) => {
  const about = [time(row.start, now), row.userId, row.service, ...row.tags].filter(Boolean).join(" · ")
  return (
    <tr class={isSelected ? "sel" : undefined}>
      <td class="pick">
        <input
          type="checkbox"
          checked={isPicked}
          onChange={onPick}
          aria-label={`Compare ${row.name || row.traceId} of ${time(row.start, now)}`}
        />
      </td>
      <td>
        <a class="name" href={sessionHref(row.traceId)}>{row.name || "unnamed"}</a>
        <div class="sub">{about}</div>
      </td>
      <td class="talk">
        <div class="say">{row.input}</div>
        {row.state === "Fail" && row.error !== "" ? <div class="say bad">{row.error}</div> : (
          row.output === "" ? null : <div class="say">{`→ ${row.output.replace(/^→ /, "")}`}</div>
        )}
      </td>
      <td>
        <State row={row} />
        {row.reason === undefined ? null : <div class="sub say">{row.reason}</div>}
      </td>
      <td class="n">{duration(row.duration)}</td>
      <td class={row.llmCalls === 0 ? "n zero" : "n"}>{count(row.llmCalls)}</td>
      <td class={row.toolCalls === 0 ? "n zero" : "n"}>
        {count(row.toolCalls)}
        {row.failedTools > 0 ? <span class="bad" title="failed">{` ${row.failedTools} ✗`}</span> : null}
      </td>
      <td class={row.errors === 0 ? "n zero" : "n bad"}>{count(row.errors)}</td>
      <td class={hasTokens(row) ? "n" : "n zero"}>{tokens(row)}</td>
      <td
        class={row.cost > 0 ? "n" : "n zero"}
        title={row.unpricedCalls > 0 ? `${row.unpricedCalls} calls have no known price` : undefined}
      >
        {cost(row)}
      </td>
    </tr>
  )
}

const Nothing = ({ query }: { readonly query: Query }) =>
  Object.keys(query).length > 0
    ? (
      <Empty title="No session matches">
        <p>
          <a href={listHref({})}>Show all sessions</a>
        </p>
      </Empty>
    )
    : (
      <Empty title="No session yet">
        <p>
          A program that uses <code>AgentOpsLive</code>{" "}
          with nothing configured finds this page by itself. Any other sends OTLP over HTTP to
        </p>
        <Where />
        <p>Sessions appear here as they arrive.</p>
      </Empty>
    )

const Where = () => <pre tabIndex={0}>{`OTEL_EXPORTER_OTLP_ENDPOINT=http://${source.name}`}</pre>

export const SessionList = ({ query }: { readonly query: Query }) => {
  const [shown, setShown] = useState(defaultLimit)
  const [selected, setSelected] = useState(-1)
  const [picked, setPicked] = useState<ReadonlyArray<string>>([])
  const key = JSON.stringify([query, shown])
  const { error, isLoading, reload, value } = useLoaded(
    () => Promise.all([source.list({ ...query, limit: shown }), source.stats(query)]),
    key
  )
  const rows = value?.[0].rows ?? []
  const table = useRef<HTMLTableElement>(null)
  const pick = (traceId: string) =>
    setPicked((before) =>
      before.includes(traceId) ? before.filter((id) => id !== traceId) : [...before, traceId].slice(-2)
    )

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const move = event.key === "j" || event.key === "ArrowDown"
        ? 1
        : event.key === "k" || event.key === "ArrowUp"
        ? -1
        : 0
      if (move !== 0 && rows.length > 0) {
        event.preventDefault()
        const next = Math.max(0, Math.min(rows.length - 1, selected + move))
        setSelected(next)
        table.current?.tBodies[0]?.rows[next]?.scrollIntoView({ block: "nearest" })
      }
      const row = rows[selected]
      if (event.key === "Enter" && row !== undefined && !(event.target instanceof HTMLAnchorElement)) {
        go(sessionHref(row.traceId))
      }
      if (event.key === "x" && row !== undefined) pick(row.traceId)
      if (event.key === "c" && picked.length === 2) go(compareHref(picked[0]!, picked[1]!))
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [rows, selected, picked])

  const now = Date.now()
  if (error !== undefined && value === undefined) return <Problem error={error} retry={reload} />
  return (
    <main>
      <h1 class="hidden">Sessions</h1>
      {value === undefined ? null : <Charts stats={value[1]} now={now} />}
      {value === undefined ? null : <Models stats={value[1]} query={query} />}
      <Filters query={query} stats={value?.[1]} />
      {picked.length === 0 ? null : (
        <div class="note" role="status">
          {picked.length === 1 ?
            "One session is chosen. Choose another to compare them." :
            (
              <a href={compareHref(picked[0]!, picked[1]!)}>
                Compare the two sessions <kbd>c</kbd>
              </a>
            )}
        </div>
      )}
      {value !== undefined && rows.length === 0 ? <Nothing query={query} /> : (
        <div class="wrap">
          <div class="box scroll" tabIndex={0} role="region" aria-label="Sessions, newest first" aria-busy={isLoading}>
            <table ref={table} class="sessions">
              <thead>
                <Heading query={query} />
              </thead>
              <tbody>
                {rows.map((row, i) => (
                  <Row
                    key={row.traceId}
                    row={row}
                    now={now}
                    isSelected={i === selected}
                    isPicked={picked.includes(row.traceId)}
                    onPick={() => pick(row.traceId)}
                  />
                ))}
              </tbody>
            </table>
          </div>
          {value !== undefined && value[0].total > rows.length
            ? (
              <p class="more">
                {`${count(rows.length)} of ${count(value[0].total)} `}
                <button type="button" onClick={() => setShown(shown + defaultLimit)}>Show more</button>
              </p>
            )
            : null}
        </div>
      )}
    </main>
  )
}
