/**
 * Functional tracing for LLM agents, on Effect and OpenTelemetry.
 *
 * @since 0.1.0
 */
export * as AgentOps from "./AgentOps.ts"
export { AgentOpsLive } from "./AgentOpsLive.ts"
export * from "./convention/index.ts"
export * from "./core/index.ts"
export * from "./export/index.ts"
export * from "./metrics/index.ts"
export * from "./model/index.ts"
export * from "./privacy/index.ts"
export * from "./trace/index.ts"
