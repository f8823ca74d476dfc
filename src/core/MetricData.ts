/**
 * A collected metric: the input of metric exporters.
 *
 * It is plain immutable data, with times as nanoseconds since the Unix epoch.
 *
 * @see https://opentelemetry.io/docs/specs/otel/metrics/data-model/
 * @since 0.1.0
 */
import type { Attributes } from "./Attribute.ts"
import type { InstrumentationScope } from "./SpanData.ts"

/**
 * A sample measurement with the span in which it was made, which links a value to its trace.
 *
 * @category models
 * @since 0.1.0
 */
export interface Exemplar {
  readonly value: number
  /** Nanoseconds since the Unix epoch. */
  readonly time: bigint
  /** Empty if the measurement was made outside of every span. */
  readonly traceId: string
  readonly spanId: string
}

/**
 * Exponential buckets. Bucket `offset + i` counts the values above `base ** (offset + i)` and up to `base ** (offset +
 * i + 1)`, where `base` is `2 ** (2 ** -scale)`.
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
  /** Upper bounds. Empty if the buckets are exponential. */
  readonly boundaries: ReadonlyArray<number>
  /** One more than there are boundaries. */
  readonly counts: ReadonlyArray<number>
  readonly exponential?: ExponentialBuckets | undefined
  /** For a summary, which has no buckets: pairs of a share from 0 to 1 and the value below which that share lies. */
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
    /** A sample of the measurements, if any was made in a span. */
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
  /** Whether a value covers the whole time since the start, or the time since the last collection. */
  readonly temporality: "cumulative" | "delta"
  /** The start of the measured time, and the time of collection. */
  readonly startTime: bigint
  readonly time: bigint
  readonly scope: InstrumentationScope
  readonly points: ReadonlyArray<Point>
}
