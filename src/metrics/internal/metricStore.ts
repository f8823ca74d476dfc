/**
 * The measurements of one reader, until it collects them.
 *
 * Each reader has a store of its own, so that one that is told what is new does not take from one that is told the
 * whole. The meter has checked the attributes and gives the same object for the same series, so a series is found by
 * which object it is. Exemplars are told until there are newer ones, as Prometheus's own clients do: a reading in which
 * nothing was measured must not take them from who reads the last one.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Attributes } from "../../core/Attribute.ts"
import type { Metric, Point } from "../../core/MetricData.ts"
import type { InstrumentationScope } from "../../core/SpanData.ts"
import type { Instrument, Kind } from "../Instrument.ts"
import type { Aggregation } from "./aggregation.ts"
import { makeAggregation } from "./aggregation.ts"
import type { MetricSink, Observer, Recorder } from "./meter.ts"

/** @internal */
export type Temporality = "cumulative" | "delta" | "lowmemory"

/** @internal */
export interface StoreOptions {
  readonly name: string
  readonly scope: InstrumentationScope
  readonly clock: Clock.Clock
  readonly temporality: Temporality
  readonly histograms: "explicit" | "exponential"
  readonly flush: Effect.Effect<void>
}

/** What sums up and is told anew each time, under each preference. What goes up and down is always told whole. */
const deltaKinds: Readonly<Record<Temporality, ReadonlySet<Kind>>> = {
  cumulative: new Set(),
  delta: new Set<Kind>(["counter", "observableCounter", "histogram"]),
  lowmemory: new Set<Kind>(["counter", "histogram"])
}

const typeOf = (kind: Kind): Metric["type"] => {
  switch (kind) {
    case "counter":
    case "observableCounter":
      return "counter"
    case "upDownCounter":
    case "observableUpDownCounter":
      return "sum"
    case "histogram":
      return "histogram"
    default:
      return "gauge"
  }
}

interface Recorded {
  readonly instrument: Instrument
  readonly recorder: Recorder
  readonly isDelta: boolean
  series: Map<Attributes, Aggregation>
  /** Since when the series are measured. */
  startTime: bigint
}

interface Observed {
  readonly instrument: Instrument
  readonly observers: Set<Observer>
  /** What was told last, for those that are told what is new. */
  last: Map<Attributes, number>
  startTime: bigint
}

/** @internal */
export class MetricStore implements MetricSink {
  readonly name: string
  readonly flush: Effect.Effect<void>
  private readonly options: StoreOptions
  private readonly recorded = new Map<string, Recorded>()
  private readonly observed = new Map<string, Observed>()

  constructor(options: StoreOptions) {
    this.name = options.name
    this.flush = options.flush
    this.options = options
  }

  private get now(): bigint {
    return this.options.clock.currentTimeNanosUnsafe()
  }

  private isDelta(instrument: Instrument): boolean {
    return deltaKinds[this.options.temporality].has(instrument.kind)
  }

  bind(instrument: Instrument): Recorder {
    const key = instrument.name.toLowerCase()
    const known = this.recorded.get(key)
    if (known !== undefined) return known.recorder
    const { histograms } = this.options
    const recorded: Recorded = {
      instrument,
      isDelta: this.isDelta(instrument),
      series: new Map(),
      startTime: this.now,
      recorder: (value, attributes, exemplar) => {
        let series = recorded.series.get(attributes)
        if (series === undefined) {
          series = makeAggregation(instrument, histograms)
          recorded.series.set(attributes, series)
        }
        series.record(value, exemplar)
      }
    }
    this.recorded.set(key, recorded)
    return recorded.recorder
  }

  observe(instrument: Instrument, observer: Observer): () => void {
    const key = instrument.name.toLowerCase()
    let observed = this.observed.get(key)
    if (observed === undefined) {
      observed = { instrument, observers: new Set(), last: new Map(), startTime: this.now }
      this.observed.set(key, observed)
    }
    const { observers } = observed
    observers.add(observer)
    return () => void observers.delete(observer)
  }

  private metric(
    { description, kind, name, unit, valueType }: Instrument,
    isDelta: boolean,
    startTime: bigint,
    time: bigint,
    points: ReadonlyArray<Point>
  ): Metric {
    return {
      name,
      unit,
      description,
      type: typeOf(kind),
      valueType,
      temporality: isDelta ? "delta" : "cumulative",
      startTime,
      time,
      scope: this.options.scope,
      points
    }
  }

  private readRecorded(recorded: Recorded, time: bigint): Metric {
    const { instrument, isDelta, series, startTime } = recorded
    const points = Array.from(series, ([attributes, aggregation]): Point => {
      const { exemplars, value } = aggregation
      return exemplars.length === 0 ? { attributes, ...value } : { attributes, exemplars, ...value }
    })
    if (isDelta) {
      recorded.series = new Map()
      recorded.startTime = time
    }
    return this.metric(instrument, isDelta, startTime, time, points)
  }

  private readObserved(
    observed: Observed,
    values: ReadonlyArray<readonly [value: number, attributes: Attributes]>,
    time: bigint
  ): Metric {
    const { instrument, last, startTime } = observed
    const isDelta = this.isDelta(instrument)
    // Where two tell the same series, the later one is right.
    const now = new Map(values.map(([value, attributes]) => [attributes, value]))
    const points = Array.from(now, ([attributes, value]): Point => {
      const before = isDelta ? last.get(attributes) ?? 0 : 0
      // A sum that has become smaller was started anew.
      return { attributes, value: value < before && instrument.kind === "observableCounter" ? value : value - before }
    })
    if (isDelta) {
      observed.last = now
      observed.startTime = time
    }
    return this.metric(instrument, isDelta, startTime, time, points)
  }

  /** Reads all that was measured, and what is asked for now. What cannot be asked is logged, and the rest is there. */
  get collect(): Effect.Effect<ReadonlyArray<Metric>> {
    return Effect.suspend(() =>
      Effect.forEach(
        [...this.observed.values()],
        (observed) =>
          Effect.forEach(observed.observers, (observer) =>
            Effect.catchCause(observer, (cause) =>
              Effect.as(
                Effect.logWarning(`effect-agentops: ${this.name} could not read ${observed.instrument.name}`, cause),
                []
              ))).pipe(
              Effect.map((values) => [observed, values.flat()] as const)
            )
      )
    ).pipe(
      Effect.map((observations) => {
        // After what was asked for, whose answers may have been a while in coming.
        const time = this.now
        return [
          ...Array.from(this.recorded.values(), (recorded) => this.readRecorded(recorded, time)),
          ...observations.map(([observed, values]) => this.readObserved(observed, values, time))
        ].filter(({ points }) => points.length > 0)
      })
    )
  }
}
