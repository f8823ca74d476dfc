/**
 * Spans, sessions, kinds of events and the combinators that trace them.
 *
 * @since 0.1.0
 */
export { traceAction } from "./ActionEvent.ts"
export * as ActionEvent from "./ActionEvent.ts"
export { traceAgent } from "./AgentEvent.ts"
export * as AgentEvent from "./AgentEvent.ts"
export { traceAttempt } from "./Attempt.ts"
export * as Budget from "./Budget.ts"
export * as ErrorEvent from "./ErrorEvent.ts"
export * as Event from "./Event.ts"
export * as EventMetrics from "./EventMetrics.ts"
export { traceLlm, traceLlmWith } from "./LlmEvent.ts"
export * as LlmEvent from "./LlmEvent.ts"
export { traceLlmStream, traceLlmStreamWith } from "./LlmStream.ts"
export * as LlmStream from "./LlmStream.ts"
export * as Meter from "./Meter.ts"
export * as Propagation from "./Propagation.ts"
export * as Sampler from "./Sampler.ts"
export * as SdkMetrics from "./SdkMetrics.ts"
export * as Session from "./Session.ts"
export * as Span from "./Span.ts"
export * as StartedEvent from "./StartedEvent.ts"
export { traceTool } from "./ToolEvent.ts"
export * as ToolEvent from "./ToolEvent.ts"
export { traceTools } from "./Tools.ts"
export * as Tools from "./Tools.ts"
