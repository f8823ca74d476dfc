/**
 * The counts of an instrument's measurements.
 *
 * @since 0.1.0
 */

/**
 * The counts of an instrument's measurements so far.
 *
 * **Details**
 *
 * `series` counts distinct sets of attributes, up to the limit. `overflowed` counts measurements beyond the limit,
 * which went to the series `otel.metric.overflow`. `dropped` counts invalid measurements by reason: `attributes`,
 * `value` or `conflict`.
 *
 * @category models
 * @since 0.1.0
 */
export interface InstrumentStatus {
  readonly name: string
  readonly series: number
  readonly overflowed: number
  readonly dropped: Readonly<Record<string, number>>
}
