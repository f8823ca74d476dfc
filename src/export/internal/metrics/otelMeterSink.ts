/**
 * Records measurements with a `Meter` of OpenTelemetry.
 *
 * @internal
 */
import type * as Otel from "@opentelemetry/api"
import { ROOT_CONTEXT, ValueType } from "@opentelemetry/api"
import * as Effect from "effect/Effect"
import type { Instrument } from "../../../metrics/Instrument.ts"
import type { MetricSink, Recorder } from "../../../metrics/internal/meter.ts"

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
    case "observableCounter":
    case "observableUpDownCounter":
    case "observableGauge":
      return () => {}
  }
}

const bindObservable = (meter: Otel.Meter, instrument: Instrument): Otel.Observable => {
  const options = optionsOf(instrument)
  switch (instrument.kind) {
    case "observableCounter":
      return meter.createObservableCounter(instrument.name, options)
    case "observableUpDownCounter":
      return meter.createObservableUpDownCounter(instrument.name, options)
    default:
      return meter.createObservableGauge(instrument.name, options)
  }
}

/** @internal */
export const meterSink = (name: string, meter: Otel.Meter, flush: Effect.Effect<void>): MetricSink => {
  const recorders = new Map<string, Recorder>()
  return {
    name,
    flush,
    bind: (instrument) => {
      let recorder = recorders.get(instrument.name)
      if (recorder === undefined) recorders.set(instrument.name, recorder = bind(meter, instrument))
      return recorder
    },
    observe: (instrument, observer) => {
      const observable = bindObservable(meter, instrument)
      const callback: Otel.ObservableCallback = async (result) => {
        // OpenTelemetry's callbacks return promises, so the effect runs here.
        for (const [value, attributes] of await Effect.runPromise(observer)) {
          result.observe(value, attributes as Otel.Attributes)
        }
      }
      observable.addCallback(callback)
      return () => observable.removeCallback(callback)
    }
  }
}
