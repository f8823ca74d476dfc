/**
 * Metric points, as they are read from received telemetry.
 *
 * @since 0.1.0
 */
import type { Attributes } from "./Attribute.ts"
import type { Resource } from "./SpanData.ts"

/**
 * The type of a metric.
 *
 * @category models
 * @since 0.1.0
 */
export type MetricType = "gauge" | "sum" | "histogram" | "summary"

/**
 * One point of one series, as read.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadPoint {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly type: MetricType
  /** Whether the numbers cover the time since the previous point instead of the time since the start. */
  readonly isDelta: boolean
  readonly attributes: Attributes
  readonly resource: Resource
  readonly time: bigint
  /** For a gauge or a sum. */
  readonly value: number | undefined
  /** These four are for a histogram or a summary. */
  readonly count: number | undefined
  readonly sum: number | undefined
  readonly min: number | undefined
  readonly max: number | undefined
}
