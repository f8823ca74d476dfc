/**
 * Passes measurements to the metric readers.
 *
 * Each reader has its own store, so readers can be added and removed with their layers. The limit on the series of a
 * metric is enforced here, once for all readers.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Attributes } from "../../core/Attribute.ts"
import { ConfigurationError } from "../../core/ConfigurationError.ts"
import type { Exemplar } from "../../core/MetricData.ts"
import { credentials } from "../../privacy/internal/onDemand.ts"
import { redactAttributes } from "../../privacy/internal/redact.ts"
import type { Redactor } from "../../privacy/Redactor.ts"
import type { Instrument } from "../InstrumentDefinition.ts"
import { InstrumentError } from "../InstrumentError.ts"
import type { InstrumentStatus } from "../InstrumentStatus.ts"
import { isInterned } from "./attributeSet.ts"
import type { Given } from "./measurement.ts"
import { checkValue, definitionOf, encodeAttributes, guarded, isTooLong, seriesKey, shortened } from "./measurement.ts"

/**
 * Records a measurement with checked and bounded attributes. The same series always has the same object.
 *
 * @internal
 */
export type Recorder = (value: number, attributes: Attributes, exemplar: Exemplar | undefined) => void

/** Reads the values of an observable instrument at collection. @internal */
export type Observer = Effect.Effect<ReadonlyArray<readonly [value: number, attributes: Attributes]>>

/** The span in which a measurement was made. @internal */
export interface MeasuredIn {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

/** Which measurements become exemplars, with OpenTelemetry's names. @internal */
export type ExemplarFilter = "trace_based" | "always_on" | "always_off"

/** The connection of one reader to the meter. @internal */
export interface MetricSink {
  readonly name: string
  readonly bind: (instrument: Instrument) => Recorder
  /** Starts observing. Returns a function that stops it. */
  readonly observe: (instrument: Instrument, observer: Observer) => () => void
  readonly flush: Effect.Effect<void>
}

/** @internal */
export interface MeterOptions {
  readonly maxSeries: number
  readonly development: boolean
  readonly convention: "latest" | "1.41"
  readonly exemplars: ExemplarFilter
  readonly clock?: Clock.Clock | undefined
  /** Applied before every reader, because names of sessions, tools and agents may contain secrets. */
  readonly redactor?: Redactor | undefined
}

const overflow: Attributes = { "otel.metric.overflow": true }

class State {
  readonly names: ReadonlyArray<string>
  readonly series = new Map<string, Attributes>()
  readonly interned = new WeakMap<object, Attributes>()
  recorders: ReadonlyArray<Recorder>
  overflowed = 0
  readonly instrument: Instrument
  readonly dropped: Record<string, number> = {}

  private readonly redactor: Redactor
  /** The attributes that redaction changed. Series that become equal share one object. */
  private readonly redacted = new Map<string, Attributes>()

  constructor(instrument: Instrument, sinks: ReadonlyArray<MetricSink>, redactor: Redactor) {
    this.instrument = instrument
    this.redactor = redactor
    this.names = Object.keys(instrument.attributes.fields)
    this.recorders = sinks.map((sink) => sink.bind(instrument))
  }

  /** The attributes to record with: the same object for the same series. */
  resolve(attributes: Given, maxSeries: number): Attributes | InstrumentError {
    const same = attributes === undefined ? undefined : this.interned.get(attributes)
    if (same !== undefined) return same
    const found = this.find(attributes, maxSeries)
    if (
      attributes !== undefined && isInterned(attributes) && found !== overflow && !(found instanceof InstrumentError)
    ) {
      this.interned.set(attributes, found)
    }
    return found
  }

  private find(whole: Given, maxSeries: number): Attributes | InstrumentError {
    let attributes = whole
    let key = seriesKey(this.names, attributes)
    if (isTooLong(key)) key = seriesKey(this.names, attributes = shortened(whole))
    if (isTooLong(key, this.names.length)) return this.overflow()
    const known = key === undefined ? undefined : this.series.get(key)
    if (known !== undefined) return known
    const given = encodeAttributes(this.instrument, attributes)
    if (given instanceof InstrumentError || key === undefined) return given
    // The limit comes before the redaction, because the redacted attributes are kept too.
    if (this.series.size >= maxSeries) return this.overflow()
    const encoded = this.redact(given)
    this.series.set(key, encoded)
    return encoded
  }

  private overflow(): Attributes {
    this.overflowed++
    return overflow
  }

  private redact(attributes: Attributes): Attributes {
    const redacted = redactAttributes(this.redactor, ["attributes"], attributes)
    if (redacted === attributes) return attributes
    const key = JSON.stringify(redacted)
    const known = this.redacted.get(key)
    if (known !== undefined) return known
    this.redacted.set(key, redacted)
    return redacted
  }
}

interface Observation {
  readonly instrument: Instrument
  readonly observer: Observer
  stop: Map<MetricSink, () => void>
}

/** @internal */
export class MeterHub implements MeterOptions {
  readonly maxSeries: number
  readonly development: boolean
  readonly convention: "latest" | "1.41"
  readonly exemplars: ExemplarFilter
  readonly clock: Clock.Clock | undefined
  readonly redactor: Redactor
  private readonly states = new WeakMap<Instrument, State>()
  private readonly byName = new Map<string, { readonly state: State; readonly definition: string }>()
  private readonly conflicting = new WeakMap<Instrument, InstrumentError>()
  private readonly observations = new Set<Observation>()
  private sinks: ReadonlyArray<MetricSink> = []

  constructor(options: MeterOptions) {
    this.maxSeries = options.maxSeries
    this.development = options.development
    this.convention = options.convention
    this.exemplars = options.exemplars
    this.clock = options.clock
    this.redactor = options.redactor ?? credentials()
  }

  /** Whether there is a reader. */
  get active(): boolean {
    return this.sinks.length > 0
  }

  private stateOf(instrument: Instrument): State | InstrumentError {
    const known = this.states.get(instrument) ?? this.conflicting.get(instrument)
    if (known !== undefined) return known
    // OpenTelemetry compares names without regard to case.
    const name = instrument.name.toLowerCase()
    const definition = definitionOf(instrument)
    const other = this.byName.get(name)
    if (other !== undefined && other.definition !== definition) {
      const error = new InstrumentError({
        instrument: instrument.name,
        reason: "conflict",
        problem: "it is defined twice, and the definitions disagree",
        fix: "Define it once, or give one of them another name"
      })
      this.conflicting.set(instrument, error)
      return error
    }
    const state = other?.state ?? new State(instrument, this.sinks, this.redactor)
    this.states.set(instrument, state)
    this.byName.set(name, { state, definition })
    return state
  }

  private drop(instrument: Instrument, error: InstrumentError): InstrumentError {
    const dropped = this.byName.get(instrument.name.toLowerCase())?.state.dropped
    if (dropped !== undefined) dropped[error.reason] = (dropped[error.reason] ?? 0) + 1
    return error
  }

  private exemplarOf(value: number, span: MeasuredIn | undefined, time: bigint | undefined): Exemplar | undefined {
    if (this.exemplars === "always_off" || this.clock === undefined) return undefined
    if (this.exemplars === "trace_based" && span?.sampled !== true) return undefined
    return {
      value,
      time: time ?? this.clock.currentTimeNanosUnsafe(),
      traceId: span?.traceId ?? "",
      spanId: span?.spanId ?? ""
    }
  }

  /** Records a measurement or returns its error. Never throws. `time` is the time of the measurement, if known. */
  record(
    instrument: Instrument,
    value: number,
    attributes: Given,
    span?: MeasuredIn,
    time?: bigint
  ): InstrumentError | undefined {
    if (this.sinks.length === 0) return undefined
    const state = this.stateOf(instrument)
    if (state instanceof InstrumentError) return this.drop(instrument, state)
    const resolved = checkValue(instrument, value) ??
      guarded(instrument, () => state.resolve(attributes, this.maxSeries))
    if (resolved instanceof InstrumentError) return this.drop(instrument, resolved)
    const { recorders } = state
    const exemplar = this.exemplarOf(value, span, time)
    for (let i = 0; i < recorders.length; i++) recorders[i]!(value, resolved, exemplar)
    return undefined
  }

  /** Declares instruments. Fails for the first one that differs from another with its name. */
  declare(instruments: ReadonlyArray<Instrument>): Effect.Effect<void, ConfigurationError> {
    return Effect.suspend(() => {
      for (const instrument of instruments) {
        const state = this.stateOf(instrument)
        if (state instanceof InstrumentError) {
          return Effect.fail(
            new ConfigurationError({ field: `metric ${instrument.name}`, problem: state.problem, fix: state.fix })
          )
        }
      }
      return Effect.void
    })
  }

  observe(
    instrument: Instrument,
    values: Effect.Effect<ReadonlyArray<readonly [value: number, attributes?: Given]>>
  ): Effect.Effect<void, never, Scope.Scope> {
    const observer: Observer = Effect.map(values, (values) => this.checked(instrument, values))
    return Effect.asVoid(Effect.acquireRelease(
      Effect.sync(() => this.addObservation(instrument, observer)),
      (observation) =>
        Effect.sync(() => {
          this.observations.delete(observation)
          for (const stop of observation.stop.values()) stop()
        })
    ))
  }

  /** Observes values that are available at once, as long as the meter lives. */
  observeAlways(
    instrument: Instrument,
    values: () => ReadonlyArray<readonly [value: number, attributes: Given]>
  ): void {
    this.addObservation(instrument, Effect.sync(() => this.checked(instrument, values())))
  }

  private addObservation(instrument: Instrument, observer: Observer): Observation {
    const observation: Observation = { instrument, observer, stop: new Map() }
    this.observations.add(observation)
    for (const sink of this.sinks) observation.stop.set(sink, sink.observe(instrument, observer))
    return observation
  }

  private checked(
    instrument: Instrument,
    values: ReadonlyArray<readonly [value: number, attributes?: Given]>
  ): ReadonlyArray<readonly [value: number, attributes: Attributes]> {
    return values.flatMap(([value, attributes]) => {
      const state = this.stateOf(instrument)
      const checked = state instanceof InstrumentError
        ? state
        : checkValue(instrument, value) ?? guarded(instrument, () => state.resolve(attributes, this.maxSeries))
      if (!(checked instanceof InstrumentError)) return [[value, checked] as const]
      this.drop(instrument, checked)
      return []
    })
  }

  private setSinks(sinks: ReadonlyArray<MetricSink>): void {
    this.sinks = sinks
    for (const { state } of this.byName.values()) state.recorders = sinks.map((sink) => sink.bind(state.instrument))
  }

  /** Sends every measurement to a reader, until the scope closes. */
  addSink(sink: MetricSink): Effect.Effect<void, never, Scope.Scope> {
    return Effect.asVoid(Effect.acquireRelease(
      Effect.sync(() => {
        this.setSinks([...this.sinks, sink])
        for (const observation of this.observations) {
          observation.stop.set(sink, sink.observe(observation.instrument, observation.observer))
        }
      }),
      () =>
        Effect.sync(() => {
          this.setSinks(this.sinks.filter((other) => other !== sink))
          for (const observation of this.observations) observation.stop.delete(sink)
        })
    ))
  }

  get flush(): Effect.Effect<void> {
    return Effect.suspend(() =>
      Effect.forEach(this.sinks, (sink) => sink.flush, { concurrency: "unbounded", discard: true })
    )
  }

  get status(): ReadonlyArray<InstrumentStatus> {
    return Array.from(this.byName.values(), ({ state }) => ({
      name: state.instrument.name,
      series: state.series.size,
      overflowed: state.overflowed,
      dropped: { ...state.dropped }
    }))
  }
}

/** @internal */
export const defaults: MeterOptions = {
  maxSeries: 2_000,
  development: false,
  convention: "latest",
  exemplars: "trace_based"
}

/** The meter of the surrounding layer. Without a layer, it is a meter without readers. @internal */
export const Meter = Context.Reference<MeterHub>("effect-agentops/trace/Meter", {
  defaultValue: () => new MeterHub(defaults)
})
