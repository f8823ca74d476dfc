/** Charts of the listed sessions, over time and by model. */
import type { Bucket, Query, Stats } from "../../Query.ts"
import type { ModelTotals } from "../../SessionRow.ts"
import { compact, count, duration, money, percent, time } from "./format.ts"
import { listHref } from "./route.ts"

const width = 240
const height = 40

// More colours cannot be told apart, so further models share one.
const maxColors = 4

/** The sizes of a bucket: one for each model in the order of colours, and the rest last. */
type Parts = (bucket: Bucket) => ReadonlyArray<number>

const partsBy =
  (models: ReadonlyArray<ModelTotals>, total: (bucket: Bucket) => number, of: (m: ModelTotals) => number) =>
  (bucket: Bucket): ReadonlyArray<number> => {
    const named = models.slice(0, maxColors).map(({ model }) =>
      bucket.models.filter((totals) => totals.model === model).reduce((sum, totals) => sum + of(totals), 0)
    )
    const rest = total(bucket) - named.reduce((sum, n) => sum + n, 0)
    return [...named, Math.max(0, rest)]
  }

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, n) => total + n, 0)

const Bars = ({ buckets, colors, label, parts }: {
  readonly buckets: ReadonlyArray<Bucket>
  readonly parts: Parts
  readonly colors: ReadonlyArray<string>
  readonly label: (bucket: Bucket) => string
}) => {
  const most = Math.max(1e-12, ...buckets.map((bucket) => sum(parts(bucket))))
  const step = width / Math.max(1, buckets.length)
  return (
    <>
      {buckets.map((bucket, i) => {
        const sizes = parts(bucket)
        if (sum(sizes) === 0) return null
        let top = height
        return (
          <g key={i}>
            <title>{label(bucket)}</title>
            {sizes.map((size, j) => {
              const tall = size === 0 ? 0 : Math.max(1, (height - 2) * size / most)
              top -= tall
              return size === 0 ? null : (
                <rect
                  key={j}
                  x={i * step + 1}
                  y={top}
                  width={Math.max(1, step - 2)}
                  height={tall}
                  class={colors[j] ?? "c-rest"}
                />
              )
            })}
          </g>
        )
      })}
    </>
  )
}

/** A line for each model, through the buckets in which it was called. */
const Lines = ({ buckets, models }: {
  readonly buckets: ReadonlyArray<Bucket>
  readonly models: ReadonlyArray<ModelTotals>
}) => {
  const lines = models.slice(0, maxColors).map(({ model }) =>
    buckets.flatMap((bucket, i) =>
      bucket.models.filter((totals) => totals.model === model && totals.calls > 0)
        .map((totals) => [i, totals.time / totals.calls] as const)
    )
  )
  const most = Math.max(1e-12, ...lines.flat().map(([, mean]) => mean))
  const step = width / Math.max(1, buckets.length)
  const at = ([i, mean]: readonly [number, number]) =>
    [(i + 0.5) * step, height - 3 - (height - 8) * mean / most] as const
  return (
    <>
      {lines.map((points, j) => (
        <g key={j} class={`line c-m${j}`}>
          <polyline points={points.map((point) => at(point).join(",")).join(" ")} />
          {points.map((point) => {
            const [x, y] = at(point)
            // A line of zero length with round ends is a dot that keeps its shape when the chart is stretched.
            return (
              <path key={point[0]} d={`M${x} ${y}h0`}>
                <title>{`${models[j]!.model}: ${duration(point[1])}`}</title>
              </path>
            )
          })}
        </g>
      ))}
    </>
  )
}

const Tile = ({ buckets, children, isBad, more, name, now, value }: {
  readonly name: string
  readonly value: string
  readonly more: string
  readonly isBad?: boolean
  readonly buckets: ReadonlyArray<Bucket>
  readonly now: number
  readonly children: preact.ComponentChildren
}) => {
  const first = buckets[0]?.start ?? now
  const last = buckets.at(-1)?.start ?? now
  return (
    <div class="tile">
      <div class="l">{name}</div>
      <div class={isBad === true ? "v bad" : "v"}>
        {value}
        <span class="sub">{` ${more}`}</span>
      </div>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${name} over time`}>
        <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} class="axis" />
        {children}
      </svg>
      <div class="ends" aria-hidden="true">
        <span>{time(first, now)}</span>
        <span>{last === first ? "" : time(last, now)}</span>
      </div>
    </div>
  )
}

const modelColors = [...Array.from({ length: maxColors }, (_, i) => `c-m${i}`), "c-rest"]

export const Charts = ({ now, stats }: { readonly stats: Stats; readonly now: number }) => {
  const { buckets, models } = stats
  const at = (bucket: Bucket) => time(bucket.start, now)
  const common = { buckets, now }
  return (
    <section class="tiles" aria-label="Totals">
      <Tile
        {...common}
        name="Sessions"
        value={count(stats.sessions)}
        more={stats.running > 0 ? `${stats.running} running` : ""}
      >
        <Bars
          buckets={buckets}
          colors={["c-err", "c-plain"]}
          parts={(b) => [b.failed, b.sessions - b.failed]}
          label={(b) => `${at(b)}: ${b.sessions} sessions, ${b.failed} failed`}
        />
      </Tile>
      <Tile
        {...common}
        name="Cost"
        value={money(stats.cost)}
        more={stats.sessions > 1 ? `${money(stats.cost / stats.sessions)} each` : ""}
      >
        <Bars
          buckets={buckets}
          colors={modelColors}
          parts={partsBy(models, (b) => b.cost, (m) => m.cost)}
          label={(b) => `${at(b)}: ${money(b.cost)}`}
        />
      </Tile>
      <Tile {...common} name="Tokens" value={compact(stats.tokens)} more={`${compact(stats.llmCalls)} calls`}>
        <Bars
          buckets={buckets}
          colors={modelColors}
          parts={partsBy(models, (b) => b.tokens, (m) => m.inputTokens + m.outputTokens)}
          label={(b) => `${at(b)}: ${count(b.tokens)} tokens`}
        />
      </Tile>
      <Tile
        {...common}
        name="Model latency, p50 / p95"
        value={duration(stats.latency.p50)}
        more={`/ ${duration(stats.latency.p95)}`}
      >
        <Lines buckets={buckets} models={models} />
      </Tile>
      <Tile
        {...common}
        name="Errors"
        value={count(stats.errors)}
        isBad={stats.errors > 0}
        more={`${percent(stats.failed, stats.sessions)} of sessions failed`}
      >
        <Bars
          buckets={buckets}
          colors={["c-err"]}
          parts={(b) => [b.errors]}
          label={(b) => `${at(b)}: ${b.errors} errors`}
        />
      </Tile>
    </section>
  )
}

/** A number with a bar that shows its share of the largest value. */
const Share = ({ children, color, of, most }: {
  readonly of: number
  readonly most: number
  readonly color: string
  readonly children: string
}) => (
  <td class="n">
    <span class="share" aria-hidden="true">
      <i class={color} style={{ width: `${most === 0 ? 0 : 100 * of / most}%` }} />
    </span>
    <span class={of === 0 ? "zero" : undefined}>{children}</span>
  </td>
)

export const Models = ({ query, stats }: { readonly stats: Stats; readonly query: Query }) => {
  const { models } = stats
  if (models.length === 0) return null
  const most = (of: (totals: ModelTotals) => number) => Math.max(0, ...models.map(of))
  const mean = (totals: ModelTotals) => totals.calls === 0 ? 0 : totals.time / totals.calls
  const tokens = (totals: ModelTotals) => totals.inputTokens + totals.outputTokens
  return (
    <details class="models" open={models.length <= maxColors}>
      <summary>{`By model (${models.length})`}</summary>
      <div class="box scroll" tabIndex={0} role="region" aria-label="By model">
        <table>
          <caption class="hidden">What each model came to</caption>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" class="n">Calls</th>
              <th scope="col" class="n">Cost</th>
              <th scope="col" class="n">Tokens</th>
              <th scope="col" class="n">Mean time</th>
              <th scope="col" class="n">Errors</th>
            </tr>
          </thead>
          <tbody>
            {models.map((totals, i) => {
              const color = i < maxColors ? `b-m${i}` : "b-rest"
              return (
                <tr key={totals.model}>
                  <th scope="row">
                    <i class={`swatch ${color}`} aria-hidden="true" />
                    <a href={listHref({ ...query, model: totals.model })}>{totals.model}</a>
                  </th>
                  <td class="n">{count(totals.calls)}</td>
                  <Share of={totals.cost} most={most((m) => m.cost)} color={color}>
                    {totals.cost === 0 ? "–" : money(totals.cost)}
                  </Share>
                  <Share of={tokens(totals)} most={most(tokens)} color={color}>
                    {tokens(totals) === 0 ? "–" : count(tokens(totals))}
                  </Share>
                  <Share of={mean(totals)} most={most(mean)} color={color}>{duration(mean(totals))}</Share>
                  <Share of={totals.errors} most={most((m) => m.errors)} color="b-bad">{count(totals.errors)}</Share>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </details>
  )
}
