/**
 * Connects a metric reader of OpenTelemetry to the measurements, through a provider of its own.
 *
 * The reader also receives Effect's own metrics: those of the program, and those of the runtime if the program enables
 * them.
 *
 * @internal
 */
import * as OtelMetrics from "@effect/opentelemetry/OtelMetrics"
import { Resource as EffectResource } from "@effect/opentelemetry/Resource"
import type * as Otel from "@opentelemetry/api"
import type { Resource } from "@opentelemetry/resources"
import { resourceFromAttributes } from "@opentelemetry/resources"
import type { CollectionResult, IMetricReader, MetricData, MetricProducer } from "@opentelemetry/sdk-metrics"
import { AggregationTemporality, InstrumentType, MeterProvider } from "@opentelemetry/sdk-metrics"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Attributes } from "../../../core/Attribute.ts"
import type { InstrumentationScope } from "../../../core/SpanData.ts"
import type { MeterHub, MetricSink } from "../../../metrics/internal/meter.ts"
import { Meter } from "../../../metrics/internal/meter.ts"
import { redactAttributes } from "../../../privacy/internal/redact.ts"
import type { Redactor } from "../../../privacy/Redactor.ts"
import { AgentOps } from "../../../trace/Tracing.ts"
import { meterSink } from "./otelMeterSink.ts"

// Effect has no units, so it puts them into an attribute, which must not become a label.
const withoutUnits = (metric: MetricData, redactor: Redactor): MetricData => {
  for (const point of metric.dataPoints) {
    const { time_unit: _, unit: __, ...attributes } = point.attributes
    Object.assign(point, { attributes: redactAttributes(redactor, ["attributes"], attributes as Attributes) })
  }
  return metric
}

const merged = (own: MetricProducer, effects: MetricProducer, redactor: Redactor): MetricProducer => ({
  collect: async (options): Promise<CollectionResult> => {
    const [ownResult, effectResult] = await Promise.all([own.collect(options), effects.collect(options)])
    const { resource, scopeMetrics } = ownResult.resourceMetrics
    const added = effectResult.resourceMetrics.scopeMetrics
      .filter(({ metrics }) => metrics.length > 0)
      .map(({ metrics, scope }) => ({ scope, metrics: metrics.map((metric) => withoutUnits(metric, redactor)) }))
    return {
      resourceMetrics: { resource, scopeMetrics: [...scopeMetrics, ...added] },
      errors: [...ownResult.errors, ...effectResult.errors]
    }
  }
})

/** The reader for its provider: with Effect's metrics added, and without its own series limit. */
const attached = (reader: IMetricReader, effects: MetricProducer, meter: MeterHub): IMetricReader => ({
  setMetricProducer: (producer) => reader.setMetricProducer(merged(producer, effects, meter.redactor)),
  selectAggregation: (type) => reader.selectAggregation(type),
  selectAggregationTemporality: (type) => reader.selectAggregationTemporality(type),
  // The meter already limits the series. Two more are for the overflow series and the SDK's own.
  selectCardinalityLimit: () => meter.maxSeries + 2,
  collect: (options) => reader.collect(options),
  shutdown: (options) => reader.shutdown(options),
  forceFlush: (options) => reader.forceFlush(options)
})

interface SinkOptions {
  readonly name: string
  readonly reader: IMetricReader
  readonly resource: Readonly<Record<string, unknown>>
  readonly scope: InstrumentationScope
  readonly hub: MeterHub
  readonly flush: Effect.Effect<void>
}

const temporalityOf = (reader: IMetricReader): OtelMetrics.TemporalityPreference =>
  reader.selectAggregationTemporality(InstrumentType.COUNTER) === AggregationTemporality.DELTA ? "delta" : "cumulative"

/** Makes a provider for the reader. Effect's metrics come from the current registry. */
const makeSink = (options: SinkOptions): Effect.Effect<MetricSink> =>
  Effect.gen(function*() {
    const resource: Resource = resourceFromAttributes(options.resource as Otel.Attributes)
    const effects = yield* Effect.provideService(
      OtelMetrics.makeProducer(temporalityOf(options.reader)),
      EffectResource,
      resource
    )
    const provider = new MeterProvider({
      resource,
      readers: [attached(options.reader, effects, options.hub)]
    })
    const meter = provider.getMeter(options.scope.name, options.scope.version)
    return meterSink(options.name, meter, options.flush)
  })

/** Registers a reader with the meter until the scope closes. @internal */
export const attach = Effect.fnUntraced(function*(
  name: string,
  reader: IMetricReader,
  flush: Effect.Effect<void>
): Effect.fn.Return<void, never, AgentOps | Scope.Scope> {
  const { resource, scope } = yield* AgentOps
  const meter = yield* Meter
  const sink = yield* makeSink({
    name,
    reader,
    resource: resource.attributes,
    scope,
    hub: meter,
    flush
  })
  yield* meter.addSink(sink)
})
