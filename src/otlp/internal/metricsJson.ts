/**
 * Writes OTLP metric bodies as JSON.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @internal
 */
import type { Distribution, Exemplar, Metric, Point } from "../../core/MetricData.ts"
import type { Resource } from "../../core/SpanData.ts"
import { double, keyValues, stringify, toResource, toScope } from "./json.ts"
import { isInt64Number } from "./span.ts"
import { groupSpans } from "./spanGroups.ts"

const numberOf = (value: number, isInt: boolean) =>
  isInt && isInt64Number(value) ? { asInt: BigInt(value).toString() } : { asDouble: double(value) }

const exemplarsOf = (exemplars: ReadonlyArray<Exemplar> | undefined, isInt: boolean) =>
  exemplars === undefined ? {} : {
    exemplars: exemplars.map(({ spanId, time, traceId, value }) => ({
      timeUnixNano: time.toString(),
      ...numberOf(value, isInt),
      ...(traceId === "" ? {} : { spanId, traceId })
    }))
  }

const common = ({ attributes }: Point, { startTime, time }: Metric) => ({
  attributes: keyValues(attributes),
  startTimeUnixNano: startTime.toString(),
  timeUnixNano: time.toString()
})

const totals = ({ count, sum }: Distribution) => ({ count: String(count), sum: double(sum) })

const extremes = ({ count, max, min }: Distribution) =>
  count === 0 ? {} : {
    ...(min === undefined ? {} : { min: double(min) }),
    ...(max === undefined ? {} : { max: double(max) })
  }

const toPoint = (point: Point, metric: Metric) => {
  const { type, valueType } = metric
  const isInt = valueType === "int"
  const { distribution } = point
  const exemplars = exemplarsOf(point.exemplars, isInt)
  if (distribution === undefined) return { ...common(point, metric), ...numberOf(point.value, isInt), ...exemplars }
  const shared = { ...common(point, metric), ...totals(distribution) }
  if (type === "summary") {
    return {
      ...shared,
      quantileValues: (distribution.quantiles ?? []).map(([quantile, value]) => ({ quantile, value: double(value) }))
    }
  }
  const { boundaries, counts, exponential } = distribution
  return exponential === undefined
    ? {
      ...shared,
      bucketCounts: counts.map(String),
      explicitBounds: boundaries,
      ...exemplars,
      ...extremes(distribution)
    }
    : {
      ...shared,
      scale: exponential.scale,
      zeroCount: String(exponential.zeroCount),
      positive: { offset: exponential.offset, bucketCounts: exponential.counts.map(String) },
      ...exemplars,
      ...extremes(distribution)
    }
}

const toMetric = (metric: Metric) => {
  const dataPoints = metric.points.map((point) => toPoint(point, metric))
  const aggregationTemporality = metric.temporality === "delta" ? 1 : 2
  const { description, name, unit } = metric
  const head = { name, description, unit }
  switch (metric.type) {
    case "gauge":
      return { ...head, gauge: { dataPoints } }
    case "counter":
    case "sum":
      return { ...head, sum: { dataPoints, aggregationTemporality, isMonotonic: metric.type === "counter" } }
    case "histogram":
      return metric.points[0]?.distribution?.exponential === undefined
        ? { ...head, histogram: { dataPoints, aggregationTemporality } }
        : { ...head, exponentialHistogram: { dataPoints, aggregationTemporality } }
    case "summary":
      return { ...head, summary: { dataPoints } }
  }
}

/** Encodes a request. @internal */
export const encodeMetricsJson = (metrics: ReadonlyArray<Metric>, resource: Resource): string => {
  const groups = groupSpans(metrics.map((metric) => ({ metric, resource, scope: metric.scope })))
  return stringify({
    resourceMetrics: groups.map(({ resource, scopes }) => ({
      resource: toResource(resource),
      scopeMetrics: scopes.map(({ scope, spans }) => ({
        scope: toScope(scope),
        metrics: spans.map(({ metric }) => toMetric(metric)),
        schemaUrl: scope.schemaUrl
      })),
      schemaUrl: resource.schemaUrl
    }))
  })
}
