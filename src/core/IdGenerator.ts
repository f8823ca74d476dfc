/**
 * Where ids of spans and traces come from, if not from chance.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#id-generators
 * @since 0.1.0
 */
/**
 * Makes ids: any `IdGenerator` of OpenTelemetry's, such as that of AWS X-Ray.
 *
 * **Details**
 *
 * A trace id is 32 lower-case hex digits, a span id 16, neither of them all zeros; in
 * the place of anything else, and where the generator throws, comes a random id.
 * The trace id of a session is the session's id and is not asked for here. `random`
 * says that the last seven bytes of every trace id are random, so that W3C's flag for
 * that is set: samplers of other services rely on it.
 *
 * **Example** (ids that can be told apart in a test)
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
