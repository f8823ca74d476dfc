/**
 * Points of metrics, as they are read from what a program sent.
 *
 * @since 0.1.0
 */
import type { Attributes } from "./Attribute.ts"
import type { Resource } from "./SpanData.ts"

/**
 * What a metric is.
 *
 * @category models
 * @since 0.1.0
 */
export type MetricType = "gauge" | "sum" | "histogram" | "summary"

/**
 * One point of one series, as it is read.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadPoint {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly type: MetricType
  /** Whether the numbers are of the time since the point before, and not since the start. */
  readonly isDelta: boolean
  readonly attributes: Attributes
  readonly resource: Resource
  readonly time: bigint
  /** Of a gauge or a sum. */
  readonly value: number | undefined
  /** Of the others. */
  readonly count: number | undefined
  readonly sum: number | undefined
  readonly min: number | undefined
  readonly max: number | undefined
}
