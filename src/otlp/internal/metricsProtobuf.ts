/**
 * Writes OTLP metric bodies as protobuf: `ExportMetricsServiceRequest` of opentelemetry/proto v1.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 * @internal
 */
import type { Distribution, Exemplar, Metric, Point } from "../../core/MetricData.ts"
import type { Resource } from "../../core/SpanData.ts"
import { writeKeyValues, writer, writeResource, writeScope, writeText } from "./protobuf.ts"
import { isInt64Number } from "./span.ts"
import { groupSpans } from "./spanGroups.ts"

const varint = (field: number) => field << 3
const fixed64 = (field: number) => field << 3 | 1
const bytes = (field: number) => field << 3 | 2

const message = (field: number, write: () => void): void => {
  const start = writer.open(bytes(field), 0)
  write()
  writer.close(start, 0)
}

const packed = (
  field: number,
  values: ReadonlyArray<number>,
  put: (view: DataView, at: number, value: number) => void
) => {
  if (values.length === 0) return
  const view = new DataView(new ArrayBuffer(values.length * 8))
  for (let i = 0; i < values.length; i++) put(view, i * 8, values[i]!)
  writer.raw(bytes(field), new Uint8Array(view.buffer))
}

const packedDoubles = (field: number, values: ReadonlyArray<number>) =>
  packed(field, values, (view, at, value) => view.setFloat64(at, value, true))

const packedCounts = (field: number, values: ReadonlyArray<number>) =>
  packed(field, values, (view, at, value) => view.setBigUint64(at, BigInt(value), true))

const packedVarints = (field: number, values: ReadonlyArray<number>): void => {
  if (values.length === 0) return
  const start = writer.open(bytes(field), values.length)
  for (const value of values) writer.varint(value)
  writer.close(start, values.length)
}

/** The varint of an sint32, whose lowest bit is the sign. */
const zigzag = (value: number): number => value < 0 ? -2 * value - 1 : 2 * value

/** A whole number is written as an integer only if its instrument has the type `int`. */
const writeNumber = (asInt: number, asDouble: number, value: number, isInt: boolean): void =>
  isInt && isInt64Number(value)
    ? writer.fixed64(fixed64(asInt), BigInt(value))
    : writer.double(fixed64(asDouble), value)

const writeExemplars = (field: number, exemplars: ReadonlyArray<Exemplar> | undefined, isInt: boolean): void => {
  for (const exemplar of exemplars ?? []) {
    message(field, () => {
      writer.fixed64(fixed64(2), exemplar.time)
      writeNumber(6, 3, exemplar.value, isInt)
      if (exemplar.traceId === "") return
      writer.hex(bytes(4), exemplar.spanId)
      writer.hex(bytes(5), exemplar.traceId)
    })
  }
}

const writeTimes = ({ startTime, time }: Metric): void => {
  writer.fixed64(fixed64(2), startTime)
  writer.fixed64(fixed64(3), time)
}

const writeTotals = ({ count, sum }: Distribution): void => {
  writer.fixed64(fixed64(4), BigInt(count))
  writer.double(fixed64(5), sum)
}

const writeExtremes = (min: number, max: number, distribution: Distribution): void => {
  if (distribution.count === 0) return
  if (distribution.min !== undefined) writer.double(fixed64(min), distribution.min)
  if (distribution.max !== undefined) writer.double(fixed64(max), distribution.max)
}

const writeNumberPoint = (metric: Metric, point: Point, value: number, isInt: boolean): void => {
  writeKeyValues(bytes(7), point.attributes)
  writeTimes(metric)
  writeNumber(6, 4, value, isInt)
  writeExemplars(5, point.exemplars, isInt)
}

const writeHistogramPoint = (metric: Metric, point: Point, distribution: Distribution, isInt: boolean): void => {
  writeKeyValues(bytes(9), point.attributes)
  writeTimes(metric)
  writeTotals(distribution)
  packedCounts(6, distribution.counts)
  packedDoubles(7, distribution.boundaries)
  writeExemplars(8, point.exemplars, isInt)
  writeExtremes(11, 12, distribution)
}

const writeExponentialPoint = (metric: Metric, point: Point, distribution: Distribution, isInt: boolean): void => {
  const { counts, offset, scale, zeroCount } = distribution.exponential!
  writeKeyValues(bytes(1), point.attributes)
  writeTimes(metric)
  writeTotals(distribution)
  writer.uint(varint(6), zigzag(scale))
  writer.fixed64(fixed64(7), BigInt(zeroCount))
  message(8, () => {
    writer.uint(varint(1), zigzag(offset))
    packedVarints(2, counts)
  })
  writeExemplars(11, point.exemplars, isInt)
  writeExtremes(12, 13, distribution)
}

const writeSummaryPoint = (metric: Metric, point: Point, distribution: Distribution): void => {
  writeKeyValues(bytes(7), point.attributes)
  writeTimes(metric)
  writeTotals(distribution)
  for (const [quantile, value] of distribution.quantiles ?? []) {
    message(6, () => {
      writer.double(fixed64(1), quantile)
      writer.double(fixed64(2), value)
    })
  }
}

const writePoints = (metric: Metric): void => {
  const isInt = metric.valueType === "int"
  for (const point of metric.points) {
    message(1, () => {
      const { distribution } = point
      if (distribution === undefined) writeNumberPoint(metric, point, point.value, isInt)
      else if (metric.type === "summary") writeSummaryPoint(metric, point, distribution)
      else if (distribution.exponential === undefined) writeHistogramPoint(metric, point, distribution, isInt)
      else writeExponentialPoint(metric, point, distribution, isInt)
    })
  }
}

const isExponential = ({ points }: Metric): boolean => points[0]?.distribution?.exponential !== undefined

const writeMetric = (metric: Metric): void => {
  const temporality = metric.temporality === "delta" ? 1 : 2
  writer.string(bytes(1), metric.name)
  writeText(bytes(2), metric.description)
  writeText(bytes(3), metric.unit)
  switch (metric.type) {
    case "gauge":
      return message(5, () => writePoints(metric))
    case "counter":
    case "sum":
      return message(7, () => {
        writePoints(metric)
        writer.uint(varint(2), temporality)
        writer.uint(varint(3), metric.type === "counter" ? 1 : 0)
      })
    case "histogram":
      return message(isExponential(metric) ? 10 : 9, () => {
        writePoints(metric)
        writer.uint(varint(2), temporality)
      })
    case "summary":
      return message(11, () => writePoints(metric))
  }
}

/** Encodes a request. @internal */
export const encodeMetrics = (metrics: ReadonlyArray<Metric>, resource: Resource): Uint8Array => {
  writer.reset()
  const [group] = groupSpans(metrics.map((metric) => ({ metric, resource, scope: metric.scope })))
  if (group !== undefined) {
    message(1, () => {
      writeResource(resource)
      for (const { scope, spans } of group.scopes) {
        message(2, () => {
          writeScope(scope)
          for (const { metric } of spans) message(2, () => writeMetric(metric))
          writeText(bytes(3), scope.schemaUrl)
        })
      }
      writeText(bytes(3), resource.schemaUrl)
    })
  }
  return writer.finish()
}
