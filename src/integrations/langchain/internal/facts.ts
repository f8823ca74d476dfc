/**
 * Reads the facts of a model call from LangChain's callbacks.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { defined } from "../../../core/internal/defined.ts"
import { nonEmpty, tryOrUndefined } from "../../../core/internal/inspect.ts"
import type { LlmCall } from "../../../model/LlmCall.ts"
import * as Message from "../../../model/Message.ts"
import * as Usage from "../../../model/Usage.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

/** @internal */
export const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

const number = (value: unknown): number | undefined => typeof value === "number" ? value : undefined

/** Parses a value that may be JSON text. @internal */
export const parsed = (value: unknown): unknown =>
  typeof value === "string" ? tryOrUndefined(() => JSON.parse(value) as unknown) ?? value : value

const roles: Readonly<Record<string, string>> = { human: "user", ai: "assistant", generic: "user", function: "tool" }

const typeOf = (message: Payload): string => {
  const { _getType, getType } = message
  const read = typeof getType === "function" ? getType : _getType
  const type: unknown = typeof read === "function" ? read.call(message) : message["type"]
  return nonEmpty(message["role"]) ?? nonEmpty(type) ?? "user"
}

const toPart = (raw: unknown): Message.Part | undefined => {
  const part = object(raw)
  switch (part["type"]) {
    case "text":
      return Message.text(nonEmpty(part["text"]) ?? "")
    case "reasoning":
    case "thinking":
      return Message.reasoning(nonEmpty(part["reasoning"]) ?? nonEmpty(part["thinking"]) ?? "")
    case "tool_use":
    case "tool_call":
    case "tool_call_chunk":
    case "input_json_delta":
      // The message also has its tool calls separately.
      return undefined
  }
  return Message.generic(nonEmpty(part["type"]) ?? "unknown", part)
}

const contentOf = (content: unknown): ReadonlyArray<Message.Part> =>
  typeof content === "string"
    ? content === "" ? [] : [Message.text(content)]
    : Array.isArray(content)
    ? content.map(toPart).filter((part) => part !== undefined)
    : []

const callsOf = (calls: unknown): ReadonlyArray<Message.Part> =>
  (Array.isArray(calls) ? calls : []).map((raw) => {
    const call = object(raw)
    return Message.toolCall({
      id: nonEmpty(call["id"]),
      name: nonEmpty(call["name"]) ?? "unknown",
      arguments: call["args"]
    })
  })

const toMessage = (raw: unknown): Message.ChatMessage => {
  const message = object(raw)
  const type = typeOf(message)
  const role = roles[type] ?? type
  const id = nonEmpty(message["tool_call_id"])
  return role === "tool"
    ? { role, parts: [Message.toolResult({ id, response: message["content"] ?? null })] }
    : { role, parts: [...contentOf(message["content"]), ...callsOf(message["tool_calls"])] }
}

/** OpenTelemetry's names of providers, by LangChain's names. */
const providers: Readonly<Record<string, string>> = {
  amazon_bedrock: "aws.bedrock",
  bedrock: "aws.bedrock",
  azure: "azure.ai.openai",
  "azure-openai": "azure.ai.openai",
  google_genai: "gcp.gemini",
  google_vertexai: "gcp.vertex_ai",
  google: "gcp.gemini",
  mistral: "mistral_ai",
  mistralai: "mistral_ai",
  xai: "x_ai"
}

const toTool = (raw: unknown): Message.ToolDefinition => {
  const tool = object(raw)
  const definition = object(tool["function"] ?? tool)
  return defined({
    type: "function" as const,
    name: nonEmpty(definition["name"]) ?? "unknown",
    description: nonEmpty(definition["description"]),
    parameters: definition["parameters"] ?? definition["input_schema"]
  })
}

/** Reads the request: the messages of a chat model, or the prompts of another model. @internal */
export const requestOf = (input: unknown, extra: unknown, metadata: unknown): LlmCall => {
  const known = object(metadata)
  const params = object(object(extra)["invocation_params"])
  const provider = nonEmpty(known["ls_provider"])
  const messages = Array.isArray(input) ? input : []
  const { tools } = params
  return defined({
    provider: provider === undefined ? undefined : providers[provider] ?? provider,
    operation: known["ls_model_type"] === "llm" ? "text_completion" as const : "chat" as const,
    requestModel: nonEmpty(known["ls_model_name"]) ?? nonEmpty(params["model"]) ?? nonEmpty(params["model_name"]),
    inputMessages: messages.map((message) => typeof message === "string" ? Message.user(message) : toMessage(message)),
    toolDefinitions: Array.isArray(tools) && tools.length > 0 ? tools.map(toTool) : undefined,
    temperature: number(known["ls_temperature"]) ?? number(params["temperature"]),
    maxTokens: number(known["ls_max_tokens"]) ?? number(params["max_tokens"]),
    topP: number(params["top_p"]),
    stream: params["stream"] === true ? true : undefined
  })
}

const usageOf = (message: Payload, llmOutput: Payload): Usage.Usage | undefined => {
  const usage = object(message["usage_metadata"])
  const input = object(usage["input_token_details"])
  const counts = object(llmOutput["tokenUsage"])
  const inputTokens = number(usage["input_tokens"]) ?? number(counts["promptTokens"])
  const outputTokens = number(usage["output_tokens"]) ?? number(counts["completionTokens"])
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  return Usage.make({
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: number(input["cache_read"]),
    cacheWriteTokens: number(input["cache_creation"]),
    reasoningTokens: number(object(usage["output_token_details"])["reasoning"])
  })
}

/** Reads the response. @internal */
export const answerOf = (output: unknown): LlmCall => {
  const result = object(output)
  const { generations } = result
  const first: ReadonlyArray<unknown> = Array.isArray(generations) && Array.isArray(generations[0])
    ? generations[0]
    : []
  const choices = first.map(object)
  const messages = choices.map(({ message, text: completion }) =>
    Predicate.isObject(message) ? toMessage(message) : Message.assistant(nonEmpty(completion) ?? "")
  )
  const message = object(choices[0]?.["message"])
  const metadata = object(message["response_metadata"])
  const info = object(choices[0]?.["generationInfo"])
  const finishReason = nonEmpty(metadata["finish_reason"]) ?? nonEmpty(metadata["stop_reason"]) ??
    nonEmpty(info["finish_reason"]) ??
    nonEmpty(metadata["finishReason"])
  return defined({
    responseModel: nonEmpty(metadata["model_name"]) ?? nonEmpty(metadata["model"]) ?? nonEmpty(info["model_name"]),
    responseId: nonEmpty(metadata["id"]) ?? nonEmpty(message["id"]),
    finishReasons: finishReason === undefined ? undefined : [finishReason],
    outputMessages: messages.map(({ parts }) => Message.output(parts, { finishReason })),
    usage: usageOf(message, object(result["llmOutput"]))
  })
}
