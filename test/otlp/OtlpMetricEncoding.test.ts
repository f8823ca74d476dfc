import { assert, describe, it } from "@effect/vitest"
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer"
import { resourceFromAttributes } from "@opentelemetry/resources"
import type { MetricData as OtelMetric, ResourceMetrics } from "@opentelemetry/sdk-metrics"
import { AggregationTemporality, DataPointType, InstrumentType } from "@opentelemetry/sdk-metrics"
import type { Metric } from "../../src/core/MetricData.ts"
import { encodeMetricsJson } from "../../src/otlp/internal/metricsJson.ts"
import { encodeMetrics } from "../../src/otlp/internal/metricsProtobuf.ts"
import { metrics } from "../support/otlp/arbitraryMetrics.ts"
import { decodeJson, decodeProtobuf } from "../support/otlp/wire.ts"

const resource = { attributes: { "service.name": "test", "host.cpus": 8 } }
const request = "ExportMetricsServiceRequest"

describe("OTLP metrics", () => {
  it.prop("protobuf and JSON agree for any metrics", { metrics }, ({ metrics }) => {
    const json = decodeJson(encodeMetricsJson(metrics, resource), request)
    assert.deepStrictEqual(decodeProtobuf(encodeMetrics(metrics, resource), request), json)
  }, { arbitrary: { runs: 200 } })

  it("both equal the output of OpenTelemetry's own serializers for the same metrics", () => {
    const scope = { name: "effect-agentops", version: "0.1.0" }
    const common = { description: "d", valueType: "double", startTime: 1_000_000_001n, time: 2_000_000_002n, scope }
    const at = { attributes: { page: "a", n: 1 } }
    const distribution = { count: 4, sum: 56.5, min: 0.5, max: 50, boundaries: [1, 10], counts: [2, 1, 1] }
    const buckets = { scale: -2, zeroCount: 1, offset: -3, counts: [1, 0, 2] }
    const metrics = [
      {
        ...common,
        valueType: "int",
        name: "c",
        unit: "{visit}",
        type: "counter",
        temporality: "delta",
        points: [{ ...at, value: 7 }]
      },
      { ...common, name: "g", unit: "1", type: "gauge", temporality: "cumulative", points: [{ ...at, value: 1 }] },
      {
        ...common,
        name: "h",
        unit: "s",
        type: "histogram",
        temporality: "cumulative",
        points: [{ ...at, distribution }]
      },
      {
        ...common,
        name: "e",
        unit: "s",
        type: "histogram",
        temporality: "cumulative",
        points: [{ ...at, distribution: { ...distribution, boundaries: [], counts: [], exponential: buckets } }]
      }
    ] as unknown as ReadonlyArray<Metric>
    const point = { ...at, startTime: [1, 1] as [number, number], endTime: [2, 2] as [number, number] }
    const { count, max, min, sum } = distribution
    const descriptor = (name: string, unit: string, type: InstrumentType, isInt = false) => ({
      name,
      unit,
      description: "d",
      type,
      valueType: isInt ? 0 : 1,
      advice: {}
    })
    const otel: ResourceMetrics = {
      resource: resourceFromAttributes(resource.attributes),
      scopeMetrics: [{
        scope,
        metrics: [
          {
            descriptor: descriptor("c", "{visit}", InstrumentType.COUNTER, true),
            aggregationTemporality: AggregationTemporality.DELTA,
            dataPointType: DataPointType.SUM,
            isMonotonic: true,
            dataPoints: [{ ...point, value: 7 }]
          },
          {
            descriptor: descriptor("g", "1", InstrumentType.GAUGE),
            aggregationTemporality: AggregationTemporality.CUMULATIVE,
            dataPointType: DataPointType.GAUGE,
            dataPoints: [{ ...point, value: 1 }]
          },
          {
            descriptor: descriptor("h", "s", InstrumentType.HISTOGRAM),
            aggregationTemporality: AggregationTemporality.CUMULATIVE,
            dataPointType: DataPointType.HISTOGRAM,
            dataPoints: [{
              ...point,
              value: { count, sum, min, max, buckets: { boundaries: [1, 10], counts: [2, 1, 1] } }
            }]
          },
          {
            descriptor: descriptor("e", "s", InstrumentType.HISTOGRAM),
            aggregationTemporality: AggregationTemporality.CUMULATIVE,
            dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
            dataPoints: [{
              ...point,
              value: {
                count,
                sum,
                min,
                max,
                scale: -2,
                zeroCount: 1,
                positive: { offset: -3, bucketCounts: [1, 0, 2] },
                negative: { offset: 0, bucketCounts: [] }
              }
            }]
          }
        ] as Array<OtelMetric>
      }]
    }
    const ours = decodeProtobuf(encodeMetrics(metrics, resource), request)
    // An empty message contains nothing.
    const withoutNegative = (json: string) => JSON.parse(json.replaceAll(/,?"negative":\{\}/g, "")) as unknown
    const plain = (value: unknown) => withoutNegative(JSON.stringify(value))
    assert.deepStrictEqual(
      plain(decodeProtobuf(ProtobufMetricsSerializer.serializeRequest(otel)!, request)),
      plain(ours)
    )
    const json = new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(otel))
    assert.deepStrictEqual(plain(decodeJson(json, request)), plain(ours))
  })

  it("a number is an integer only if its instrument has the type int", () => {
    const whole = { name: "n", unit: "", description: "", type: "gauge", scope: { name: "s" }, startTime: 0n, time: 1n }
    const value = (valueType: string) =>
      JSON.stringify(decodeProtobuf(
        encodeMetrics(
          [{ ...whole, valueType, temporality: "cumulative", points: [{ attributes: {}, value: 3 }] } as Metric],
          resource
        ),
        request
      ))
    assert.include(value("int"), `"asInt":"3"`)
    assert.include(value("double"), `"asDouble":3`)
  })
})
