/**
 * What becomes of the measurements of one series between two readings.
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

/** The last measurement that was made in a span is as good as any other, and costs the least. */
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

/** One exemplar for each bucket: a slow call is found beside the many that were not. */
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
    // An upper bound belongs to its bucket.
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

/** As many exemplars as OpenTelemetry keeps where buckets have no fixed bounds. */
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
