/**
 * Formats metrics for people: a line for each series.
 *
 * @internal
 */
import type { Metric, Point } from "../../../core/MetricData.ts"
import { printable } from "../backend/printable.ts"

const round = (value: number): string => String(Number(value.toPrecision(6)))

const valueOf = ({ unit }: Metric, point: Point): string => {
  const word = unit === "1" ? "" : ` ${unit.replace(/^\{(.*)\}$/, "$1")}`
  if (point.distribution === undefined) return `${round(point.value)}${word}`
  const { count, max, min, sum } = point.distribution
  const range = min === undefined || max === undefined ? "" : `, ${round(min)} to ${round(max)}`
  return `${count} × ${count === 0 ? 0 : round(sum / count)}${word}${range}`
}

const attributesOf = ({ attributes }: Point): string =>
  Object.entries(attributes).map(([name, value]) => `${name}=${printable(String(value))}`).join(" ")

/** @internal */
export const formatMetrics = (metrics: ReadonlyArray<Metric>): string =>
  metrics.flatMap((metric) =>
    metric.points.map((point) => `${metric.name}  ${valueOf(metric, point)}  ${attributesOf(point)}`.trimEnd())
  ).join("\n")
