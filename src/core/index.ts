/**
 * Attributes, ids, spans as data, limits and configuration errors.
 *
 * @since 0.1.0
 */
export * as Attribute from "./Attribute.ts"
export * as ConfigurationError from "./ConfigurationError.ts"
export * as ErrorType from "./ErrorType.ts"
export type * as LogData from "./LogData.ts"
export * as LogLimits from "./LogLimits.ts"
export type * as MetricData from "./MetricData.ts"
export * as SessionId from "./SessionId.ts"
export * as SpanData from "./SpanData.ts"
export * as SpanLimits from "./SpanLimits.ts"
