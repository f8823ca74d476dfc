/**
 * Metrics for display: a series for each set of attributes, with its latest points.
 *
 * @since 0.1.0
 */
import type { MetricType, ReadPoint } from "../core/MetricPoint.ts"
import { plainAttributes, serviceOf, toMillis } from "./SpanView.ts"

/**
 * A point of a series: the value of a gauge or a sum, or the mean of a histogram or a summary.
 *
 * @category models
 * @since 0.1.0
 */
export interface Point {
  /** Milliseconds since the Unix epoch. */
  readonly time: number
  readonly value: number
}

/**
 * One series: a metric of a service, with one set of attributes.
 *
 * **Details**
 *
 * Sums and counts are cumulative, and delta points are added up. `count`, `sum`, `min` and `max` belong to histograms
 * and summaries. `points` are the latest points, the oldest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface MetricSeries {
  readonly key: string
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly type: MetricType
  readonly service: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number | undefined
  readonly count: number | undefined
  readonly sum: number | undefined
  readonly min: number | undefined
  readonly max: number | undefined
  readonly points: ReadonlyArray<Point>
}

const maxPoints = 60

/**
 * How many series are kept. Programs limit their own series, and nobody reads a page with more.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxSeries = 2_000

/**
 * The key of a series: its service, its name and its attributes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const keyOf = (point: ReadPoint): string =>
  JSON.stringify([
    serviceOf(point.resource.attributes),
    point.name,
    Object.entries(plainAttributes(point.attributes)).sort(([a], [b]) => a < b ? -1 : 1)
  ])

const finite = (value: number | undefined): number | undefined =>
  value === undefined || !Number.isFinite(value) ? undefined : value

/**
 * Adds a point to its series. A point that is not newer than the last one is ignored.
 *
 * @category folding
 * @since 0.1.0
 */
export const fold = (series: MetricSeries | undefined, point: ReadPoint): MetricSeries => {
  const time = toMillis(point.time)
  const last = series?.points.at(-1)
  if (series !== undefined && last !== undefined && time <= last.time) return series
  const before = point.isDelta ? series : undefined
  const added = (now: number | undefined, then: number | undefined) =>
    now === undefined ? then : finite(now)! + (then ?? 0)
  const value = point.value === undefined ? undefined : added(finite(point.value), before?.value)
  const count = added(finite(point.count), before?.count)
  const sum = added(finite(point.sum), before?.sum)
  const drawn = value ?? (count === undefined || count === 0 || sum === undefined ? count : sum / count)
  return {
    key: keyOf(point),
    name: point.name,
    description: point.description,
    unit: point.unit,
    type: point.type,
    service: serviceOf(point.resource.attributes),
    attributes: plainAttributes(point.attributes),
    value,
    count,
    sum,
    min: finite(point.min) ?? before?.min,
    max: finite(point.max) ?? before?.max,
    points: drawn === undefined
      ? series?.points ?? []
      : [...series?.points ?? [], { time, value: drawn }].slice(-maxPoints)
  }
}

/**
 * Series ordered by name.
 *
 * @category sorting
 * @since 0.1.0
 */
export const sorted = (all: Iterable<MetricSeries>): ReadonlyArray<MetricSeries> =>
  [...all].sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : a.key < b.key ? -1 : 1)
