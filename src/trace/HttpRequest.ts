/**
 * A request of an SDK, for which a recording may have the response.
 *
 * @since 0.1.0
 */

/**
 * An HTTP request that a client makes for a call.
 *
 * @category models
 * @since 0.1.0
 */
export interface HttpRequest {
  readonly url: string
  readonly init: RequestInit | undefined
  /** The number of the attempt, from 1. */
  readonly number: number
}
