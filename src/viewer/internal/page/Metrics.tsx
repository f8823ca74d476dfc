/** The metrics that programs sent: the latest value of each series, and its history. */
import type { MetricSeries, Point } from "../../MetricSeries.ts"
import { compact, count } from "./format.ts"
import { Empty, Problem } from "./parts.tsx"
import { source } from "./source.ts"
import { useLoaded } from "./useLoaded.ts"

const width = 120
const height = 20

const Line = ({ points }: { readonly points: ReadonlyArray<Point> }) => {
  if (points.length < 2) return null
  const times = points.map(({ time }) => time)
  const values = points.map(({ value }) => value)
  const [first, last] = [times[0]!, times.at(-1)!]
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const at = ({ time, value }: Point) =>
    `${width * (time - first) / Math.max(1e-9, last - first)},${
      height - 2 - (height - 4) * (most === least ? 0.5 : (value - least) / (most - least))
    }`
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <g class="line c-m0">
        <polyline points={points.map(at).join(" ")} />
      </g>
    </svg>
  )
}

const number = (value: number | undefined): string =>
  value === undefined
    ? "–"
    : Number.isInteger(value)
    ? count(value)
    : Math.abs(value) >= 10_000
    ? compact(value)
    : String(Number(value.toPrecision(4)))

const mean = ({ count, sum }: MetricSeries): number | undefined =>
  count === undefined || count === 0 || sum === undefined ? undefined : sum / count

const unit = (series: MetricSeries): string => series.unit.replace(/[{}]/g, "")

const Row = ({ series }: { readonly series: MetricSeries }) => {
  const isNumber = series.type === "gauge" || series.type === "sum"
  return (
    <tr>
      <th scope="row" title={series.description}>
        {series.name}
        <div class="sub">{series.service}</div>
      </th>
      <td class="labels">
        {Object.entries(series.attributes).map(([key, value]) => (
          <span key={key} class="chip">{`${key} = ${typeof value === "string" ? value : JSON.stringify(value)}`}</span>
        ))}
      </td>
      <td class="n">{isNumber ? number(series.value) : `${number(mean(series))} mean`}</td>
      <td>{unit(series)}</td>
      <td class={isNumber ? "n zero" : "n"}>{isNumber ? "–" : number(series.count)}</td>
      <td class={series.min === undefined ? "n zero" : "n"}>
        {series.min === undefined ? "–" : `${number(series.min)} … ${number(series.max)}`}
      </td>
      <td>
        <Line points={series.points} />
      </td>
    </tr>
  )
}

export const Metrics = () => {
  const { error, isLoading, reload, value } = useLoaded(source.metrics, "metrics", (changed) => changed === "metrics")
  if (error !== undefined && value === undefined) return <Problem error={error} retry={reload} />
  if (value === undefined) return <main aria-busy={isLoading} />
  return (
    <main>
      <h1 class="hidden">Metrics</h1>
      {value.length === 0
        ? (
          <Empty title="No metric yet">
            <p>
              Programs send them over OTLP to this address, such as with <code>MetricExporter.otlp()</code>.
            </p>
          </Empty>
        )
        : (
          <div class="wrap top">
            <div class="box scroll" tabIndex={0} role="region" aria-label="Metrics">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Metric</th>
                    <th scope="col">Attributes</th>
                    <th scope="col" class="n">Latest</th>
                    <th scope="col">Unit</th>
                    <th scope="col" class="n">Count</th>
                    <th scope="col" class="n">Range</th>
                    <th scope="col">Course</th>
                  </tr>
                </thead>
                <tbody>{value.map((series) => <Row key={series.key} series={series} />)}</tbody>
              </table>
            </div>
          </div>
        )}
    </main>
  )
}
