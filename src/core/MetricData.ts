/**
 * A metric as a reader has collected it: what exporters of metrics take.
 *
 * Plain immutable data, with times as nanoseconds since the Unix epoch.
 *
 * @see https://opentelemetry.io/docs/specs/otel/metrics/data-model/
 * @since 0.1.0
 */
import type { Attributes } from "./Attribute.ts"
import type { InstrumentationScope } from "./SpanData.ts"

/**
 * One measurement of many, with the span in which it was made: the way from a value to its trace.
 *
 * @category models
 * @since 0.1.0
 */
export interface Exemplar {
  readonly value: number
  /** Nanoseconds since the Unix epoch. */
  readonly time: bigint
  /** Empty where it was made in no span. */
  readonly traceId: string
  readonly spanId: string
}

/**
 * Buckets whose bounds grow by a power of two: bucket `offset + i` holds what is above `base ** (offset + i)` and up
 * to `base ** (offset + i + 1)`, where `base` is `2 ** (2 ** -scale)`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExponentialBuckets {
  readonly scale: number
  readonly zeroCount: number
  readonly offset: number
  readonly counts: ReadonlyArray<number>
}

/**
 * The values of a histogram's series.
 *
 * @category models
 * @since 0.1.0
 */
export interface Distribution {
  readonly count: number
  readonly sum: number
  readonly min: number | undefined
  readonly max: number | undefined
  /** Upper bounds; empty where the buckets are exponential. */
  readonly boundaries: ReadonlyArray<number>
  /** One more than there are bounds. */
  readonly counts: ReadonlyArray<number>
  readonly exponential?: ExponentialBuckets | undefined
  /** Of a summary, which has no buckets: a share from 0 to 1, and the value that it is below. */
  readonly quantiles?: ReadonlyArray<readonly [quantile: number, value: number]> | undefined
}

/**
 * One series of a metric: its attributes and its value.
 *
 * @category models
 * @since 0.1.0
 */
export type Point =
  & {
    readonly attributes: Attributes
    /** Some of the measurements that it was made of, where there are any that were made in a span. */
    readonly exemplars?: ReadonlyArray<Exemplar> | undefined
  }
  & (
    | { readonly value: number; readonly distribution?: undefined }
    | { readonly value?: undefined; readonly distribution: Distribution }
  )

/**
 * A metric, with all its series.
 *
 * @category models
 * @since 0.1.0
 */
export interface Metric {
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly type: "counter" | "sum" | "gauge" | "histogram" | "summary"
  readonly valueType: "int" | "double"
  /** Whether a value is of the whole time since the start, or since the last one was read. */
  readonly temporality: "cumulative" | "delta"
  /** Since when its values were measured, and when they were read. */
  readonly startTime: bigint
  readonly time: bigint
  readonly scope: InstrumentationScope
  readonly points: ReadonlyArray<Point>
}
