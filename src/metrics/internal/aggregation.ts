/**
 * Aggregates the measurements of one series between two collections.
 *
 * @internal
 */
import type { Distribution, Exemplar } from "../../core/MetricData.ts"
import type { Instrument } from "../Instrument.ts"
import { ExponentialBuckets } from "./exponentialBuckets.ts"

/** @internal */
export type Value =
  | { readonly value: number; readonly distribution?: undefined }
  | { readonly value?: undefined; readonly distribution: Distribution }

/** @internal */
export interface Aggregation {
  readonly record: (value: number, exemplar: Exemplar | undefined) => void
  readonly value: Value
  readonly exemplars: ReadonlyArray<Exemplar>
}

/** Keeps the last measurement in a span as the exemplar, because any one is as good and the last costs least. */
class Sum implements Aggregation {
  private sum = 0
  private exemplar: Exemplar | undefined

  record(value: number, exemplar: Exemplar | undefined): void {
    this.sum += value
    if (exemplar !== undefined) this.exemplar = exemplar
  }

  get value(): Value {
    return { value: this.sum }
  }

  get exemplars(): ReadonlyArray<Exemplar> {
    return this.exemplar === undefined ? [] : [this.exemplar]
  }
}

class Last implements Aggregation {
  private last = 0
  private exemplar: Exemplar | undefined

  record(value: number, exemplar: Exemplar | undefined): void {
    this.last = value
    this.exemplar = exemplar
  }

  get value(): Value {
    return { value: this.last }
  }

  get exemplars(): ReadonlyArray<Exemplar> {
    return this.exemplar === undefined ? [] : [this.exemplar]
  }
}

class Totals {
  count = 0
  sum = 0
  min = Infinity
  max = -Infinity

  add(value: number): void {
    this.count++
    this.sum += value
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
  }

  get data() {
    return { count: this.count, sum: this.sum, min: this.min, max: this.max }
  }
}

/** Keeps one exemplar for each bucket, so that a slow call is found beside many fast ones. */
class Histogram implements Aggregation {
  private readonly boundaries: ReadonlyArray<number>
  private readonly totals = new Totals()
  private readonly counts: Array<number>
  private readonly kept: Array<Exemplar | undefined> = []

  constructor(boundaries: ReadonlyArray<number>) {
    this.boundaries = boundaries
    this.counts = Array.from({ length: boundaries.length + 1 }, () => 0)
  }

  record(value: number, exemplar: Exemplar | undefined): void {
    const { boundaries } = this
    let low = 0
    let high = boundaries.length
    // A bucket includes its upper bound.
    while (low < high) {
      const middle = low + high >> 1
      if (value <= boundaries[middle]!) high = middle
      else low = middle + 1
    }
    this.counts[low]!++
    this.totals.add(value)
    if (exemplar !== undefined) this.kept[low] = exemplar
  }

  get value(): Value {
    return { distribution: { ...this.totals.data, boundaries: this.boundaries, counts: this.counts.slice() } }
  }

  get exemplars(): ReadonlyArray<Exemplar> {
    return this.kept.filter((exemplar) => exemplar !== undefined)
  }
}

/** OpenTelemetry keeps this many exemplars for exponential buckets. */
const maxExemplars = 20

class ExponentialHistogram implements Aggregation {
  private readonly totals = new Totals()
  private readonly buckets = new ExponentialBuckets()
  private readonly kept: Array<Exemplar> = []
  private next = 0

  record(value: number, exemplar: Exemplar | undefined): void {
    this.totals.add(value)
    this.buckets.add(value)
    if (exemplar === undefined) return
    this.kept[this.next] = exemplar
    this.next = (this.next + 1) % maxExemplars
  }

  get value(): Value {
    return { distribution: { ...this.totals.data, boundaries: [], counts: [], exponential: this.buckets.data } }
  }

  get exemplars(): ReadonlyArray<Exemplar> {
    return this.kept
  }
}

/** @internal */
export const makeAggregation = (instrument: Instrument, histograms: "explicit" | "exponential"): Aggregation => {
  switch (instrument.kind) {
    case "histogram":
      return histograms === "exponential" ? new ExponentialHistogram() : new Histogram(instrument.boundaries ?? [])
    case "gauge":
    case "observableGauge":
      return new Last()
    default:
      return new Sum()
  }
}
