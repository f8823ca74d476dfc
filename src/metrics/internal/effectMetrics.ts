/**
 * Reads Effect's own metrics for our exporters: those of the program, and those of the runtime if the program enables
 * them.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { Attributes } from "../../core/Attribute.ts"
import type { Distribution, Metric as MetricData, Point } from "../../core/MetricData.ts"
import type { InstrumentationScope } from "../../core/SpanData.ts"
import { redactAttributes } from "../../privacy/internal/redact.ts"
import type { Redactor } from "../../privacy/Redactor.ts"

/** Effect has no units. A program gives them as attributes, which must not become labels of a series. */
const unitNames = ["unit", "time_unit"] as const

const ucum: Readonly<Record<string, string>> = {
  nanoseconds: "ns",
  microseconds: "us",
  milliseconds: "ms",
  seconds: "s",
  minutes: "min",
  hours: "h",
  days: "d",
  bytes: "By"
}

const unitOf = (attributes: Readonly<Record<string, string>>): string => {
  const given = attributes["unit"] ?? attributes["time_unit"] ?? "1"
  return ucum[given] ?? given
}

const withoutUnits = (attributes: Readonly<Record<string, string>>): Attributes => {
  const rest: Record<string, string> = { ...attributes }
  for (const name of unitNames) delete rest[name]
  return rest
}

interface Reading {
  readonly type: MetricData["type"]
  readonly valueType: MetricData["valueType"]
  readonly values: ReadonlyArray<readonly [attributes: Attributes, value: number | Distribution]>
}

const distributionOf = (state: Metric.HistogramState): Distribution => {
  const boundaries: Array<number> = []
  const counts: Array<number> = []
  let below = 0
  for (const [boundary, upTo] of state.buckets) {
    if (boundary === Infinity) break
    boundaries.push(boundary)
    counts.push(upTo - below)
    below = upTo
  }
  counts.push(state.count - below)
  const { count, max, min, sum } = state
  return { count, sum, min, max, boundaries, counts }
}

// Series with equal attributes after redaction are merged: sums are added, and for other types the last value is kept.
const redactReading = (reading: Reading, redactor: Redactor): Reading => {
  const values = reading.values.map(([attributes, value]) =>
    [redactAttributes(redactor, ["attributes"], attributes), value] as const
  )
  if (values.every(([attributes], i) => attributes === reading.values[i]![0])) return reading
  const byKey = new Map<string, readonly [Attributes, number | Distribution]>()
  for (const [attributes, value] of values) {
    const key = JSON.stringify(attributes)
    const before = byKey.get(key)?.[1]
    const isSum = reading.type === "counter" && typeof before === "number" && typeof value === "number"
    byKey.set(key, [attributes, isSum ? before + value : value])
  }
  return { ...reading, values: Array.from(byKey.values()) }
}

const readRedacted = (snapshot: Metric.Metric.Snapshot, attributes: Attributes, redactor: Redactor): Reading =>
  redactReading(readSnapshot(snapshot, attributes), redactor)

const readSnapshot = (snapshot: Metric.Metric.Snapshot, attributes: Attributes): Reading => {
  switch (snapshot.type) {
    case "Counter": {
      const { count, incremental } = snapshot.state
      return {
        type: incremental ? "counter" : "sum",
        valueType: typeof count === "bigint" ? "int" : "double",
        values: [[attributes, Number(count)]]
      }
    }
    case "Gauge": {
      const { value } = snapshot.state
      return {
        type: "gauge",
        valueType: typeof value === "bigint" ? "int" : "double",
        values: [[attributes, Number(value)]]
      }
    }
    case "Frequency":
      return {
        type: "counter",
        valueType: "int",
        values: Array.from(snapshot.state.occurrences, ([key, count]) => [{ ...attributes, key }, count])
      }
    case "Histogram":
      return { type: "histogram", valueType: "double", values: [[attributes, distributionOf(snapshot.state)]] }
    case "Summary": {
      const { count, max, min, quantiles, sum } = snapshot.state
      const known = quantiles.flatMap(([quantile, value]) => value === undefined ? [] : [[quantile, value] as const])
      const distribution = { count, sum, min, max, boundaries: [], counts: [], quantiles: known }
      return { type: "summary", valueType: "double", values: [[attributes, distribution]] }
    }
  }
}

/** The last reported value of a series. */
type SeriesValue = number | Distribution

const difference = (now: SeriesValue, before: SeriesValue | undefined): SeriesValue => {
  if (before === undefined) return now
  if (typeof now === "number") return typeof before === "number" && before <= now ? now - before : now
  if (typeof before === "number" || before.count > now.count) return now
  return {
    ...now,
    count: now.count - before.count,
    sum: now.sum - before.sum,
    counts: now.counts.map((count, i) => count - (before.counts[i] ?? 0)),
    // The extremes of the whole time do not apply to a part of it.
    min: undefined,
    max: undefined
  }
}

/** Reads the metrics in a context's registry. For delta temporality it remembers the last reported values. @internal */
export class EffectMetrics {
  private readonly scope: InstrumentationScope
  private readonly context: Context.Context<never>
  private readonly isDelta: boolean
  private reported = new Map<string, SeriesValue>()
  private startTime: bigint

  private readonly redactor: Redactor

  constructor(
    context: Context.Context<never>,
    scope: InstrumentationScope,
    isDelta: boolean,
    now: bigint,
    redactor: Redactor
  ) {
    this.redactor = redactor
    this.context = context
    this.scope = scope
    this.isDelta = isDelta
    this.startTime = now
  }

  collect(time: bigint): ReadonlyArray<MetricData> {
    const metrics = new Map<string, MetricData & { readonly points: Array<Point> }>()
    const reported = new Map<string, SeriesValue>()
    const { startTime } = this
    for (const snapshot of Metric.snapshotUnsafe(this.context)) {
      const attributes = (snapshot.attributes ?? {}) as Readonly<Record<string, string>>
      const { type, valueType, values } = readRedacted(snapshot, withoutUnits(attributes), this.redactor)
      const isDelta = this.isDelta && (type === "counter" || type === "histogram")
      const unit = unitOf(attributes)
      const key = JSON.stringify([snapshot.id, type, unit])
      let metric = metrics.get(key)
      if (metric === undefined) {
        metric = {
          name: snapshot.id,
          unit,
          description: snapshot.description ?? "",
          type,
          valueType,
          temporality: isDelta ? "delta" : "cumulative",
          startTime,
          time,
          scope: this.scope,
          points: []
        }
        metrics.set(key, metric)
      }
      for (const [attributes, value] of values) {
        const series = JSON.stringify([key, attributes])
        reported.set(series, value)
        const now = isDelta ? difference(value, this.reported.get(series)) : value
        metric.points.push(typeof now === "number" ? { attributes, value: now } : { attributes, distribution: now })
      }
    }
    if (this.isDelta) {
      this.reported = reported
      this.startTime = time
    }
    return [...metrics.values()].filter(({ points }) => points.length > 0)
  }
}
