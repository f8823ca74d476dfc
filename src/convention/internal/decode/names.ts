/**
 * The attribute names of each fact, in the order in which they are tried: this library's and OpenTelemetry's editions
 * first, then OpenInference, AgentOps and OpenLLMetry, Vercel's AI SDK, Langfuse.
 *
 * @internal
 */

/** @internal */
export const names = {
  provider: [
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.system",
    "llm.vendor",
    "ai.model.provider",
    "langfuse.observation.metadata.ls_provider"
  ],
  operation: ["gen_ai.operation.name", "gen_ai.request.type", "llm.request.type", "ai.operationId"],
  model: [
    "gen_ai.request.model",
    "llm.request.model_name",
    "llm.model_name",
    "llm.request.model",
    "embedding.model_name",
    "ai.model.id",
    "ai.model",
    "langfuse.observation.model.name",
    "langfuse.observation.model",
    "model"
  ],
  responseModel: ["gen_ai.response.model", "llm.response.model_name", "ai.response.model", "llm.response.model"],
  responseId: ["gen_ai.response.id", "ai.response.id"],
  finishReasons: [
    "gen_ai.response.finish_reasons",
    "gen_ai.response.finish_reason",
    "llm.finish_reason",
    "ai.response.finishReason",
    "ai.finishReason",
    "llm.response.finish_reason"
  ],
  inputTokens: [
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "llm.usage.prompt_tokens",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    "ai.usage.tokens",
    "llm.usage.input_tokens"
  ],
  outputTokens: [
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "llm.usage.completion_tokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
    "llm.usage.output_tokens"
  ],
  cacheReadTokens: [
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.details.cache_read_tokens",
    "llm.token_count.prompt_details.cache_read",
    "llm.usage.cache_read_input_tokens",
    "ai.usage.cachedInputTokens",
    "ai.usage.inputTokenDetails.cacheReadTokens"
  ],
  cacheWriteTokens: [
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.details.cache_write_tokens",
    "llm.token_count.prompt_details.cache_write",
    "ai.usage.inputTokenDetails.cacheWriteTokens"
  ],
  reasoningTokens: [
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.details.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
    "llm.usage.reasoning_tokens",
    "ai.usage.reasoningTokens",
    "ai.usage.outputTokenDetails.reasoningTokens"
  ],
  cost: [
    "agentops.usage.cost",
    "gen_ai.usage.total_cost",
    "gen_ai.usage.cost",
    "llm.cost.total",
    "operation.cost",
    "gen_ai.cost.total_cost"
  ],
  timeToFirstChunk: [
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.server.time_to_first_token",
    "llm.response.time_to_first_token"
  ],
  millisToFirstChunk: ["ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"],
  systemInstructions: ["gen_ai.system_instructions"],
  inputMessages: [
    "gen_ai.input.messages",
    "ai.prompt.messages",
    "ai.prompt",
    "gen_ai.prompt",
    "llm.prompts",
    "langfuse.observation.input",
    "pydantic_ai.all_messages"
  ],
  answeredText: ["ai.response.text", "ai.response.object", "ai.result.text", "ai.result.object"],
  answeredReasoning: ["ai.response.reasoning", "ai.result.reasoning"],
  answeredCalls: ["ai.response.toolCalls", "ai.result.toolCalls"],
  outputMessages: ["gen_ai.output.messages", "gen_ai.completion", "llm.completions", "langfuse.observation.output"],
  input: [
    "agentops.session.input",
    "agentops.agent.input",
    "action.params",
    "input.value",
    "agentops.entity.input",
    "agent.input",
    "traceloop.entity.input",
    "gen_ai.input.messages",
    "ai.prompt",
    "ai.value",
    "ai.values",
    "langfuse.observation.input",
    "langfuse.trace.input",
    "reranker.query",
    "mlflow.spanInputs"
  ],
  output: [
    "agentops.session.output",
    "agentops.agent.output",
    "action.result",
    "output.value",
    "agentops.entity.output",
    "agent.output",
    "traceloop.entity.output",
    "gen_ai.output.messages",
    "ai.response.text",
    "ai.response.object",
    "ai.result.text",
    "ai.result.object",
    "langfuse.observation.output",
    "langfuse.trace.output",
    "mlflow.spanOutputs"
  ],
  embedded: [
    "gen_ai.input.messages",
    "input.value",
    "ai.value",
    "ai.values",
    "embedding.embeddings.0.embedding.text",
    "traceloop.entity.input",
    "gen_ai.prompt.0.content",
    "langfuse.observation.input"
  ],
  toolName: [
    "gen_ai.tool.name",
    "tool.name",
    "tool_call.function.name",
    "ai.toolCall.name",
    "traceloop.entity.name",
    "mcp.tool.name"
  ],
  toolCallId: ["gen_ai.tool.call.id", "tool.id", "tool_call.id", "ai.toolCall.id"],
  toolArguments: [
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.arguments",
    "tool.parameters",
    "ai.toolCall.args",
    "ai.toolCall.input",
    "input.value",
    "agentops.tool.input",
    "traceloop.entity.input",
    "langfuse.observation.input"
  ],
  toolResult: [
    "gen_ai.tool.call.result",
    "gen_ai.tool.result",
    "tool.result",
    "ai.toolCall.result",
    "ai.toolCall.output",
    "output.value",
    "agentops.tool.output",
    "traceloop.entity.output",
    "langfuse.observation.output"
  ],
  agentName: ["gen_ai.agent.name", "agent.name", "agentops.agent_name", "traceloop.entity.name"],
  actionName: ["action.type", "operation.name", "traceloop.entity.name"],
  sessionId: [
    "session.id",
    "gen_ai.conversation.id",
    "langfuse.session.id",
    "traceloop.association.properties.session_id",
    "ai.telemetry.metadata.sessionId"
  ],
  conversationId: ["gen_ai.conversation.id", "gen_ai.conversation_id", "gen_ai.thread.id"],
  sessionName: ["agentops.session.name", "langfuse.trace.name", "trace.name"],
  userId: [
    "user.id",
    "enduser.id",
    "langfuse.user.id",
    "traceloop.association.properties.user_id",
    "ai.telemetry.metadata.userId"
  ],
  tags: ["agentops.tags", "tag.tags", "langfuse.trace.tags", "ai.telemetry.metadata.tags"],
  endState: ["agentops.session.end_state", "session.end_state", "langfuse.trace.metadata.end_state"],
  endStateReason: [
    "agentops.session.end_state_reason",
    "session.end_state_reason",
    "langfuse.trace.metadata.end_state_reason"
  ],
  errorMessage: ["error.message", "langfuse.observation.status_message", "exception.message"],
  errorType: ["error.type", "exception.type"],
  attempt: ["agentops.attempt"]
} as const satisfies Readonly<Record<string, ReadonlyArray<string>>>
