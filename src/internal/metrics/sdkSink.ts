/**
 * Gives a metric reader of OpenTelemetry's its measurements, through a provider of its own.
 *
 * The reader gets Effect's own metrics with them: those of the program, and those of the runtime
 * where the program enables them.
 *
 * @internal
 */
import * as OtelMetrics from "@effect/opentelemetry/OtelMetrics"
import { Resource as EffectResource } from "@effect/opentelemetry/Resource"
import type * as Otel from "@opentelemetry/api"
import { ROOT_CONTEXT, ValueType } from "@opentelemetry/api"
import type { Resource } from "@opentelemetry/resources"
import { resourceFromAttributes } from "@opentelemetry/resources"
import type { CollectionResult, IMetricReader, MetricData, MetricProducer } from "@opentelemetry/sdk-metrics"
import { AggregationTemporality, InstrumentType, MeterProvider } from "@opentelemetry/sdk-metrics"
import * as Effect from "effect/Effect"
import type { Instrument } from "../../Instrument.ts"
import type { InstrumentationScope } from "../../SpanData.ts"
import type { MetricSink, Recorder } from "./meter.ts"

// Effect has no units, so they travel as an attribute, which is no label of a series.
const withoutUnits = (metric: MetricData): MetricData => {
  for (const point of metric.dataPoints) {
    const { time_unit: _, unit: __, ...attributes } = point.attributes
    Object.assign(point, { attributes })
  }
  return metric
}

const merged = (own: MetricProducer, effects: MetricProducer): MetricProducer => ({
  collect: async (options): Promise<CollectionResult> => {
    const [mine, theirs] = await Promise.all([own.collect(options), effects.collect(options)])
    const { resource, scopeMetrics } = mine.resourceMetrics
    const added = theirs.resourceMetrics.scopeMetrics
      .filter(({ metrics }) => metrics.length > 0)
      .map(({ metrics, scope }) => ({ scope, metrics: metrics.map(withoutUnits) }))
    return {
      resourceMetrics: { resource, scopeMetrics: [...scopeMetrics, ...added] },
      errors: [...mine.errors, ...theirs.errors]
    }
  }
})

/** The reader as its provider sees it: fed with Effect's metrics too, and without a bound of its own. */
const attached = (reader: IMetricReader, effects: MetricProducer, maxSeries: number): IMetricReader => ({
  setMetricProducer: (producer) => reader.setMetricProducer(merged(producer, effects)),
  selectAggregation: (type) => reader.selectAggregation(type),
  selectAggregationTemporality: (type) => reader.selectAggregationTemporality(type),
  // The meter has bounded the series already; one more is for those past the bound, one for the SDK's own.
  selectCardinalityLimit: () => maxSeries + 2,
  collect: (options) => reader.collect(options),
  shutdown: (options) => reader.shutdown(options),
  forceFlush: (options) => reader.forceFlush(options)
})

const optionsOf = (instrument: Instrument): Otel.MetricOptions => ({
  unit: instrument.unit,
  description: instrument.description,
  valueType: instrument.valueType === "int" ? ValueType.INT : ValueType.DOUBLE,
  ...(instrument.boundaries === undefined ? {} : { advice: { explicitBucketBoundaries: [...instrument.boundaries] } })
})

const bind = (meter: Otel.Meter, instrument: Instrument): Recorder => {
  const options = optionsOf(instrument)
  switch (instrument.kind) {
    case "counter": {
      const counter = meter.createCounter(instrument.name, options)
      return (value, attributes) => counter.add(value, attributes as Otel.Attributes, ROOT_CONTEXT)
    }
    case "upDownCounter": {
      const counter = meter.createUpDownCounter(instrument.name, options)
      return (value, attributes) => counter.add(value, attributes as Otel.Attributes, ROOT_CONTEXT)
    }
    case "histogram": {
      const histogram = meter.createHistogram(instrument.name, options)
      return (value, attributes) => histogram.record(value, attributes as Otel.Attributes, ROOT_CONTEXT)
    }
    case "gauge": {
      const gauge = meter.createGauge(instrument.name, options)
      return (value, attributes) => gauge.record(value, attributes as Otel.Attributes, ROOT_CONTEXT)
    }
    case "observableGauge":
      return () => {}
  }
}

/** @internal */
export interface SinkOptions {
  readonly name: string
  readonly reader: IMetricReader
  readonly resource: Readonly<Record<string, unknown>>
  readonly scope: InstrumentationScope
  readonly maxSeries: number
  readonly flush: Effect.Effect<void>
}

const temporalityOf = (reader: IMetricReader): OtelMetrics.TemporalityPreference =>
  reader.selectAggregationTemporality(InstrumentType.COUNTER) === AggregationTemporality.DELTA ? "delta" : "cumulative"

/** Starts a provider for the reader. Effect's metrics are those of the registry around. @internal */
export const makeSink = (options: SinkOptions): Effect.Effect<MetricSink> =>
  Effect.gen(function*() {
    const resource: Resource = resourceFromAttributes(options.resource as Otel.Attributes)
    const effects = yield* Effect.provideService(
      OtelMetrics.makeProducer(temporalityOf(options.reader)),
      EffectResource,
      resource
    )
    const provider = new MeterProvider({
      resource,
      readers: [attached(options.reader, effects, options.maxSeries)]
    })
    const meter = provider.getMeter(options.scope.name, options.scope.version)
    const recorders = new Map<string, Recorder>()
    return {
      name: options.name,
      flush: options.flush,
      bind: (instrument) => {
        let recorder = recorders.get(instrument.name)
        if (recorder === undefined) recorders.set(instrument.name, recorder = bind(meter, instrument))
        return recorder
      },
      observe: (instrument, observer) => {
        const gauge = meter.createObservableGauge(instrument.name, optionsOf(instrument))
        const callback: Otel.ObservableCallback = async (result) => {
          for (const [value, attributes] of await observer()) result.observe(value, attributes as Otel.Attributes)
        }
        gauge.addCallback(callback)
        return () => gauge.removeCallback(callback)
      }
    }
  })
