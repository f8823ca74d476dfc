/** One session: its facts, its steps over time, and the conversation beside them. */
import { useEffect, useMemo, useState } from "preact/hooks"
import type { SessionRow } from "../../SessionRow.ts"
import type { Node } from "../../Tree.ts"
import * as Tree from "../../Tree.ts"
import { Conversation } from "./Conversation.tsx"
import { clock, cost, count, day, duration, tokens } from "./format.ts"
import { Empty, Problem, State } from "./parts.tsx"
import { go, listHref, sessionHref } from "./route.ts"
import { source } from "./source.ts"
import { SpanConventions } from "./SpanConventions.tsx"
import { LogList, SpanFacts, SpanRaw } from "./SpanDetail.tsx"
import { useLoaded } from "./useLoaded.ts"
import { Waterfall } from "./Waterfall.tsx"

const Fact = ({ children, label }: { readonly label: string; readonly children: preact.ComponentChildren }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
)

const Facts = ({ row }: { readonly row: SessionRow }) => (
  <dl class="facts">
    <Fact label="State">
      <State row={row} />
    </Fact>
    <Fact label="Time">{duration(row.duration)}</Fact>
    <Fact label="Models">{`${count(row.llmCalls)} · ${duration(row.modelTime)}`}</Fact>
    <Fact label="Tools">{count(row.toolCalls)}</Fact>
    <Fact label="Cost">{cost(row)}</Fact>
    <Fact label="Tokens">
      {tokens(row)}
      {row.cachedTokens > 0 ? <span class="sub">{` ${count(row.cachedTokens)} cached`}</span> : null}
    </Fact>
    <Fact label="Errors">
      {row.errors === 0 ? "none" : `${count(row.errors)}${row.state === "Success" ? ", recovered" : ""}`}
    </Fact>
    {row.reason === undefined ? null : <Fact label="Outcome">{row.reason}</Fact>}
  </dl>
)

const Head = ({ row }: { readonly row: SessionRow }) => (
  <div class="head">
    <h1>{row.name || "unnamed"}</h1>
    <span class="sub">
      {[`${day(row.start)} ${clock(row.start)}`, row.userId, row.services.join(" + "), ...row.tags].filter(Boolean)
        .join(" · ")}
    </span>
    <span class="grow" />
    <code title="Trace id">{row.traceId}</code>
  </div>
)

const tabs = ["Conversation", "Step", "Logs", "Raw", "Conventions"] as const

type Tab = typeof tabs[number]

const find = (nodes: ReadonlyArray<Node>, spanId: string | undefined): Node | undefined => {
  if (spanId === undefined) return undefined
  return Tree.flatten(nodes).find(({ node }) =>
    node.span.spanId === spanId || node.attempts.some((attempt) => attempt.spanId === spanId)
  )?.node
}

export const SessionPage = ({ spanId, traceId }: { readonly traceId: string; readonly spanId: string | undefined }) => {
  const { error, reload, value } = useLoaded(() => source.session(traceId), traceId, (changed) => changed === traceId)
  const nodes = useMemo(() => value === undefined ? [] : Tree.make(value.spans), [value])
  const selected = find(nodes, spanId)
  const [tab, setTab] = useState<Tab>(spanId === undefined ? "Conversation" : "Step")

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return
      const number = Number(event.key)
      if (number >= 1 && number <= tabs.length) setTab(tabs[number - 1]!)
      if (event.key === "Escape") go(listHref({}))
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [])

  if (error !== undefined && value === undefined) return <Problem error={error} retry={reload} />
  if (value === undefined) {
    return (
      <main aria-busy="true">
        <Empty title="There is no such session here">
          <p>It may not have arrived yet; then it appears here when it does. Or it was removed to make room.</p>
          <p>
            <a href={listHref({})}>All sessions</a>
          </p>
        </Empty>
      </main>
    )
  }
  const select = (id: string) => {
    go(sessionHref(traceId, id), { replace: true })
    if (tab === "Conversation" || tab === "Logs") setTab("Step")
  }
  const start = value.row.start
  return (
    <main class="session">
      <Head row={value.row} />
      <Facts row={value.row} />
      <div class="split">
        <Waterfall nodes={nodes} selected={selected?.span.spanId} onSelect={select} />
        <div class="side">
          <div class="tabs" role="tablist" aria-label="About this session">
            {tabs.map((name, i) => (
              <button
                key={name}
                type="button"
                role="tab"
                id={`tab-${name}`}
                aria-controls="pane"
                aria-selected={tab === name}
                onClick={() => setTab(name)}
                title={`${name} (${i + 1})`}
              >
                {name}
                {name === "Logs" && value.logs.length > 0 ? ` ${count(value.logs.length)}` : ""}
              </button>
            ))}
          </div>
          <div class="pane" id="pane" role="tabpanel" tabIndex={0} aria-labelledby={`tab-${tab}`}>
            {tab === "Conversation" ? <Conversation nodes={nodes} onSelect={select} /> : null}
            {tab === "Logs"
              ? value.logs.length === 0
                ? (
                  <Empty title="No log record">
                    <p>Log records that a program sends from within a span appear here.</p>
                  </Empty>
                )
                : <LogList logs={value.logs} start={start} />
              : null}
            {tab === "Step" || tab === "Raw" || tab === "Conventions"
              ? selected === undefined
                ? (
                  <Empty title="No step is chosen">
                    <p>Choose one on the left.</p>
                  </Empty>
                )
                : tab === "Step"
                ? <SpanFacts node={selected} logs={value.logs} />
                : tab === "Raw"
                ? <SpanRaw node={selected} />
                : <SpanConventions traceId={traceId} node={selected} />
              : null}
          </div>
        </div>
      </div>
    </main>
  )
}
