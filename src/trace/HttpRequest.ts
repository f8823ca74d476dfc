/**
 * A request of an SDK, as a recording is asked for its answer.
 *
 * @since 0.1.0
 */

/**
 * A request over HTTP that a client makes for a call.
 *
 * @category models
 * @since 0.1.0
 */
export interface HttpRequest {
  readonly url: string
  readonly init: RequestInit | undefined
  /** Which attempt it is, from 1. */
  readonly number: number
}
