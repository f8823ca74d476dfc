/**
 * What became of the measurements of an instrument.
 *
 * @since 0.1.0
 */

/**
 * What a metric has seen so far.
 *
 * **Details**
 *
 * `series` counts distinct sets of attributes, up to the bound. `overflowed` counts measurements
 * beyond it, which went to the series `otel.metric.overflow`; `dropped` those that the instrument
 * does not take, by reason: `attributes`, `value` or `conflict`.
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
