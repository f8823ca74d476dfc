/**
 * How much the attributes of one log record may hold. Spans have separate limits.
 *
 * @see https://opentelemetry.io/docs/specs/otel/logs/sdk/#logrecord-limits
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import { limitsOf } from "./internal/limitVariables.ts"

/**
 * The limits of a log record. Attributes beyond a limit are dropped and counted on the record, and strings are cut. The
 * body is not an attribute: it may have up to half of a span's `spanLength`.
 *
 * @category models
 * @since 0.1.0
 */
export interface LogLimits {
  /** Attributes of a log record. Default 128. */
  readonly attributeCount: number
  /** UTF-16 units of a string attribute. Default unlimited. */
  readonly attributeValueLength: number
}

/**
 * OpenTelemetry's own defaults: 128 attributes of any length.
 *
 * @category constructors
 * @since 0.1.0
 */
export const defaults: LogLimits = { attributeCount: 128, attributeValueLength: Infinity }

/** The environment variables of each limit. The first one that is set wins. @internal */
export const variables: { readonly [K in keyof LogLimits]: ReadonlyArray<string> } = {
  attributeCount: ["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
  attributeValueLength: ["OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"]
}

/**
 * Reads the limits from OpenTelemetry's environment variables.
 *
 * **Details**
 *
 * Reads `OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT` and `OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT`, or else
 * `OTEL_ATTRIBUTE_COUNT_LIMIT` and `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`. An empty or blank variable counts as not set.
 *
 * @category config
 * @since 0.1.0
 */
export const config: Config.Config<LogLimits> = limitsOf(variables, defaults)
