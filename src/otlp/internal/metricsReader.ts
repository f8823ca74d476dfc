/**
 * Reads the points of OTLP metric requests from any sender, in protobuf and in JSON. It reads only what the viewer
 * shows of a point: its value, or its count, sum, minimum and maximum. A body that is not valid protobuf throws a
 * `RangeError`.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 * @internal
 */
import type { AttributeValue } from "../../core/Attribute.ts"
import type { MetricType, ReadPoint } from "../../core/MetricPoint.ts"
import { isRecord, type Json, nanos, readAttributes, readResource, records, text } from "./jsonReader.ts"
import { readKeyValue } from "./protobufReader.ts"
import { readGroups } from "./requestReader.ts"
import { Reader } from "./wireReader.ts"

type Numbers = Pick<ReadPoint, "value" | "count" | "sum" | "min" | "max">

const none: Numbers = { value: undefined, count: undefined, sum: undefined, min: undefined, max: undefined }

interface Fields {
  readonly attributes: number
  readonly min?: number
  readonly max?: number
}

// The field numbers in which the types of points differ.
const fieldsOf: Readonly<Record<number, readonly [type: MetricType, fields: Fields]>> = {
  5: ["gauge", { attributes: 7 }],
  7: ["sum", { attributes: 7 }],
  9: ["histogram", { attributes: 9, min: 11, max: 12 }],
  10: ["histogram", { attributes: 1, min: 12, max: 13 }],
  11: ["summary", { attributes: 7 }]
}

type Bare = Omit<ReadPoint, "name" | "description" | "unit" | "resource" | "isDelta">

const readPoint = (reader: Reader, type: MetricType, fields: Fields): Bare => {
  const attributes: Record<string, AttributeValue> = {}
  const numbers: { -readonly [K in keyof Numbers]: Numbers[K] } = { ...none }
  const isNumber = type === "gauge" || type === "sum"
  let time = 0n
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === fields.attributes) readKeyValue(reader.message(), attributes)
    else if (field === 3) time = reader.fixed64()
    else if (field === 4 && isNumber) numbers.value = reader.double()
    else if (field === 6 && isNumber) numbers.value = Number(BigInt.asIntN(64, reader.fixed64()))
    else if (field === 4) numbers.count = Number(reader.fixed64())
    else if (field === 5 && !isNumber) numbers.sum = reader.double()
    else if (field === fields.min) numbers.min = reader.double()
    else if (field === fields.max) numbers.max = reader.double()
    else reader.skip()
  }
  return { type, attributes, time, ...numbers }
}

const delta = 1

/** The points of an `ExportMetricsServiceRequest`. @internal */
export const readMetrics = (bytes: Uint8Array): Array<ReadPoint> => {
  const all: Array<ReadPoint> = []
  readGroups(bytes, (bytes, resource) => {
    const metric = new Reader(bytes)
    const about = { name: "", description: "", unit: "" }
    const points: Array<Bare> = []
    let temporality = 0
    for (let field = metric.next(); field !== 0; field = metric.next()) {
      const found = fieldsOf[field]
      if (field === 1) about.name = metric.text()
      else if (field === 2) about.description = metric.text()
      else if (field === 3) about.unit = metric.text()
      else if (found === undefined) metric.skip()
      else {
        const data = metric.message()
        for (let inner = data.next(); inner !== 0; inner = data.next()) {
          if (inner === 1) points.push(readPoint(data.message(), ...found))
          else if (inner === 2) temporality = data.uint()
          else data.skip()
        }
      }
    }
    for (const point of points) all.push({ ...point, ...about, resource, isDelta: temporality === delta })
  })
  return all
}

const numberIn = (value: unknown): number | undefined => {
  const number = typeof value === "string" && value !== "" ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : undefined
}

const types: ReadonlyArray<readonly [key: string, type: MetricType]> = [
  ["gauge", "gauge"],
  ["sum", "sum"],
  ["histogram", "histogram"],
  ["exponentialHistogram", "histogram"],
  ["summary", "summary"]
]

const readPointJson = (point: Json, type: MetricType): Bare => {
  const isNumber = type === "gauge" || type === "sum"
  return {
    type,
    attributes: readAttributes(point["attributes"]),
    time: nanos(point["timeUnixNano"]),
    value: isNumber ? numberIn(point["asInt"]) ?? numberIn(point["asDouble"]) : undefined,
    count: isNumber ? undefined : numberIn(point["count"]),
    sum: isNumber ? undefined : numberIn(point["sum"]),
    min: numberIn(point["min"]),
    max: numberIn(point["max"])
  }
}

/** Whether a value has the form of a metric request. @internal */
export const isMetricsJson = (value: unknown): boolean => isRecord(value) && Array.isArray(value["resourceMetrics"])

/** The points of a request or of one line of a file. @internal */
export const readMetricsJson = (value: unknown): Array<ReadPoint> =>
  records(isRecord(value) ? value["resourceMetrics"] : undefined).flatMap((group) => {
    const resource = readResource(group["resource"])
    const metrics = records(group["scopeMetrics"]).flatMap((scoped) => records(scoped["metrics"]))
    return metrics.flatMap((metric) =>
      types.flatMap(([key, type]) => {
        const data = metric[key]
        if (!isRecord(data)) return []
        const temporality = data["aggregationTemporality"]
        const isDelta = temporality === delta || temporality === "AGGREGATION_TEMPORALITY_DELTA"
        return records(data["dataPoints"]).map((point) => ({
          ...readPointJson(point, type),
          name: text(metric["name"]),
          description: text(metric["description"]),
          unit: text(metric["unit"]),
          resource,
          isDelta
        }))
      })
    )
  })
