/**
 * How many spans or log records an exporter has delivered, still holds and has dropped.
 *
 * @since 0.1.0
 */

/**
 * How many spans or log records one exporter has delivered, still holds and has dropped.
 *
 * **Details**
 *
 * The exporter got the spans that ended and, if it is durable, the spans that dead processes left on disk. At every
 * moment that number is `delivered + pending` plus the counts in `dropped`, which is keyed by reason: `queue_full`,
 * `rejected` by the receiver, `too_large` for the receiver, `corrupt` on disk, `shutdown` before the span could be
 * sent, `already_shutdown` when the span ended, `encode_failed`, or the reason why the last attempt failed (`http_404`,
 * `connection`, `timeout`).
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
   * Present while the exporter fails to deliver: the start in milliseconds since the epoch, and the reason, with the
   * same names as in `dropped`. It is removed when the receiver accepts a batch.
   */
  readonly failing?: { readonly since: number; readonly reason: string } | undefined
}
