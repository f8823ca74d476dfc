/**
 * The source of span and trace ids, in place of random numbers.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#id-generators
 * @since 0.1.0
 */
/**
 * Generates ids. Any `IdGenerator` of OpenTelemetry fits, such as the one for AWS X-Ray.
 *
 * **Details**
 *
 * A trace id has 32 lower-case hex digits, a span id 16, and neither may be all zeros. If the generator returns
 * anything else or throws, a random id is used. The trace id of a session is the session's id and does not come from
 * the generator. Set `random` if the last seven bytes of every trace id are random. Then W3C's random flag is set, on
 * which samplers of other services rely.
 *
 * **Example** (recognizable ids in a test)
 *
 * ```ts
 * import { AgentOps } from "effect-agentops"
 *
 * let count = 0
 * const next = (length: number) => (++count).toString(16).padStart(length, "0")
 * const TracingLive = AgentOps.layer({
 *   serviceName: "support-bot",
 *   idGenerator: { generateTraceId: () => next(32), generateSpanId: () => next(16) }
 * })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface IdGenerator {
  readonly generateTraceId: () => string
  readonly generateSpanId: () => string
  readonly random?: boolean | undefined
}
