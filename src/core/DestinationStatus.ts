/**
 * What became of what an exporter was given.
 *
 * @since 0.1.0
 */

/**
 * What became of the spans, or log records, that one exporter was given.
 *
 * **Details**
 *
 * At every moment the spans given are `delivered + pending`, plus those in `dropped`, which is keyed by reason:
 * `queue_full`, `rejected` by the receiver, `too_large` for it, `corrupt` on disk, `shutdown` before they could be
 * sent, `already_shutdown` when they ended, `encode_failed`, or why the last attempt to send failed (`http_404`,
 * `connection`, `timeout`). Given are the spans that ended and, by a durable exporter, those that dead processes left.
 *
 * @category models
 * @since 0.1.0
 */
export interface DestinationStatus {
  readonly name: string
  readonly delivered: number
  readonly pending: number
  readonly dropped: Readonly<Record<string, number>>
  /**
   * There while the exporter fails to deliver: since when, in milliseconds since the epoch, and why, by the reasons of
   * `dropped`. It is gone with the first batch that is taken in.
   */
  readonly failing?: { readonly since: number; readonly reason: string } | undefined
}
