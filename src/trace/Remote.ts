/**
 * A span in another process.
 *
 * @since 0.1.0
 */
import type { Baggage } from "./Baggage.ts"

/**
 * A span in another process, as read from a carrier, and its baggage.
 *
 * **Details**
 *
 * A carrier may have baggage without a trace. The ids are then all zeros, which is OpenTelemetry's form of an absent
 * span, and `sampled` is `false`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Remote {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  /** Whether the trace id is marked as having seven random last bytes. */
  readonly random?: boolean | undefined
  /** B3's debug flag: every service should keep the trace. */
  readonly debug?: boolean | undefined
  readonly traceState: string | undefined
  readonly baggage: Baggage
  /** The properties of the baggage entries that have any, such as `ttl=5;private`. */
  readonly baggageProperties?: Readonly<Record<string, string>> | undefined
}
