/** Two sessions side by side, with the first difference named. */
import * as TextDiff from "effect/TextDiff"
import { useEffect, useMemo, useState } from "preact/hooks"
import * as Diff from "../../Diff.ts"
import type { SessionRow } from "../../SessionRow.ts"
import type { SpanView } from "../../SpanView.ts"
import type { Step } from "../../Tree.ts"
import * as Tree from "../../Tree.ts"
import { clock, cost, count, duration, money, signed, tokens } from "./format.ts"
import { Badge, Empty, Problem, stateName } from "./parts.tsx"
import { sessionHref } from "./route.ts"
import { source } from "./source.ts"
import { useLoaded } from "./useLoaded.ts"

const Cell = ({ side, step }: { readonly step: Step | undefined; readonly side: "left" | "right" }) =>
  step === undefined ?
    (
      <td class="gap" colSpan={3}>
        <span class="hidden">nothing</span>
      </td>
    ) :
    (
      <>
        <td class={`cell ${side}`}>
          <span class="t" style={{ paddingLeft: `${Math.min(step.depth, 16) * 12}px` }}>
            <Badge category={step.node.span.category} />
            <span class={step.node.span.state === "failed" ? "x bad" : "x"}>
              {Tree.labelOf(step.node)}
              {step.node.span.state === "failed" ? " ✗" : ""}
            </span>
          </span>
        </td>
        <td class="n">{duration(step.node.span.duration)}</td>
        <td class={step.node.span.cost === undefined ? "n zero" : "n"}>
          {step.node.span.cost === undefined ? "–" : money(step.node.span.cost)}
        </td>
      </>
    )

const maxWords = 4_000

const words = (text: string): ReadonlyArray<string> => text.split(/(?<=\s)/).slice(0, maxWords)

/** The difference of two texts, with deletions and insertions. */
const TextChange = (
  { left, right, title }: { readonly title: string; readonly left: string; readonly right: string }
) => {
  if (left === right) return null
  const edits = TextDiff.diff(words(left), words(right))
  return (
    <section>
      <h2>{title}</h2>
      <div class="text change">
        {edits.map((edit, i) =>
          edit._tag === "Equal" ?
            <span key={i}>{edit.items.join("")}</span>
            : edit._tag === "Delete" ?
            <del key={i}>{edit.items.join("")}</del>
            : <ins key={i}>{edit.items.join("")}</ins>
        )}
      </div>
    </section>
  )
}

const text = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2)

const inputOf = (span: SpanView | undefined, role: "system" | "user"): string =>
  (span?.inputMessages ?? []).filter((message) => message.role === role)
    .flatMap(({ parts }) => parts.map((part) => part.type === "text" && "content" in part ? String(part.content) : ""))
    .join("\n")

const answer = (span: SpanView | undefined): string =>
  (span?.outputMessages ?? []).flatMap(({ parts }) =>
    parts.map((part) =>
      part.type === "text" && "content" in part ? String(part.content) : text({ ...part, id: undefined })
    )
  ).join("\n")

const Changes = ({ line }: { readonly line: Diff.Line }) => {
  const left = line.left?.node.span
  const right = line.right?.node.span
  return (
    <div class="changes">
      <TextChange title="System prompt" left={inputOf(left, "system")} right={inputOf(right, "system")} />
      <TextChange title="Asked" left={inputOf(left, "user")} right={inputOf(right, "user")} />
      <TextChange title="Answered" left={answer(left)} right={answer(right)} />
      <TextChange title="Input" left={text(left?.input)} right={text(right?.input)} />
      <TextChange title="Output" left={text(left?.output)} right={text(right?.output)} />
      <TextChange title="Error" left={left?.errorMessage ?? ""} right={right?.errorMessage ?? ""} />
    </div>
  )
}

const Total = ({ by, label, left, right }: {
  readonly label: string
  readonly left: string
  readonly right: string
  readonly by?: string
}) => (
  <div>
    <dt>{label}</dt>
    <dd>
      {left === right ? left : `${left} → ${right}`}
      {by === undefined || by === "±0" ? null : <span class="sub">{` ${by}`}</span>}
    </dd>
  </div>
)

const Totals = ({ left, right }: { readonly left: SessionRow; readonly right: SessionRow }) => {
  const by = Diff.totals(left, right)
  return (
    <dl class="facts">
      <Total label="State" left={stateName(left.state)} right={stateName(right.state)} />
      <Total
        label="Time"
        left={duration(left.duration)}
        right={duration(right.duration)}
        by={signed(by.duration, duration)}
      />
      <Total label="Cost" left={cost(left)} right={cost(right)} by={signed(by.cost, money)} />
      <Total label="Tokens" left={tokens(left)} right={tokens(right)} by={signed(by.tokens, count)} />
      <Total label="Models" left={count(left.llmCalls)} right={count(right.llmCalls)} />
      <Total label="Tools" left={count(left.toolCalls)} right={count(right.toolCalls)} />
      <Total label="Errors" left={count(left.errors)} right={count(right.errors)} />
    </dl>
  )
}

export const Compare = ({ left, right }: { readonly left: string; readonly right: string }) => {
  const { error, isLoading, reload, value } = useLoaded(
    () => Promise.all([source.session(left), source.session(right)]),
    `${left} ${right}`,
    (changed) => changed === left || changed === right
  )
  const [a, b] = value ?? []
  const diff = useMemo(
    () => a === undefined || b === undefined ? undefined : Diff.make(Tree.make(a.spans), Tree.make(b.spans)),
    [a, b]
  )
  const [at, setAt] = useState<number | undefined>(undefined)
  const current = at ?? diff?.first ?? -1

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "n" || diff === undefined || event.target instanceof HTMLInputElement) return
      const next = diff.lines.findIndex(({ change }, i) => i > current && change !== "same")
      setAt(next === -1 ? diff.first : next)
      document.getElementById(`line-${next === -1 ? diff.first : next}`)?.scrollIntoView({ block: "center" })
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [diff, current])

  if (error !== undefined && value === undefined) return <Problem error={error} retry={reload} />
  if (isLoading) return <main aria-busy="true" />
  if (a === undefined || b === undefined || diff === undefined) {
    return (
      <main>
        <Empty title="One of the two sessions is not here">
          <p>
            <a href="#/">All sessions</a>
          </p>
        </Empty>
      </main>
    )
  }
  const line = diff.lines[current]
  return (
    <main>
      <h1 class="hidden">Comparison</h1>
      <div class="note">
        {diff.first === -1 ? "The two runs did the same." : (
          <>
            First difference, <b>{diff.summary}</b>. <kbd>n</kbd> next
          </>
        )}
      </div>
      <Totals left={a.row} right={b.row} />
      <div class="wrap">
        <div class="box scroll" tabIndex={0} role="region" aria-label="Steps side by side">
          <table class="compare">
            <thead>
              <tr>
                {[a, b].map(({ row }) => (
                  <>
                    <th scope="col">
                      <a href={sessionHref(row.traceId)}>{`${row.name} ${clock(row.start)}`}</a>
                    </th>
                    <th scope="col" class="n">time</th>
                    <th scope="col" class="n">cost</th>
                  </>
                ))}
              </tr>
            </thead>
            <tbody>
              {diff.lines.map((entry, i) => (
                <tr
                  key={i}
                  id={`line-${i}`}
                  class={`${entry.change}${i === current ? " sel" : ""}`}
                  onClick={() => setAt(i)}
                >
                  <Cell side="left" step={entry.left} />
                  <Cell side="right" step={entry.right} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
      {line === undefined ? null : (
        <div class="pane">
          <Changes line={line} />
        </div>
      )}
    </main>
  )
}
