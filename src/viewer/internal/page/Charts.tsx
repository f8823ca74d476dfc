/** Four small charts over the sessions that are listed, and what each model came to. */
import type { Bucket, Stats } from "../../Query.ts"
import { clock, count, duration, money, percent } from "./format.ts"

const width = 240
const height = 32

const Bars = ({ color, label, of, buckets }: {
  readonly buckets: ReadonlyArray<Bucket>
  readonly of: (bucket: Bucket) => number
  readonly color: string
  readonly label: (bucket: Bucket) => string
}) => {
  const most = Math.max(1e-12, ...buckets.map(of))
  const step = width / Math.max(1, buckets.length)
  return (
    <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {buckets.map((bucket, i) => {
        const size = of(bucket) === 0 ? 0 : Math.max(1.5, height * of(bucket) / most)
        return (
          <rect x={i * step + 1} y={height - size} width={Math.max(1, step - 2)} height={size} class={color}>
            <title>{`${clock(bucket.start)} · ${label(bucket)}`}</title>
          </rect>
        )
      })}
      <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} class="axis" />
    </svg>
  )
}

export const Charts = ({ stats }: { readonly stats: Stats }) => (
  <section class="tiles" aria-label="Totals">
    <div class="tile">
      <div class="l">Sessions</div>
      <div class="v">
        {count(stats.sessions)}
        {stats.running > 0 ? <span class="sub">{` ${stats.running} running`}</span> : null}
      </div>
      <Bars buckets={stats.buckets} of={(b) => b.sessions} color="c-plain" label={(b) => `${b.sessions} sessions`} />
    </div>
    <div class="tile">
      <div class="l">Cost</div>
      <div class="v">
        {money(stats.cost)}
        <span class="sub">{` ${count(stats.tokens)} tokens`}</span>
      </div>
      <Bars buckets={stats.buckets} of={(b) => b.cost} color="c-llm" label={(b) => money(b.cost)} />
    </div>
    <div class="tile">
      <div class="l">Model latency, p50 / p95</div>
      <div class="v">
        {duration(stats.latency.p50)}
        <span class="sub">{` / ${duration(stats.latency.p95)}`}</span>
      </div>
      <Bars buckets={stats.buckets} of={(b) => b.latency} color="c-plain" label={(b) => duration(b.latency)} />
    </div>
    <div class="tile">
      <div class="l">Failed</div>
      <div class={stats.failed > 0 ? "v bad" : "v"}>
        {count(stats.failed)}
        <span class="sub">{` ${percent(stats.failed, stats.sessions)}`}</span>
      </div>
      <Bars buckets={stats.buckets} of={(b) => b.failed} color="c-err" label={(b) => `${b.failed} failed`} />
    </div>
  </section>
)

export const Models = ({ stats }: { readonly stats: Stats }) =>
  stats.models.length === 0 ? null : (
    <details class="models">
      <summary>{`By model (${stats.models.length})`}</summary>
      <div class="scroll">
        <table>
          <caption class="hidden">What each model came to</caption>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" class="n">Calls</th>
              <th scope="col" class="n">Errors</th>
              <th scope="col" class="n">Tokens</th>
              <th scope="col" class="n">Mean time</th>
              <th scope="col" class="n">Cost</th>
            </tr>
          </thead>
          <tbody>
            {stats.models.map((totals) => (
              <tr key={totals.model}>
                <th scope="row">{totals.model}</th>
                <td class="n">{count(totals.calls)}</td>
                <td class={totals.errors > 0 ? "n bad" : "n zero"}>{count(totals.errors)}</td>
                <td class="n">{`${count(totals.inputTokens)} → ${count(totals.outputTokens)}`}</td>
                <td class="n">{duration(totals.time / totals.calls)}</td>
                <td class="n">{money(totals.cost)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
