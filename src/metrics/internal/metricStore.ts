/**
 * Keeps the measurements of one reader until it collects them.
 *
 * Each reader has its own store, so that a reader with delta temporality does not reset the values of a cumulative one.
 * The meter has checked the attributes and passes the same object for the same series, so a series is found by
 * identity. Exemplars are reported until there are newer ones, as in Prometheus's own clients. Otherwise a collection
 * without new measurements would remove them.
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

/** The kinds with delta temporality under each preference. Sums that can shrink are always cumulative. */
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
  /** The start of the measured time. */
  startTime: bigint
}

interface Observed {
  readonly instrument: Instrument
  readonly observers: Set<Observer>
  /** The last reported values, for delta temporality. */
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
    // If two observers report the same series, the later value counts.
    const now = new Map(values.map(([value, attributes]) => [attributes, value]))
    const points = Array.from(now, ([attributes, value]): Point => {
      const before = isDelta ? last.get(attributes) ?? 0 : 0
      // A sum that has become smaller was restarted.
      return { attributes, value: value < before && instrument.kind === "observableCounter" ? value : value - before }
    })
    if (isDelta) {
      observed.last = now
      observed.startTime = time
    }
    return this.metric(instrument, isDelta, startTime, time, points)
  }

  /**
   * Collects the recorded and the observed values. If an observer fails, its error is logged and the other values are
   * returned.
   */
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
        // Read after the observers have run, because they may take a while.
        const time = this.now
        return [
          ...Array.from(this.recorded.values(), (recorded) => this.readRecorded(recorded, time)),
          ...observations.map(([observed, values]) => this.readObserved(observed, values, time))
        ].filter(({ points }) => points.length > 0)
      })
    )
  }
}
