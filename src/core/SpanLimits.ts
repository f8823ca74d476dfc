/**
 * How much one span may hold, so that a runaway loop cannot fill the memory.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Schema from "effect/Schema"
import { Limit, limitsOf } from "./internal/limitVariables.ts"

/**
 * The schema of {@link SpanLimits}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SpanLimits = Schema.Struct({
  /** Attributes of a span. Default 128. */
  attributeCount: Limit,
  /** UTF-16 units of a string attribute. Default unlimited. */
  attributeValueLength: Limit,
  /** UTF-16 units of all text of a span. Default 1,048,576. */
  spanLength: Limit,
  /** Events of a span. Default 128. */
  eventCount: Limit,
  /** Links of a span. Default 128. */
  linkCount: Limit,
  /** Attributes of one event. Default 128. */
  attributePerEventCount: Limit,
  /** Attributes of one link. Default 128. */
  attributePerLinkCount: Limit
})

/**
 * The limits of a span. Whatever exceeds a limit is dropped and counted on the span.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpanLimits extends Schema.Schema.Type<typeof SpanLimits> {}

/**
 * The default limits: OpenTelemetry's 128 of everything and values of any length, and 1,048,576 characters for a whole
 * span.
 *
 * **Details**
 *
 * Messages and other content are shortened if they are too long. JSON stays valid, the newest messages stay, and a
 * shortened part states its former length. Other text is cut.
 *
 * @category constructors
 * @since 0.1.0
 */
export const defaults: SpanLimits = {
  attributeCount: 128,
  attributeValueLength: Infinity,
  spanLength: 1_048_576,
  eventCount: 128,
  linkCount: 128,
  attributePerEventCount: 128,
  attributePerLinkCount: 128
}

/** The environment variables of each limit. The first one that is set wins. @internal */
export const variables: { readonly [K in keyof SpanLimits]: ReadonlyArray<string> } = {
  attributeCount: ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
  attributeValueLength: ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
  // OpenTelemetry has no such limit.
  spanLength: [],
  eventCount: ["OTEL_SPAN_EVENT_COUNT_LIMIT"],
  linkCount: ["OTEL_SPAN_LINK_COUNT_LIMIT"],
  attributePerEventCount: ["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"],
  attributePerLinkCount: ["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"]
}

/**
 * Reads the limits from OpenTelemetry's environment variables.
 *
 * **Details**
 *
 * Reads `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT` (or `OTEL_ATTRIBUTE_COUNT_LIMIT`,
 * `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`), `OTEL_SPAN_EVENT_COUNT_LIMIT`, `OTEL_SPAN_LINK_COUNT_LIMIT`,
 * `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT` and `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`. An empty or blank variable counts as not
 * set.
 *
 * **Example** (limits of the environment, and one of the program's)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, SpanLimits } from "effect-agentops"
 *
 * const TracingLive = Layer.unwrap(Effect.map(SpanLimits.config, (limits) =>
 *   AgentOps.layer({ serviceName: "support-bot", spanLimits: { ...limits, eventCount: 32 } })
 * ))
 * ```
 *
 * @category config
 * @since 0.1.0
 */
export const config: Config.Config<SpanLimits> = limitsOf(variables, defaults)
