/**
 * Collected metrics as plain values, without OpenTelemetry's enums and tuples.
 *
 * @internal
 */
import type { MetricData, ResourceMetrics } from "@opentelemetry/sdk-metrics"
import { DataPointType } from "@opentelemetry/sdk-metrics"
import type { Attributes } from "../../../core/Attribute.ts"
import type { InstrumentationScope } from "../../../core/SpanData.ts"

/**
 * The values of a histogram's series.
 *
 * @category models
 * @since 0.1.0
 */
export interface Distribution {
  readonly count: number
  readonly sum: number
  readonly min: number | undefined
  readonly max: number | undefined
  readonly boundaries: ReadonlyArray<number>
  readonly counts: ReadonlyArray<number>
}

/**
 * One series of a metric: its attributes and its value.
 *
 * @category models
 * @since 0.1.0
 */
export type Point =
  & { readonly attributes: Attributes }
  & (
    | { readonly value: number; readonly distribution?: undefined }
    | { readonly value?: undefined; readonly distribution: Distribution }
  )

/**
 * A metric as a reader has collected it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Metric {
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly type: "counter" | "sum" | "gauge" | "histogram"
  readonly scope: InstrumentationScope
  readonly points: ReadonlyArray<Point>
}

const typeOf = (metric: MetricData): Metric["type"] => {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? "counter" : "sum"
    case DataPointType.GAUGE:
      return "gauge"
    default:
      return "histogram"
  }
}

const pointsOf = (metric: MetricData): ReadonlyArray<Point> => {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE:
      return metric.dataPoints.map(({ attributes, value }) => ({ attributes: attributes as Attributes, value }))
    case DataPointType.HISTOGRAM:
      return metric.dataPoints.map(({ attributes, value: { buckets, count, max, min, sum = 0 } }) => ({
        attributes: attributes as Attributes,
        distribution: { count, sum, min, max, boundaries: buckets.boundaries, counts: buckets.counts }
      }))
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      // Its buckets have no fixed bounds, and who reads plain values has not asked for it.
      return metric.dataPoints.map(({ attributes, value: { count, max, min, sum = 0 } }) => ({
        attributes: attributes as Attributes,
        distribution: { count, sum, min, max, boundaries: [], counts: [count] }
      }))
  }
}

/** @internal */
export const toMetrics = ({ scopeMetrics }: ResourceMetrics): ReadonlyArray<Metric> =>
  scopeMetrics.flatMap(({ metrics, scope }) =>
    metrics.map((metric) => ({
      name: metric.descriptor.name,
      unit: metric.descriptor.unit,
      description: metric.descriptor.description,
      type: typeOf(metric),
      scope: { name: scope.name, version: scope.version },
      points: pointsOf(metric)
    }))
  )
